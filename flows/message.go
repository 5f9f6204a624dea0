package flows

import (
	"fmt"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// saidAndHeard is why a word was taken; shared by all of them, because most of a timeline is words.
var saidAndHeard = &orchestrator.Why{Cause: string(orchestrator.EventMessage), Rule: ruleWords}

// onMessage takes a word: the speaker must control, at the quoted epoch. Who hears it is the table in words.go.
func (s *step) onMessage() error {
	if s.ev.Message == nil {
		return orchestrator.InvalidField("message", "is missing")
	}
	who, why := s.speaker()
	if why != "" {
		s.refuseWord(why)
		return nil
	}
	if err := s.learn(); err != nil {
		return err
	}
	s.takeWord()
	if who != speakSystem {
		s.Next.LastMessage = s.now
		s.Next.Warned, s.Next.WarnedAt = false, 0
	}
	if hears(who, s.Next) == held {
		if s.Next.HeldFrom == 0 {
			s.Next.HeldFrom = s.sequence()
		}
		if s.was.State == wrapUp {
			return s.wordAfterEnd()
		}
		return nil
	}
	s.carry(who, s.ev)
	return nil
}

// takeWord is take for words, without an allocation for a reason that is always the same.
func (s *step) takeWord() {
	if s.late || s.gap != 0 {
		s.take(ruleWords, nil)
		return
	}
	s.Entries = make([]orchestrator.Entry, 1)
	e := &s.Entries[0]
	e.At, e.Version, e.Epoch, e.Handoff = s.now, s.was.Version+1, s.Next.Epoch, s.Next.Handoff
	e.Event, e.Why = *s.ev, saidAndHeard
}

// speaker tells whose word it is, or why they may not speak now.
func (s *step) speaker() (who speaker, refusal string) {
	switch s.ev.Actor.Role {
	case orchestrator.ActorCustomer:
		return speakCustomer, ""
	case orchestrator.ActorSystem:
		return speakSystem, ""
	case orchestrator.ActorDesk: // what the desk itself says: "you are number 3"
		if s.was.Controller() == orchestrator.ControllerBot {
			return speakSystem, whoControls(s.was)
		}
		return speakSystem, ""
	case orchestrator.ActorBot:
		who = speakBot
	case orchestrator.ActorAgent, orchestrator.ActorSupervisor:
		who = speakAgent
		if !s.serves(orchestrator.AgentID(s.ev.Actor.ID)) {
			return who, fmt.Sprintf("%s does not serve this conversation; %s", s.ev.Actor.ID, whoControls(s.was))
		}
	default:
		return who, fmt.Sprintf("the role %q does not speak", s.ev.Actor.Role)
	}
	if hears(who, s.was) == refused {
		return who, whoControls(s.was)
	}
	if s.ev.Epoch != 0 && s.ev.Epoch != s.was.Epoch {
		return who, fmt.Sprintf("epoch %d was quoted, the present one is %d; %s", s.ev.Epoch, s.was.Epoch,
			whoControls(s.was))
	}
	return who, ""
}

// serves: the person is in the chat, as owner or guest.
func (s *step) serves(id orchestrator.AgentID) bool {
	p, in := s.was.Participant(id)
	return in && p.Role != orchestrator.RoleInvited && s.was.Controller() == orchestrator.ControllerAgent
}

// whoControls says who may speak, in words.
func whoControls(c *orchestrator.Conversation) string {
	switch c.Controller() {
	case orchestrator.ControllerBot:
		return "the bot controls"
	case orchestrator.ControllerAgent:
		return fmt.Sprintf("%s controls", c.Owner().ID)
	case orchestrator.ControllerNobody:
		return "nobody controls: the customer waits"
	}
	return "nobody controls"
}

// refuseWord writes down that somebody spoke who may not, without what they said, and answers the refusal.
func (s *step) refuseWord(why string) {
	ev := *s.ev
	ev.Type, ev.Reason = orchestrator.EventMessageRefused, why
	ev.Message = &orchestrator.Message{ID: s.ev.Message.ID}
	ev.Customer, ev.Attributes, ev.Transcript, ev.Note = nil, nil, nil, ""
	s.refuseAs(ev)
}

// onMessageRefused takes a refusal from the timeline, when it is replayed: the answer is the same as the first time.
func (s *step) onMessageRefused() error {
	s.refuseAs(*s.ev)
	return nil
}

func (s *step) refuseAs(ev orchestrator.Event) {
	s.record(ev, false, "", "", ruleControl, looked{
		"controller": string(s.was.Controller()), "epoch": s.was.Epoch, "quoted_epoch": ev.Epoch,
	})
	s.Entries[0].Why.Cause = string(orchestrator.EventMessage)
	n := orchestrator.Notice{Type: wire.MessageRefused, Reason: ev.Reason, Controller: s.was.Controller(), Author: &ev.Actor}
	if ev.Message != nil {
		n.MessageID = ev.Message.ID
	}
	s.tell(n)
	said := ev
	said.Type = orchestrator.EventMessage
	s.Refusal = orchestrator.Reject(s.was, &said, orchestrator.CodeNotInControl, ev.Reason)
}
