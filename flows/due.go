package flows

import (
	"strconv"

	"handoff/orchestrator"
)

// Due answers the event of the rule whose deadline has passed, false when none has. Its id follows from the rule and
// the version, so that several sweeps tell the same thing once.
func (f *Flow) Due(c *orchestrator.Conversation, now orchestrator.Moment) (orchestrator.Event, bool) {
	on, known := dueEvents[c.DeadlineRule]
	if !known || c.Deadline == 0 || now < c.Deadline || c.State.Ended() {
		return orchestrator.Event{}, false
	}
	ev := f.own(c, on, "due:"+c.DeadlineRule)
	ev.At = c.Deadline
	switch c.DeadlineRule {
	case dueOffer:
		ev.Agent = &orchestrator.Agent{ID: c.Offer.Agent.ID, Name: c.Offer.Agent.Name}
	case dueTransfer:
		ev.Agent = &orchestrator.Agent{ID: c.Transfer.To.ID, Name: c.Transfer.To.Name}
		ev.Reason = "expired"
	case dueSilent:
		ev.Reason = reasonSilent
	case dueOverflow:
		if c.OverflowStep < len(f.policy.Overflow) {
			ev.Target = f.policy.Overflow[c.OverflowStep].To.target()
		}
	}
	return ev, true
}

// Dead answers the event for a customer whose client last fetched at the given moment; false while that is recent
// enough, where the channel does not fetch, and once the customer is known to be gone.
func (f *Flow) Dead(c *orchestrator.Conversation, fetched, now orchestrator.Moment) (orchestrator.Event, bool) {
	gone := c.State.Ended() || c.State == wrapUp && c.ClosedBecause != ""
	seen := max(fetched, c.Fetched)
	if c.Channel != orchestrator.ChannelWeb || fetched == 0 || gone || now.Sub(seen) < f.policy.CustomerDeadAfter {
		return orchestrator.Event{}, false
	}
	ev := f.own(c, customerDead, "dead")
	ev.Fetched = fetched
	return ev, true
}

// own is an event that the service tells about a conversation.
func (f *Flow) own(c *orchestrator.Conversation, on orchestrator.EventType, id string) orchestrator.Event {
	return orchestrator.Event{
		ID: orchestrator.EventID(id + ":" + strconv.FormatUint(c.Version, 10)), Type: on,
		Conversation: c.ID, Bot: c.Bot, External: c.External,
		Actor: orchestrator.Actor{Role: orchestrator.ActorSystem, ID: "deadline"},
	}
}
