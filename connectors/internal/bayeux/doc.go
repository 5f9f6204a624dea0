// Package bayeux listens to a CometD server by long polling: handshake, subscriptions, one connect after another, as the
// server's advice says, and all of it again when the server has forgotten the session. It publishes nothing.
//
// The protocol has no memory: what is published while no session stands, or rides on an answer that got lost, is not told
// again. So the listener is told whenever something may have been missed (Options.Renewed) and reads it elsewhere.
//
// Facts: the Bayeux chapter of the CometD reference book, and what the npm packages cometd and cometd-nodejs-server say to
// each other.
package bayeux
