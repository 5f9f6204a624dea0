// Package orchestrator is the domain of handoff and its engine: what a conversation is, what may happen to it, and the
// one path on which anything happens to it. It imports the standard library only; everything else points here.
//
// The words, used without synonyms in code, API, pages and documents:
//
//   - A [Conversation] is one customer's chat. It has exactly one [State], one version and one epoch.
//   - An [Event] is a fact in the past tense with an id of its own; a [Command] is an intention for a desk or a bot,
//     written down before the call is made.
//   - A [Party] is a connector's handle for a conversation. The [Controller] is who may speak to the customer now, and
//     the epoch counts how often that changed: a send that quotes an older epoch is refused.
//   - A [Desk] is a contact centre, a [Bot] a bot platform; both are connectors. A channel is where the customer's words
//     come from and go to.
//   - The timeline is everything that happened in a conversation, gapless, numbered from 1. A deadline is the moment at
//     which the state's own rule fires; the [Reaper] sweeps deadlines and dead sessions.
//
// The way of one event: [Engine.Receive] loads the conversation, asks the [Flow] to decide, commits the decision in one
// atomic step of the [Store] and gives the commands to the [Dispatcher], which calls the connectors.
package orchestrator
