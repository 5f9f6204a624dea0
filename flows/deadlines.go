package flows

import (
	"time"

	"handoff/orchestrator"
)

// Names of deadlines (Conversation.DeadlineRule).
const (
	dueIdle     = "idle"
	dueWarning  = "warning"
	dueQueue    = "queue_timeout"
	dueOverflow = "overflow"
	dueOffer    = "offer"
	dueTransfer = "transfer"
	dueWrapUp   = "wrap_up"
	dueSilent   = "bot_silent_after"
)

// dueEvents are what the deadlines become.
var dueEvents = map[string]orchestrator.EventType{
	dueIdle:     idleTimedOut,
	dueWarning:  orchestrator.EventIdleWarned,
	dueQueue:    orchestrator.EventQueueTimedOut,
	dueOverflow: overflowed,
	dueOffer:    offerExpired,
	dueTransfer: transferFailed,
	dueWrapUp:   wrapUpTimedOut,
	dueSilent:   orchestrator.EventBotFailed,
}

// deadline is when the next rule of the present state fires, and which; zero once the conversation has ended. Of two
// at the same moment the first one asked for counts.
func (f *Flow) deadline(c *orchestrator.Conversation) (at orchestrator.Moment, rule string) {
	next := func(candidate orchestrator.Moment, name string) {
		if at == 0 || candidate < at {
			at, rule = candidate, name
		}
	}
	p := &f.policy
	switch c.State {
	case bot, agent, conference:
		idle := idleSince(c).Add(p.Deadlines.of(c.State))
		warning := p.Warnings.of(c.State)
		switch {
		case warning == 0:
		case !c.Warned:
			next(idleSince(c).Add(warning), dueWarning)
		default: // a warning that came late leaves the customer as much time as one in time
			idle = max(idle, c.WarnedAt.Add(p.Deadlines.of(c.State)-warning))
		}
		next(idle, dueIdle)
		if c.AwaitingBot != 0 && p.BotSilentAfter > 0 {
			next(c.AwaitingBot.Add(p.BotSilentAfter), dueSilent)
		}
	case queued, offered:
		if c.Offer != nil {
			next(c.Offer.At.Add(p.Deadlines.Offered), dueOffer)
		}
		next(c.QueuedAt.Add(f.queueTimeout(c)), dueQueue)
		if c.OverflowStep < len(p.Overflow) {
			next(c.QueuedAt.Add(p.Overflow[c.OverflowStep].After), dueOverflow)
		}
	case transferring:
		next(c.Transfer.At.Add(p.Deadlines.Transferring), dueTransfer)
	case wrapUp:
		next(c.EnteredAt.Add(p.Deadlines.WrapUp), dueWrapUp)
	case completed, abandoned, expired:
	}
	return at, rule
}

// idleSince is when somebody last wrote, or the state began, or the customer was found to be there.
func idleSince(c *orchestrator.Conversation) orchestrator.Moment {
	return max(c.EnteredAt, c.LastMessage, c.Fetched)
}

// queueTimeout is how long the conversation may wait: the request's own time, else the policy's.
func (f *Flow) queueTimeout(c *orchestrator.Conversation) time.Duration {
	if c.Request != nil && c.Request.QueueTimeout > 0 {
		return time.Duration(c.Request.QueueTimeout) * time.Millisecond
	}
	return f.policy.Deadlines.Queued
}
