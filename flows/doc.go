// Package flows decides what an event does to a conversation. It is pure: the same conversation, event, policy and
// moment give the same decision, so that a timeline can be replayed.
//
// Read handoff.go first: it is the life of a conversation as a table. [Flow.Decide] in decide.go names the rule for
// each event; the rules lie in one file for each part of that life (request.go, waiting.go, serving.go, transfer.go,
// ending.go, wrapup.go). Guards are plain ifs, asked before the table; the table has the last word on where an event
// leads. Who may speak and who hears it is the table in words.go. What an operator can choose is a [Policy].
package flows
