package flows

import (
	"errors"
	"fmt"
	"strconv"

	"handoff/orchestrator"
)

// step is one decision in the making.
type step struct {
	orchestrator.Decision // Next is the copy that the rules change

	flow *Flow
	was  *orchestrator.Conversation // as it stood; never changed
	ev   *orchestrator.Event
	now  orchestrator.Moment

	voice voice
	// wentElsewhere: the queue that the event is about is not the one in which the conversation now waits.
	wentElsewhere bool

	// midway: the conversation passes a state that nobody sees, so who may speak in it does not count.
	midway bool

	late bool  // the sender's number was behind
	gap  int64 // how many of the sender's numbers are missing before this one
}

// voice is who may speak. The epoch counts how often it changed.
type voice struct {
	controller orchestrator.Controller
	agent      orchestrator.AgentID // if a person controls
}

func voiceOf(c *orchestrator.Conversation) voice {
	v := voice{controller: c.Controller()}
	if v.controller == orchestrator.ControllerAgent {
		v.agent = c.Owner().ID
	}
	return v
}

// looked are the numbers and names that a rule looked at.
type looked map[string]any

// take writes the event down without moving the conversation.
func (s *step) take(rule string, saw looked) {
	s.record(*s.ev, false, "", "", rule, saw)
}

// move takes the event along its row of the table; *orchestrator.Rejection if there is none.
func (s *step) move(rule string, saw looked) error {
	return s.follow(*s.ev, false, rule, saw)
}

// become takes a move that follows from what came in. The actor is the policy unless the event names one.
func (s *step) become(ev orchestrator.Event, rule string, saw looked) error {
	return s.follow(s.derived(ev), true, rule, saw)
}

// add writes down something that follows from what came in and does not move.
func (s *step) add(ev orchestrator.Event, rule string, saw looked) {
	s.record(s.derived(ev), true, "", "", rule, saw)
}

// derived gives an event that the decision adds an id of its own and an actor.
func (s *step) derived(ev orchestrator.Event) orchestrator.Event {
	ev.ID = s.ev.ID + "~" + orchestrator.EventID(strconv.Itoa(len(s.Entries)))
	if ev.Actor.Role == "" {
		ev.Actor = policyActor
	}
	return ev
}

// policyActor is who causes what follows by the rules.
var policyActor = orchestrator.Actor{Role: orchestrator.ActorSystem, ID: "policy"}

func (s *step) follow(ev orchestrator.Event, derived bool, rule string, saw looked) error {
	from := s.Next.State
	to, err := destination(from, ev.Type)
	if errors.Is(err, errNoRow) {
		return s.conflict("%s cannot happen in state %s", ev.Type, from)
	}
	if err != nil {
		return err
	}
	s.record(ev, derived, from, to, rule, saw)
	s.enter(to)
	return nil
}

// enter sets what goes with a state; rules add what goes with the event.
func (s *step) enter(to orchestrator.State) {
	n := s.Next
	if n.State != to {
		n.State, n.EnteredAt = to, s.now
		n.Warned, n.WarnedAt = false, 0
		n.AwaitingBot = 0
	}
	if to != offered {
		n.Offer = nil
	}
	if to != transferring {
		n.Transfer = nil
	}
	switch {
	case to.Ended():
		n.Participants = ownerOnly(n)
		n.EndedAt, n.HeldFrom = s.now, 0
	case to == wrapUp:
		n.Participants = ownerOnly(n)
	case !to.Served():
		n.Participants = nil
	}
}

// record appends an entry. Its epoch and handoff are those after the step: settle sets them when the rules are done
// with it.
func (s *step) record(ev orchestrator.Event, derived bool, from, to orchestrator.State, rule string, saw looked) {
	s.settle()
	s.Entries = append(s.Entries, orchestrator.Entry{
		At: s.now, Version: s.was.Version + 1, Epoch: s.Next.Epoch, Derived: derived, Event: ev, From: from, To: to,
		Handoff: s.Next.Handoff, Why: &orchestrator.Why{Cause: string(s.ev.Type), Rule: rule, LookedAt: saw},
		Form: orchestrator.FormNotice,
	})
	if !derived {
		e := &s.Entries[len(s.Entries)-1]
		e.Late, e.MissingBefore = s.late, s.gap
	}
}

// settle fences: when somebody else may speak than before, the epoch goes up by one. The newest entry is the step
// that did it.
func (s *step) settle() {
	if len(s.Entries) == 0 {
		return
	}
	if now := voiceOf(s.Next); now != s.voice && !s.midway {
		s.voice = now
		s.Next.Epoch++
	}
	last := &s.Entries[len(s.Entries)-1]
	last.Epoch, last.Handoff = s.Next.Epoch, s.Next.Handoff
}

// finish numbers the decision and sets the deadline.
func (s *step) finish() *orchestrator.Decision {
	if s.Next.State.Ended() && !s.was.State.Ended() {
		s.endAtChannel()
	}
	s.settle()
	s.rememberFormer()
	s.Next.Version = s.was.Version + 1
	s.Next.Sequence = s.was.Sequence + uint64(len(s.Entries))
	for i := range s.Entries {
		s.Next.Bytes += s.Entries[i].Size()
	}
	s.Next.Deadline, s.Next.DeadlineRule = s.flow.deadline(s.Next)
	return &s.Decision
}

// sequence is the number of the newest entry.
func (s *step) sequence() uint64 { return s.was.Sequence + uint64(len(s.Entries)) }

// conflict refuses the event because of the state in which the conversation is.
func (s *step) conflict(format string, args ...any) error {
	return orchestrator.Reject(s.was, s.ev, orchestrator.CodeStateConflict, fmt.Sprintf(format, args...))
}

// notYours refuses the event because somebody else has the say.
func (s *step) notYours(format string, args ...any) error {
	return orchestrator.Reject(s.was, s.ev, orchestrator.CodeNotInControl, fmt.Sprintf(format, args...))
}

// unable refuses the event because the desk cannot do it.
func (s *step) unable(what string) error {
	return orchestrator.Reject(s.was, s.ev, orchestrator.CodeNotSupported, fmt.Sprintf("desk %s cannot %s", s.was.Desk,
		what))
}
