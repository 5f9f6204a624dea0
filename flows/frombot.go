package flows

import (
	"fmt"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// reasonSent is that of a request by which somebody sends a chat of the bot's to a person or a queue.
const reasonSent = "sent"

// mayTakeFromBot answers the rule by which somebody may: a supervisor always, a person of the desk where the policy lets them.
// To anybody else it is a chat that went to the bot before they acted.
func (s *step) mayTakeFromBot() (rule string, err error) {
	switch s.ev.Actor.Role {
	case orchestrator.ActorSupervisor:
		return ruleTake, nil
	case orchestrator.ActorAgent:
		if s.flow.policy.AgentsMayTake {
			return ruleAgentTakes, nil
		}
	case orchestrator.ActorBot, orchestrator.ActorCustomer, orchestrator.ActorDesk, orchestrator.ActorSystem:
	}
	return "", s.conflict("%s cannot happen in state %s", s.ev.Type, s.was.State)
}

// acceptFromBot: a chat of the bot's is taken, and not accepted. Who accepts means what waited or rang before it went to the bot.
func (s *step) acceptFromBot() error {
	if s.byPerson() && s.ev.Reason == orchestrator.ReasonTaken {
		return s.takeFromBot(*s.ev)
	}
	return s.conflict("%s cannot happen in state %s", s.ev.Type, s.was.State)
}

// takeFromBot gives a conversation of the bot's to the person who acts: it is requested and accepted in one step, whatever the
// hours and limits. The event is written down as the request.
func (s *step) takeFromBot(ev orchestrator.Event) error {
	rule, err := s.mayTakeFromBot()
	if err != nil {
		return err
	}
	who, at := s.actor(), place{s.flow.policy.Desk, s.flow.policy.Queue}
	if !s.flow.world.Desks[at.desk].Accept {
		return orchestrator.Reject(s.was, s.ev, orchestrator.CodeNotSupported,
			fmt.Sprintf("desk %s cannot have a chat accepted here: its people accept at the desk", at.desk))
	}
	ev.Type, ev.Agent, ev.OnEnd, ev.Request, ev.Reply = handoffRequested, &who, "", nil, nil
	s.ev = &ev // so that a replay gives the same cause
	if err := s.move(rule, looked{"agent": string(who.ID), "queue": string(at.queue)}); err != nil {
		return err
	}
	s.midway = true
	s.nextHandoff(at, &orchestrator.Request{Reason: orchestrator.ReasonTaken, Agent: who.ID, Priority: middlePriority}, "")
	if err := s.become(orchestrator.Event{Type: accepted, Actor: ev.Actor, Agent: &who}, rule, nil); err != nil {
		return err
	}
	s.midway = false
	s.serveBy(who)
	s.notify(orchestrator.Notice{Type: wire.Accepted, Agent: &who, Queue: s.Next.Queue})
	s.say(textAccepted, values{agent: who.Name})
	return nil
}

// sendFromBot sends a conversation of the bot's to a person or a queue. The event is written down as a request for them.
func (s *step) sendFromBot() error {
	if _, err := s.mayTakeFromBot(); err != nil {
		return err
	}
	ev := asRequest(s.ev)
	if q := ev.Request.Queue; q != "" {
		if err := s.knownQueue(q); err != nil {
			return err
		}
	}
	if id := ev.Request.Agent; id != "" {
		if err := s.knownAgent(id, s.flow.policy.Desk); err != nil {
			return err
		}
	}
	s.ev = ev
	return s.onHandoffRequested()
}

// asRequest is the transfer of a conversation of the bot's as the request that it is.
func asRequest(ev *orchestrator.Event) *orchestrator.Event {
	asked := *ev
	asked.Type, asked.Agent, asked.Target, asked.Note, asked.OnEnd = handoffRequested, nil, nil, "", ""
	asked.Request = &orchestrator.Request{Reason: reasonSent, Summary: ev.Note, Priority: middlePriority}
	if ev.Agent != nil {
		asked.Request.Agent = ev.Agent.ID
	}
	if ev.Target != nil {
		asked.Request.Queue = ev.Target.Queue
	}
	return &asked
}
