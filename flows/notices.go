package flows

import (
	"time"

	"handoff/orchestrator"
)

// Notices to the bot, by their names on the wire.
const (
	noticeQueued      = "handoff.queued"
	noticePosition    = "handoff.position_changed"
	noticeAccepted    = "handoff.accepted"
	noticeTransferred = "handoff.transferred"
	noticeFailed      = "handoff.failed"
	noticeEnded       = "handoff.ended"
	noticeCompleted   = "handoff.completed"
	noticeStarted     = "conversation.started"
	noticeOver        = "conversation.ended"
	noticeUndelivered = "message.delivery_failed"
)

// What the bot does after handoff.ended (Notice.Resume).
const (
	resumeBot  = "bot"
	resumeNone = "none"
)

// Reasons of handoff.failed.
const (
	reasonNobody   = "no_agents_online"
	reasonClosed   = "outside_hours"
	reasonTimeout  = "queue_timeout"
	reasonRejected = "rejected"
	reasonVendor   = "vendor_unavailable"
)

// notify tells the bot what happened, unless it has no callback.
func (s *step) notify(n orchestrator.Notice) {
	class := orchestrator.ClassLifecycle
	if n.Type == noticeUndelivered {
		class = orchestrator.ClassLive
	}
	if s.flow.hears(s.was) {
		s.command(s.theBot(), orchestrator.CommandNotify, class).Notice = &n
	}
}

// tellQueued tells the bot in which queue the conversation waits.
func (s *step) tellQueued(reason string) {
	n := orchestrator.Notice{Type: noticeQueued, Queue: s.Next.Queue, Reason: reason}
	if at := s.line(); at != nil {
		n.Position, n.WaitMS = at.Waiting+1, at.WaitMS
	}
	s.notify(n)
}

// tellTransferred tells the bot that somebody else has it, or will.
func (s *step) tellTransferred(from orchestrator.Agent, to orchestrator.Target) {
	n := orchestrator.Notice{Type: noticeTransferred, From: &orchestrator.Target{Agent: from.ID}, To: &to,
		Queue: s.Next.Queue}
	if owner := s.Next.Owner(); owner.ID != "" {
		n.Agent = &owner
	}
	s.notify(n)
}

// tellEnded tells the bot that people are out of it. If the bot goes on, it gets what was said since the request.
func (s *step) tellEnded(resume string) {
	n := orchestrator.Notice{
		Type: noticeEnded, EndedBy: endedBy(s.ev.Actor.Role), Resume: resume, Reason: s.ev.Reason,
		Disposition: s.ev.Disposition, Tags: s.ev.Tags,
	}
	if resume == resumeBot {
		n.HandbackReason = s.ev.Reason
		n.HandbackFrom, n.HandbackUntil = s.Next.HandoffSequence, s.sequence()
	}
	s.notify(n)
}

// tellCompleted tells the bot that the after-call work of the newest handoff is done, and how long each part took.
func (s *step) tellCompleted(reason string) {
	n := orchestrator.Notice{Type: noticeCompleted, Reason: reason, Disposition: s.ev.Disposition, Tags: s.ev.Tags}
	n.QueueMS, n.TalkMS, n.WrapUpMS = s.durations()
	if s.ev.Note != "" {
		n.Notes = []string{s.ev.Note}
	}
	s.notify(n)
}

// durations are how long the parts of the newest handoff took, in milliseconds.
func (s *step) durations() (queue, talk, wrapUp int64) {
	return between(s.was.Requested, s.was.Started), between(s.was.Started, earliest(s.was.ServedUntil, s.now)),
		between(s.was.ServedUntil, s.now)
}

// tellOver tells the bot that its conversation is closed, where it would not know by itself.
func (s *step) tellOver() {
	if s.was.Channel != orchestrator.ChannelBot {
		s.notify(orchestrator.Notice{Type: noticeOver, Reason: s.Next.ClosedBecause, EndedBy: endedBy(s.ev.Actor.Role)})
	}
}

// endedBy is an actor's role in the words of the wire.
func endedBy(role orchestrator.ActorRole) string {
	switch role {
	case orchestrator.ActorCustomer:
		return "user"
	case orchestrator.ActorBot:
		return "bot"
	case orchestrator.ActorAgent, orchestrator.ActorSupervisor, orchestrator.ActorDesk:
		return "agent"
	case orchestrator.ActorSystem:
		return "system"
	}
	return "system"
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
