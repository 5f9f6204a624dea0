package orchestrator

import "fmt"

// Bounds whose keys a refusal names.
const (
	BoundTimeline = "bounds.timeline_bytes"
	BoundEntries  = "timeline_entries" // MaxTimeline: not to be configured
	// The longest bodies of an interface that takes events, which are not to be configured either.
	BoundBody        = "body"
	BoundHandoffBody = "handoff_body"
	BoundBatch       = "batch"
)

// fits refuses an event for which the timeline has no room. Words have the budget; those of people have PeopleBytes more. A
// step is taken while it is small, whatever the timeline holds: nobody is left in a state that they cannot end.
func (e *Engine) fits(c *Conversation, ev *Event) error {
	if c.Sequence >= MaxTimeline && !mayEndFullTimeline(ev.Type) {
		return full(c, ev, BoundEntries, fmt.Sprintf("the timeline holds its %d entries", MaxTimeline))
	}
	room := e.timelineBytes - c.Bytes
	if ev.Type == EventTyping || c.Version == 0 || ev.Actor.Role == ActorSystem {
		return nil
	}
	size := int64(ev.size())
	switch {
	case size <= room:
		return nil
	case ev.byPerson() && size <= room+PeopleBytes:
		return nil
	case !ev.isWord() && size <= StepBytes:
		return nil
	}
	return full(c, ev, BoundTimeline, fmt.Sprintf("the timeline holds %d of %d bytes", c.Bytes, e.timelineBytes))
}

func full(c *Conversation, ev *Event, bound, detail string) *Rejection {
	r := Reject(c, ev, CodeConversationFull, detail)
	r.Bound = bound
	return r
}

// cutToRoom leaves out what was said before where a request brings more than the timeline has room for: a handoff does not fail
// because the talk before it was long.
func (e *Engine) cutToRoom(c *Conversation, ev *Event) {
	if len(ev.Transcript) == 0 || int64(ev.size()) <= e.timelineBytes-c.Bytes {
		return
	}
	ev.Transcript = []Turn{{Role: ActorSystem, Text: fmt.Sprintf("[%d earlier messages were cut]", len(ev.Transcript))}}
}

// isWord: the event adds something to read and moves nothing.
func (ev *Event) isWord() bool {
	return ev.Type == EventMessage || ev.Type == EventNote || ev.Type == EventContextUpdated
}

func (ev *Event) byPerson() bool {
	return ev.Actor.Role == ActorAgent || ev.Actor.Role == ActorSupervisor
}

// mayEndFullTimeline: what is still taken when a timeline has reached its limit: what ends the conversation, and whatever a
// deadline can become, because otherwise its deadline would never be followed by the next.
func mayEndFullTimeline(t EventType) bool {
	switch t { //nolint:exhaustive // all others only add to it
	case EventChatEnded, EventCustomerLeft, EventCustomerDead, EventCompleted, EventAbandoned, EventIdleTimedOut,
		EventWrapUpTimedOut, EventHandoffCancelled, EventQueueTimedOut, EventReturnedToBot,
		EventIdleWarned, EventOfferExpired, EventOverflowed, EventTransferFailed,
		EventAgentGone, EventDeskFailed, EventUnconfigured, EventDeskOpened:
		return true
	default:
		return false
	}
}
