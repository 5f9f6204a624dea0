package flows

import (
	"slices"
	"strconv"

	"handoff/orchestrator"
)

// guard refuses what has no place in the present state, or speaks of something that is over. The rules' own guards
// follow.
func (s *step) guard() error {
	state, on := s.was.State, s.ev.Type
	if s.displaced() {
		return s.notYours("%s does not serve this conversation any more; %s", s.ev.Actor.ID, whoControls(s.was))
	}
	if !carriedIn(state, on) && !slices.Contains(facts[on], state) {
		if _, err := destination(state, on); err != nil {
			return s.conflict("%s cannot happen in state %s", on, state)
		}
	}
	if on == orchestrator.EventDelivery || on == orchestrator.EventMessageFailed {
		return nil // how a delivery went is worth knowing whenever it comes
	}
	if on == orchestrator.EventDeskOpened && s.byDispatcher() {
		return nil // a chat that was opened in vain is to be ended
	}
	if s.ev.Desk != "" && s.ev.Desk != s.was.Desk && string(s.ev.Desk) != s.was.Channel {
		return s.conflict("desk %s does not have this conversation any more", s.ev.Desk)
	}
	if s.ev.Handoff != 0 && s.ev.Handoff != s.was.Handoff {
		return s.conflict("it speaks of handoff %d, the newest is %d", s.ev.Handoff, s.was.Handoff)
	}
	if s.byTimer() && !s.isDue() {
		return s.conflict("%s is not due", on)
	}
	return nil
}

// byTimer: the event says that a deadline has passed, and comes from the sweep, not from a desk, a failed call, or a look at what
// is configured.
func (s *step) byTimer() bool {
	if s.ev.Actor.Role != orchestrator.ActorSystem || s.ev.Command != "" || s.ev.Missing != nil {
		return false
	}
	for _, on := range dueEvents {
		if on == s.ev.Type {
			return true
		}
	}
	return false
}

// byDispatcher: the event is the outcome of one of our own calls.
func (s *step) byDispatcher() bool {
	return s.ev.Actor.Role == orchestrator.ActorSystem && s.ev.Command != ""
}

// isDue: between the sweep's look and this decision somebody may have written, answered or moved the conversation.
func (s *step) isDue() bool {
	return s.was.Deadline != 0 && s.now >= s.was.Deadline && dueEvents[s.was.DeadlineRule] == s.ev.Type
}

// count keeps the sender's numbering: what is behind is late, what jumps ahead leaves a gap.
func (s *step) count() {
	given, newest := s.ev.BotSequence, max(s.was.BotSequence, s.ev.AnsweredTo)
	switch {
	case given == 0:
	case newest != 0 && given <= newest:
		s.late = true
	default:
		if newest != 0 {
			s.gap = given - newest - 1
		}
		s.Next.BotSequence = given
	}
}

// mayDirect: who may send a conversation elsewhere or end it. A served chat is its owner's and a supervisor's; one that
// rings also belongs to the person it rings at. The desk and this service report what is.
func (s *step) mayDirect() error {
	switch s.ev.Actor.Role {
	case orchestrator.ActorSupervisor, orchestrator.ActorDesk, orchestrator.ActorSystem:
		return nil
	case orchestrator.ActorAgent:
		id := orchestrator.AgentID(s.ev.Actor.ID)
		if s.was.Owner().ID == id && id != "" || s.was.Offer != nil && s.was.Offer.Agent.ID == id {
			return nil
		}
	case orchestrator.ActorBot, orchestrator.ActorCustomer:
		if !s.was.State.Served() {
			return nil
		}
	}
	return s.notYours("%s is for the person who serves, or a supervisor", s.ev.Type)
}

// byPerson: somebody acted at our API, so the desk is still to be told; otherwise the desk tells us.
func (s *step) byPerson() bool {
	return s.ev.Actor.Role == orchestrator.ActorAgent || s.ev.Actor.Role == orchestrator.ActorSupervisor
}

// deskKnows: the desk reported it and keeps its own lines, so that it needs no command. The house desk, whose people
// read our timeline, leaves lines and seats to the commands.
func (s *step) deskKnows() bool {
	return s.ev.Actor.Role == orchestrator.ActorDesk && s.ev.Desk == s.was.Desk && !s.flow.desk(s.was).ReadsTimeline
}

// subject is the person an event is about: whom it names, else the person who acts.
func (s *step) subject() orchestrator.Agent {
	if s.ev.Agent != nil && s.ev.Agent.ID != "" {
		return s.flow.person(*s.ev.Agent)
	}
	if s.byPerson() {
		return s.actor()
	}
	return orchestrator.Agent{}
}

// self is the person who acts for themselves at our API; of what a desk or a supervisor tells, whom it names.
func (s *step) self() orchestrator.Agent {
	if s.ev.Actor.Role == orchestrator.ActorAgent {
		return s.actor()
	}
	return s.subject()
}

// actor is the person who acts.
func (s *step) actor() orchestrator.Agent {
	return s.flow.person(orchestrator.Agent{ID: orchestrator.AgentID(s.ev.Actor.ID), Name: s.ev.Actor.Name})
}

func quoted(s string) string { return strconv.Quote(s) }
