package flows

import (
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// onAccepted: a person takes the conversation. Exactly one wins; the others are told who did. In a served chat
// accepting answers what rings: a transfer, an invitation; and a supervisor takes the chat over.
func (s *step) onAccepted() error {
	if s.was.State == bot {
		return s.acceptFromBot()
	}
	who := s.subject()
	if s.byPerson() {
		who = s.actor()
		if !s.flow.desk(s.was).Accept {
			return s.unable("have a chat accepted here: its people accept at the desk")
		}
	}
	if who.ID == "" {
		return orchestrator.InvalidField("agent", "is missing: somebody accepts")
	}
	if s.was.State.Served() {
		return s.acceptServed(who)
	}
	if offer := s.was.Offer; offer != nil && offer.Agent.ID != who.ID && s.ev.Actor.Role == orchestrator.ActorAgent {
		return s.conflict("it rings at %s, not at %s", offer.Agent.ID, who.ID)
	}
	rule := ruleFirstWins
	if s.ev.Actor.Role == orchestrator.ActorSupervisor {
		rule = ruleTake
	}
	saw := s.sawWait()
	saw["agent"] = string(who.ID)
	if err := s.move(rule, saw); err != nil {
		return err
	}
	s.serveBy(who)
	s.notify(orchestrator.Notice{Type: wire.Accepted, Agent: &who, Queue: s.Next.Queue})
	s.say(textAccepted, values{agent: who.Name})
	return nil
}

// serveBy gives the chat to one person.
func (s *step) serveBy(who orchestrator.Agent) {
	n := s.Next
	n.Participants = []orchestrator.Participant{{
		Agent: who, Role: orchestrator.RoleOwner, Since: s.now, Taken: s.byPerson() && s.ev.Reason == orchestrator.ReasonTaken,
	}}
	if n.Started == 0 {
		n.Started = s.now
	}
	n.Preferred, n.OverflowStep = "", 0
	s.excludeNobody()
	if s.byPerson() {
		s.acceptAtDesk(who, false)
	}
	s.handOverToDesk()
}

// acceptServed answers what rings in a served chat.
func (s *step) acceptServed(who orchestrator.Agent) error {
	p, in := s.was.Participant(who.ID)
	switch {
	case s.was.Transfer != nil && s.was.Transfer.To.ID == who.ID:
		s.take(ruleFirstWins, nil)
		return s.completeTransfer(orchestrator.Event{Type: transferAccepted, Agent: &who, Actor: s.ev.Actor}, who)
	case in && p.Role == orchestrator.RoleInvited:
		s.take(ruleInvitation, nil)
		return s.join(who, true)
	case s.ev.Actor.Role == orchestrator.ActorSupervisor && s.was.Owner().ID != who.ID:
		return s.takeOver(who)
	}
	return s.conflict("%s serves the customer", s.was.Owner().ID)
}

// justTaken is how long whoever took a chat keeps it from others who took it at the same time.
const justTaken = 5 * time.Second

// lateTake reports whether somebody else got the chat that is taken, while or just before it was taken. Who quotes no epoch has
// said by the version who has it.
func (s *step) lateTake() bool {
	owner, _ := s.was.Participant(s.was.Owner().ID)
	return s.ev.Epoch != 0 && (s.ev.Epoch != s.was.Epoch || owner.Taken && s.now.Sub(owner.Since) < justTaken)
}

// takeOver: a supervisor takes a served chat. It is a transfer to them that they have accepted, in one step.
func (s *step) takeOver(who orchestrator.Agent) error {
	if s.lateTake() {
		return s.conflict("%s serves the customer", s.was.Owner().ID)
	}
	s.take(ruleTake, looked{"owner": string(s.was.Owner().ID), "agent": string(who.ID)})
	if s.was.State != transferring {
		ev := orchestrator.Event{Type: transferRequested, Agent: &who, Actor: s.ev.Actor}
		if err := s.become(ev, ruleTake, nil); err != nil {
			return err
		}
	}
	return s.completeTransfer(orchestrator.Event{Type: transferAccepted, Agent: &who, Actor: s.ev.Actor}, who)
}
