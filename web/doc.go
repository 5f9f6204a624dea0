// Package web is the HTTP interface: every route in one list (routes.go), who may use it, and the translation between
// the wire and the engine. It decides nothing about conversations: each change is one orchestrator.Event given to
// Engine.Receive, each answer is read from the store. It is the only package that imports echo.
//
// A request goes through one guard (guard.go): drain, size limit, raw body, credentials, role, CSRF, rate. Only then is
// the body decoded, strictly, into a struct that holds nothing of the path or the query.
package web
