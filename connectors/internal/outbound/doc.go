// Package outbound is the HTTP client that every connector calls through. It bounds each call in time and size, follows no
// redirect, refuses private addresses unless they are allowed, and turns whatever happens into an
// [orchestrator.ConnectorError] that says whether the call can have arrived, without a secret or a customer's word in it.
package outbound
