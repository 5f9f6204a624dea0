// Package drift compares what we hold of a conversation with what the vendor says of its chat, names each difference, and
// answers the facts that repair our record. It is pure: the same two sides give the same facts under the same ids, so a
// comparison may be repeated, also by another process.
package drift

import (
	"handoff/orchestrator"
)

// Stand is where a chat stands at the vendor.
type Stand string

// The stands that a vendor can tell.
const (
	Unknown Stand = "unknown" // the vendor has no such chat any more
	WithBot Stand = "bot"     // our own side serves it (agent seat)
	Waiting Stand = "waiting" // in a queue, or ringing at somebody
	Served  Stand = "served"  // people serve it
	Over    Stand = "over"    // ended for the customer
)

// Truth is what the vendor says of one chat.
type Truth struct {
	Stand Stand
	// Agents are those who serve it, the owner first; empty where the vendor does not tell who.
	Agents []orchestrator.Agent
	// CustomerGone: the customer ended it, or is not in it any more.
	CustomerGone bool
	// Mark tells one moment of the vendor's truth from another, so that the same drift at another time is told again: a
	// message number, a time of change. Empty: the version of our record does.
	Mark string
}

// Kinds of drift, as they stand in the timeline (Reason, behind Prefix) and in Health.Drift.
const (
	Accepted    = "accepted_unheard"     // somebody took it while we did not listen
	OtherAgent  = "other_agent"          // somebody else serves it
	Joined      = "joined_unheard"       // a colleague came
	Left        = "left_unheard"         // one of several went
	Requeued    = "requeued_unheard"     // it waits again
	Ended       = "ended_unheard"        // it was ended
	Lost        = "unknown_to_desk"      // the vendor does not know it
	CustomerOut = "customer_out_unheard" // the customer is gone
	BackAtBot   = "back_at_bot"          // our own side has it again
)

// KindOf is the kind of a fact that happened while nobody listened; empty for words and whatever else is told late and needs
// no mending.
func KindOf(fact orchestrator.EventType) string { return kinds[fact] }

var kinds = map[orchestrator.EventType]string{
	orchestrator.EventAccepted:         Accepted,
	orchestrator.EventAgentJoined:      Joined,
	orchestrator.EventAgentLeft:        Left,
	orchestrator.EventTransferAccepted: OtherAgent,
	orchestrator.EventRequeued:         Requeued,
	orchestrator.EventChatEnded:        Ended,
	orchestrator.EventDeskFailed:       Ended,
}

// Prefix begins the reason of every fact that repairs drift.
const Prefix = "drift: "

// Found is one difference and the fact that repairs our record. The caller adds what addresses it (Conversation, or Bot and
// External) before it gives it to the engine.
type Found struct {
	Kind  string
	Event orchestrator.Event
}

// Compare answers how our record differs from the truth of the desk that has the conversation, in the order in which it is
// to be repaired; nothing when they agree. What has ended here is nobody's drift any more.
func Compare(c *orchestrator.Conversation, desk orchestrator.ConnectorName, truth Truth) []Found {
	b := &builder{c: c, desk: desk, truth: truth}
	switch {
	case c.State.Ended():
	case truth.Stand == Unknown:
		b.lost()
	case truth.Stand == Over, truth.CustomerGone:
		b.over()
	case truth.Stand == Served:
		b.served()
	case truth.Stand == Waiting && c.State.Served():
		b.add(Requeued, orchestrator.EventRequeued, nil)
	case truth.Stand == WithBot && (c.State.Served() || c.State == orchestrator.StateQueued || c.State == orchestrator.StateOffered):
		b.add(BackAtBot, orchestrator.EventReturnedToBot, nil)
	}
	return b.found
}
