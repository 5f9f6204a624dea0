package flows

import (
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// Reasons of handoff.failed.
const (
	reasonNobody   = "no_agents_online"
	reasonClosed   = "outside_hours"
	reasonTimeout  = "queue_timeout"
	reasonRejected = "rejected"
	reasonVendor   = "vendor_unavailable"
	reasonStale    = "stale" // the request was overtaken by a newer event of the bot's
)

// tell says what the newest entry tells outside. An entry tells one thing, and a word tells itself.
func (s *step) tell(n orchestrator.Notice) *orchestrator.Notice {
	e := &s.Entries[len(s.Entries)-1]
	n.FromState, n.ToState = e.From, e.To
	e.Notice = &n
	return e.Notice
}

// notify tells something with the newest entry, and sends it to the bot if it has a callback.
func (s *step) notify(n orchestrator.Notice) {
	told := s.tell(n)
	class := orchestrator.ClassLifecycle
	if n.Type == wire.MessageUndelivered {
		class = orchestrator.ClassLive
	}
	if s.flow.hears(s.was) {
		s.command(s.theBot(), orchestrator.CommandNotify, class).Notice = told
	}
}

// notifyAfter is notify for what may come second: if the newest entry tells something else already, an entry of the given type is
// added for it.
func (s *step) notifyAfter(on orchestrator.EventType, n orchestrator.Notice) {
	if e := &s.Entries[len(s.Entries)-1]; e.Notice != nil || e.Event.Type == orchestrator.EventMessage {
		s.add(orchestrator.Event{Type: on, Actor: s.ev.Actor}, ruleEnded, nil)
	}
	s.notify(n)
}

// tellQueued tells the bot in which queue the conversation waits.
func (s *step) tellQueued(reason string) {
	n := orchestrator.Notice{Type: wire.Queued, Queue: s.Next.Queue, Reason: reason}
	n.Position = s.place()
	if at := s.line(); at != nil {
		n.WaitMS = at.WaitMS
	}
	s.notify(n)
}

// tellTransferred tells the bot that somebody else has it, or will.
func (s *step) tellTransferred(from orchestrator.Agent, to orchestrator.Target) {
	n := orchestrator.Notice{Type: wire.Transferred, From: &orchestrator.Target{Agent: from.ID}, To: &to,
		Queue: s.Next.Queue}
	if owner := s.Next.Owner(); owner.ID != "" {
		n.Agent = &owner
	}
	s.notify(n)
}

// tellFailed tells the bot that no person comes, and whether it may speak.
func (s *step) tellFailed(n orchestrator.Notice) {
	n.Type, n.Resume = wire.Failed, wire.ResumeNone
	if s.Next.Controller() == orchestrator.ControllerBot {
		n.Resume = wire.ResumeBot
	}
	s.notify(n)
}

// tellEnded tells the bot that people are out of it. If the bot goes on, it gets what was said since the request.
func (s *step) tellEnded(resume string) {
	n := orchestrator.Notice{
		Type: wire.Ended, EndedBy: wire.EndedBy(s.ev.Actor.Role), Resume: resume, Reason: s.ev.Reason,
		Disposition: s.ev.Disposition, Tags: s.ev.Tags,
	}
	if resume == wire.ResumeBot {
		n.HandbackReason = s.ev.Reason
		n.HandbackFrom, n.HandbackUntil = s.Next.HandoffSequence, s.sequence()
	}
	s.notify(n)
}

// tellCompleted tells the bot that the after-call work of the newest handoff is done, and how long each part took.
func (s *step) tellCompleted(reason string) {
	n := orchestrator.Notice{Type: wire.Completed, Reason: reason, Disposition: s.ev.Disposition, Tags: s.ev.Tags}
	n.QueueMS, n.TalkMS, n.WrapUpMS = s.durations()
	if s.ev.Note != "" {
		n.Notes = []string{s.ev.Note}
	}
	s.notifyAfter(orchestrator.EventHandoffClosed, n)
}

// durations are how long the parts of the newest handoff took, in milliseconds.
func (s *step) durations() (queue, talk, wrapUp int64) {
	return between(s.was.Requested, s.was.Started), between(s.was.Started, earliest(s.was.ServedUntil, s.now)),
		between(s.was.ServedUntil, s.now)
}

// tellOver tells the bot that its conversation is closed, where it would not know by itself. On its own channel a conversation
// that it still had is its own business, and only its feed says so.
func (s *step) tellOver() {
	n := orchestrator.Notice{Type: wire.ConversationEnded, Reason: s.Next.ClosedBecause, EndedBy: wire.EndedBy(s.ev.Actor.Role)}
	switch {
	case s.was.Channel != orchestrator.ChannelBot:
		s.notifyAfter(orchestrator.EventConversationClosed, n)
	case s.was.State == bot:
		s.tell(n)
	}
}

// between is the time from a moment to a later one in milliseconds; 0 if either is not set.
func between(from, to orchestrator.Moment) int64 {
	if from == 0 || to < from {
		return 0
	}
	return to.Sub(from).Milliseconds()
}

// earliest is the first of two moments that is set.
func earliest(a, b orchestrator.Moment) orchestrator.Moment {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

// retry fills in when asking again can help.
func retry(n orchestrator.Notice, after time.Duration) orchestrator.Notice {
	n.Retryable, n.RetryAfterMS = true, after.Milliseconds()
	return n
}
