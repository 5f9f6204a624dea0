package flows

import (
	"slices"

	"handoff/orchestrator"
)

// maxParticipants is how many people a conversation may have, with those invited.
const maxParticipants = 8

// onInvited asks a colleague to join. The chat is not moved: who is invited hears it ring and may decline.
func (s *step) onInvited() error {
	if role := s.ev.Actor.Role; role == orchestrator.ActorAgent && !s.serves(orchestrator.AgentID(s.ev.Actor.ID)) {
		return s.notYours("an invitation is for those who serve")
	} else if role == orchestrator.ActorBot || role == orchestrator.ActorCustomer {
		return s.notYours("an invitation is for those who serve")
	}
	if !s.flow.desk(s.was).Conference {
		return s.unable("have several people in a chat")
	}
	if len(s.was.Participants) >= maxParticipants {
		return orchestrator.Reject(s.was, s.ev, orchestrator.CodeLimit, "a conversation has at most 8 people")
	}
	if s.ev.Agent == nil && s.ev.Target != nil && s.ev.Target.Queue != "" {
		return s.inviteQueue(s.ev.Target.Queue)
	}
	if s.ev.Agent == nil || s.ev.Agent.ID == "" {
		return orchestrator.InvalidField("agent", "is missing: a colleague or a queue is invited")
	}
	who := s.flow.person(*s.ev.Agent)
	if err := s.knownAgent(who.ID, s.was.Desk); err != nil {
		return err
	}
	if p, in := s.was.Participant(who.ID); in {
		return s.conflict("%s is in it already, as %s", who.ID, p.Role)
	}
	s.take(ruleInvitation, looked{"agent": string(who.ID), "people": len(s.was.Participants)})
	s.admit(who, orchestrator.RoleInvited)
	if s.ev.Actor.Role != orchestrator.ActorDesk {
		cmd := s.command(s.theDesk(), orchestrator.CommandInvite, orchestrator.ClassSeeking)
		cmd.Agent, cmd.Note = &who, s.ev.Note
	}
	return nil
}

// inviteQueue asks the desk for anybody of a queue; who it rings at, the desk reports.
func (s *step) inviteQueue(queue orchestrator.QueueName) error {
	if err := s.knownQueue(queue); err != nil {
		return err
	}
	if at := s.flow.world.Queues[queue].Desk; at != s.was.Desk {
		return orchestrator.InvalidField(orchestrator.FieldQueue, "queue %q is at desk %s, the chat is at desk %s", queue, at, s.was.Desk)
	}
	s.take(ruleInvitation, looked{"queue": string(queue), "people": len(s.was.Participants)})
	cmd := s.command(s.theDesk(), orchestrator.CommandInvite, orchestrator.ClassSeeking)
	cmd.Note = s.ev.Note
	cmd.Waiting = &orchestrator.Waiting{Queue: queue, Priority: s.flow.priority(s.was), Since: s.now}
	for _, p := range s.was.Participants {
		cmd.Waiting.Exclude = append(cmd.Waiting.Exclude, p.Agent.ID)
	}
	return nil
}

// onAgentJoined: an invited colleague came. A desk may bring people of its own accord.
func (s *step) onAgentJoined() error {
	who := s.self()
	if who.ID == "" {
		return orchestrator.InvalidField("agent", "is missing: somebody joined")
	}
	p, in := s.was.Participant(who.ID)
	if in && p.Role != orchestrator.RoleInvited {
		return s.conflict("%s is in it already, as %s", who.ID, p.Role)
	}
	if !in && s.ev.Actor.Role != orchestrator.ActorDesk {
		return s.conflict("%s was not invited", who.ID)
	}
	return s.join(who, false)
}

// join makes a colleague a guest. With derived the event itself, an acceptance, is written down already.
func (s *step) join(who orchestrator.Agent, derived bool) error {
	saw := looked{"agent": string(who.ID), "people": len(s.was.Participants)}
	ev := orchestrator.Event{Type: agentJoined, Agent: &who, Actor: s.ev.Actor}
	switch {
	case s.was.State == agent && derived:
		if err := s.become(ev, ruleInvitation, saw); err != nil {
			return err
		}
	case s.was.State == agent:
		if err := s.move(ruleInvitation, saw); err != nil {
			return err
		}
	case derived:
		s.add(ev, ruleInvitation, saw)
	default:
		s.take(ruleInvitation, saw)
	}
	s.admit(who, orchestrator.RoleGuest)
	if s.byPerson() {
		s.acceptAtDesk(who, true)
	}
	return nil
}

// admit adds a person, or changes what they are to the conversation.
func (s *step) admit(who orchestrator.Agent, role string) {
	others := without(s.Next.Participants, who.ID)
	s.Next.Participants = append(others, orchestrator.Participant{Agent: who, Role: role, Since: s.now})
}

// onAgentLeft: a colleague goes, or does not come. When the owner goes, whoever came first after them owns the chat;
// when one person remains, it is no conference any more.
func (s *step) onAgentLeft() error {
	who := s.subject()
	p, in := s.was.Participant(who.ID)
	if !in {
		return s.conflict("%s is not in it", who.ID)
	}
	if s.ev.Actor.Role == orchestrator.ActorAgent && s.ev.Actor.ID != string(who.ID) {
		if err := s.mayDirect(); err != nil {
			return err
		}
	}
	if p.Role == orchestrator.RoleOwner && s.was.State == agent {
		return s.conflict("%s is the only one: the chat can be ended, transferred or returned to the bot", who.ID)
	}
	return s.part(who, false)
}

// part takes a colleague out. With derived the fact that made them go is written down already.
func (s *step) part(who orchestrator.Agent, derived bool) error {
	p, _ := s.was.Participant(who.ID)
	staying := serving(without(s.was.Participants, who.ID))
	saw := looked{"agent": string(who.ID), "role": p.Role, "staying": len(staying)}
	ev := orchestrator.Event{Type: agentLeft, Agent: &who, Actor: s.ev.Actor, Reason: s.ev.Reason}
	moves := s.was.State == conference && len(staying) == 1 && p.Role != orchestrator.RoleInvited
	switch {
	case moves && derived:
		if err := s.become(ev, ruleStays, saw); err != nil {
			return err
		}
	case moves:
		if err := s.move(ruleStays, saw); err != nil {
			return err
		}
	case derived:
		s.add(ev, ruleStays, saw)
	default:
		s.take(ruleStays, saw)
	}
	s.Next.Participants = without(s.was.Participants, who.ID)
	if p.Role != orchestrator.RoleOwner {
		s.leaveAtDesk(who)
		return nil
	}
	heir := s.inherit(staying[0].Agent)
	s.leaveAtDesk(who)
	s.acceptAtDesk(heir, false)
	s.tellTransferred(who, orchestrator.Target{Agent: heir.ID})
	return nil
}

// inherit makes a guest the owner.
func (s *step) inherit(heir orchestrator.Agent) orchestrator.Agent {
	people := slices.Clone(s.Next.Participants)
	for i := range people {
		if people[i].Agent.ID == heir.ID {
			people[i].Role = orchestrator.RoleOwner
		}
	}
	s.Next.Participants = people
	return heir
}

// dismiss takes somebody out who is only a guest, or was invited, as part of something else.
func (s *step) dismiss(who orchestrator.Agent, tellDesk bool) {
	s.add(orchestrator.Event{Type: agentLeft, Agent: &who, Actor: s.ev.Actor, Reason: s.ev.Reason}, ruleInvitation, nil)
	s.Next.Participants = without(s.Next.Participants, who.ID)
	if tellDesk {
		s.leaveAtDesk(who)
	}
}

// without answers the people but one, in a list of its own; nil if nobody remains.
func without(people []orchestrator.Participant, id orchestrator.AgentID) []orchestrator.Participant {
	var rest []orchestrator.Participant
	for _, p := range people {
		if p.Agent.ID != id {
			rest = append(rest, p)
		}
	}
	return rest
}

// serving answers those who are in the chat and not only invited, the longest first.
func serving(people []orchestrator.Participant) []orchestrator.Participant {
	var there []orchestrator.Participant
	for _, p := range people {
		if p.Role != orchestrator.RoleInvited {
			there = append(there, p)
		}
	}
	return there
}

// ownerOnly answers the person who serves, or served, alone.
func ownerOnly(c *orchestrator.Conversation) []orchestrator.Participant {
	for i, p := range c.Participants {
		if p.Role == orchestrator.RoleOwner {
			return slices.Clip(c.Participants[i : i+1])
		}
	}
	return nil
}
