package wire

import (
	"cmp"
	"time"

	"handoff/orchestrator"
)

// This file reads the timelines of the version before, whose entries have no notice: what they told is derived from the event and
// from what the decision looked at. It is the only code that may read Why.LookedAt. Such entries are gone one retention (24 h by
// default) after the last process of that version has stopped: then this file, its tests, orchestrator.FormNotice and
// Notice.HandbackHandoff may be deleted.

// carriedBefore and movedBefore are the types under which steps were told.
var carriedBefore = map[orchestrator.EventType]string{
	orchestrator.EventStarted:         Started,
	orchestrator.EventMessageRefused:  MessageRefused,
	orchestrator.EventMessageFailed:   MessageUndelivered,
	orchestrator.EventPositionChanged: PositionChanged,
	orchestrator.EventHandoffRefused:  Failed,
}

var movedBefore = map[orchestrator.EventType]string{
	orchestrator.EventHandoffRequested:   Queued,
	orchestrator.EventHandoffCancelled:   Ended,
	orchestrator.EventAccepted:           Accepted,
	orchestrator.EventTransferAccepted:   Transferred,
	orchestrator.EventTransferredToQueue: Transferred,
	orchestrator.EventAbandoned:          Failed,
	orchestrator.EventChatEnded:          Ended,
	orchestrator.EventWrapUpTimedOut:     Completed,
}

func typeBefore(e *orchestrator.Entry) string {
	on := e.Event.Type
	if !e.Moved() {
		return carriedBefore[on]
	}
	switch on { //nolint:exhaustive // the others are in the map, or were told under their own names
	case orchestrator.EventReturnedToBot:
		if e.Derived {
			return Failed
		}
		return Ended
	case orchestrator.EventCustomerLeft, orchestrator.EventCustomerDead, orchestrator.EventIdleTimedOut:
		if e.From == orchestrator.StateBot {
			return ConversationEnded
		}
		return Ended
	case orchestrator.EventCompleted:
		if e.From == orchestrator.StateBot {
			return ConversationEnded
		}
		return Completed
	}
	return movedBefore[on]
}

// noticeBefore is the notice of an entry that has none written down.
func noticeBefore(e *orchestrator.Entry) *orchestrator.Notice {
	kind := typeBefore(e)
	if kind == "" {
		return nil
	}
	ev := &e.Event
	n := &orchestrator.Notice{
		Type: kind, Agent: ev.Agent, Reason: ev.Reason, Disposition: ev.Disposition, Tags: ev.Tags, Position: ev.Position,
		FromState: e.From, ToState: e.To,
	}
	if ev.Target != nil {
		n.Queue, n.To = ev.Target.Queue, ev.Target
	}
	switch kind {
	case MessageRefused:
		n.Author, n.Controller = &ev.Actor, orchestrator.Controller(saw(e, "controller"))
		n.MessageID = messageID(ev)
	case MessageUndelivered:
		n.MessageID = messageID(ev)
	case Queued, PositionChanged:
		queuedBefore(n, e)
	case Transferred:
		transferredBefore(n, e)
	case Failed:
		n.RetryAfterMS = opensIn(e)
		n.Retryable = n.RetryAfterMS > 0
	case Ended:
		endedBefore(n, e)
	case Completed:
		n.QueueMS, n.TalkMS, n.WrapUpMS = sawNumber(e, "queue_ms"), sawNumber(e, "talk_ms"), sawNumber(e, "wrap_up_ms")
		if ev.Note != "" {
			n.Notes = []string{ev.Note}
		}
	case ConversationEnded:
		n.EndedBy = EndedBy(ev.Actor.Role)
	}
	return n
}

func messageID(ev *orchestrator.Event) string {
	if ev.Message == nil {
		return ""
	}
	return ev.Message.ID
}

// queuedBefore tells where a request began to wait, and how long that takes.
func queuedBefore(n *orchestrator.Notice, e *orchestrator.Entry) {
	line := e.Event.Line()
	if n.Type == Queued {
		n.Queue = orchestrator.QueueName(cmp.Or(saw(e, "to_queue"), saw(e, "queue")))
		if line != nil {
			n.Position = line.Waiting + 1
		}
	}
	if line != nil {
		n.WaitMS = line.WaitMS
	}
}

// transferredBefore tells from whom to whom.
func transferredBefore(n *orchestrator.Notice, e *orchestrator.Entry) {
	if from := cmp.Or(saw(e, "from"), saw(e, "owner")); from != "" {
		n.From = &orchestrator.Target{Agent: orchestrator.AgentID(from)}
	}
	if e.Event.Agent != nil {
		n.To = &orchestrator.Target{Agent: e.Event.Agent.ID}
	}
}

// endedBefore tells who ended the chat, and what the people said if the bot goes on.
func endedBefore(n *orchestrator.Notice, e *orchestrator.Entry) {
	n.EndedBy, n.Resume = EndedBy(e.Event.Actor.Role), ResumeNone
	if e.To != orchestrator.StateBot && (e.To != orchestrator.StateWrapUp || saw(e, "on_end") != orchestrator.OnEndReturn) {
		return
	}
	n.Resume, n.HandbackReason = ResumeBot, e.Event.Reason
	n.HandbackFrom, n.HandbackUntil, n.HandbackHandoff = 1, e.Sequence, e.Handoff
}

// saw is a name that the decision looked at; empty if it did not.
func saw(e *orchestrator.Entry, name string) string {
	if e.Why == nil {
		return ""
	}
	s, _ := e.Why.LookedAt[name].(string)
	return s
}

// sawNumber is a number that the decision looked at, as it comes back from the store.
func sawNumber(e *orchestrator.Entry, name string) int64 {
	if e.Why == nil {
		return 0
	}
	switch n := e.Why.LookedAt[name].(type) {
	case int64:
		return n
	case float64:
		return int64(n)
	}
	return 0
}

// opensIn is how long it is until somebody is there again; 0: not known.
func opensIn(e *orchestrator.Entry) int64 {
	at, err := time.Parse(time.RFC3339Nano, saw(e, "opens"))
	if err != nil {
		return 0
	}
	return max(0, orchestrator.MomentOf(at).Sub(e.At).Milliseconds())
}
