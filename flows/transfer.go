package flows

import "handoff/orchestrator"

// onTransferRequested rings at another person, while the one who serves keeps the chat. Guests leave: a transfer is
// from one person to one person.
func (s *step) onTransferRequested() error {
	if s.was.State == bot {
		return s.sendFromBot()
	}
	if err := s.mayDirect(); err != nil {
		return err
	}
	to := s.transferTarget()
	if to.ID == "" {
		return orchestrator.InvalidField(orchestrator.FieldAgent, "is missing: a transfer goes to a person or a queue")
	}
	owner := s.was.Owner()
	if to.ID == owner.ID {
		return orchestrator.InvalidField(orchestrator.FieldAgent, "%s serves the customer already", to.ID)
	}
	if err := s.knownAgent(to.ID, s.was.Desk); err != nil {
		return err
	}
	if !s.deskKnows() && !s.flow.desk(s.was).TransferAgent {
		return s.unable("transfer a chat to a person")
	}
	saw := looked{"from": string(owner.ID), "to": string(to.ID), "people": len(s.was.Participants)}
	if err := s.move(ruleKeepsUntil, saw); err != nil {
		return err
	}
	s.Next.Transfer = &orchestrator.Transfer{To: to, By: owner, Note: s.ev.Note, At: s.now,
		Version: s.was.Version + 1}
	for _, p := range s.was.Participants {
		if p.Role != orchestrator.RoleOwner {
			s.dismiss(p.Agent, p.Agent.ID != to.ID)
		}
	}
	if !s.deskKnows() {
		cmd := s.command(s.theDesk(), orchestrator.CommandTransfer, orchestrator.ClassSeeking)
		cmd.Agent, cmd.Note = &to, s.ev.Note
	}
	return nil
}

func (s *step) transferTarget() orchestrator.Agent {
	switch {
	case s.ev.Agent != nil:
		return s.flow.person(*s.ev.Agent)
	case s.ev.Target != nil:
		return s.flow.person(orchestrator.Agent{ID: s.ev.Target.Agent})
	}
	return orchestrator.Agent{}
}

// onTransferAccepted: the other person has it. Only they may say so; a desk and a supervisor report who it is.
func (s *step) onTransferAccepted() error {
	who := s.was.Transfer.To
	switch s.ev.Actor.Role {
	case orchestrator.ActorAgent:
		if s.ev.Actor.ID != string(who.ID) {
			return s.conflict("it rings at %s, not at %s", who.ID, s.ev.Actor.ID)
		}
	case orchestrator.ActorDesk:
		if s.ev.Agent != nil && s.ev.Agent.ID != "" {
			who = s.flow.person(*s.ev.Agent)
		}
	case orchestrator.ActorSystem:
	case orchestrator.ActorSupervisor, orchestrator.ActorBot, orchestrator.ActorCustomer:
		return s.notYours("a transfer is accepted by the person it goes to")
	}
	return s.completeTransfer(*s.ev, who)
}

// completeTransfer makes the other person the owner. Unless ev is the event itself, that is written down already.
func (s *step) completeTransfer(ev orchestrator.Event, who orchestrator.Agent) error {
	before := s.was.Owner()
	saw := looked{"from": string(before.ID), "to": string(who.ID)}
	take := s.move
	if len(s.Entries) > 0 {
		take = func(rule string, saw looked) error { return s.become(ev, rule, saw) }
	}
	if err := take(ruleFirstWins, saw); err != nil {
		return err
	}
	s.serveBy(who)
	s.tellTransferred(before, orchestrator.Target{Agent: who.ID})
	s.say(textAccepted, values{agent: who.Name})
	return nil
}

// onTransferFailed: declined, not answered, called off, or the desk could not. The first person still has it.
func (s *step) onTransferFailed() error {
	to := s.was.Transfer.To
	if version, ok := s.ev.Command.Version(); ok && version != s.was.Transfer.Version {
		s.take(ruleOldAttempt, looked{"attempt_of": version, "newest": s.was.Transfer.Version})
		return nil
	}
	switch s.ev.Actor.Role {
	case orchestrator.ActorAgent:
		if id := orchestrator.AgentID(s.ev.Actor.ID); id != to.ID && id != s.was.Owner().ID {
			return s.conflict("it rings at %s, not at %s", to.ID, id)
		}
	case orchestrator.ActorBot, orchestrator.ActorCustomer:
		return s.notYours("a transfer is the people's business")
	case orchestrator.ActorSupervisor, orchestrator.ActorDesk, orchestrator.ActorSystem:
		if s.ev.Agent != nil && s.ev.Agent.ID != "" && s.ev.Agent.ID != to.ID {
			return s.conflict("the transfer goes to %s, not to %s", to.ID, s.ev.Agent.ID)
		}
	}
	if err := s.move(ruleKeepsUntil, s.sawTransfer()); err != nil {
		return err
	}
	s.stopRinging(to)
	return nil
}

// failTransfer is the same for a fact that is written down already.
func (s *step) failTransfer(reason string) error {
	to := s.was.Transfer.To
	ev := orchestrator.Event{Type: transferFailed, Agent: &to, Reason: reason, Actor: s.ev.Actor}
	if err := s.become(ev, ruleKeepsUntil, s.sawTransfer()); err != nil {
		return err
	}
	s.stopRinging(to)
	return nil
}

func (s *step) sawTransfer() looked {
	return looked{
		"to": string(s.was.Transfer.To.ID), "owner": string(s.was.Owner().ID), "rang_ms": between(s.was.Transfer.At,
			s.now),
	}
}

// stopRinging lets a transfer end at the desk, unless it was the desk's own call that failed.
func (s *step) stopRinging(at orchestrator.Agent) {
	if s.ev.Command == "" {
		s.leaveAtDesk(at)
	} else {
		s.Next.LastError = s.ev.Reason
	}
}

// onTransferredToQueue sends the chat to a queue. It keeps its place by first wait.
func (s *step) onTransferredToQueue() error {
	if s.was.State == bot {
		return s.sendFromBot()
	}
	if err := s.mayDirect(); err != nil {
		return err
	}
	if s.ev.Target == nil || s.ev.Target.Queue == "" {
		return orchestrator.InvalidField(orchestrator.FieldQueue, "is missing: a transfer goes to a person or a queue")
	}
	if err := s.knownQueue(s.ev.Target.Queue); err != nil {
		return err
	}
	at := s.flow.at(s.ev.Target.Queue)
	if at.desk == s.was.Desk && !s.deskKnows() && !s.flow.desk(s.was).TransferQueue {
		return s.unable("transfer a chat to a queue")
	}
	saw := s.sawServed(at)
	if err := s.move(rulePlaceKept, saw); err != nil {
		return err
	}
	s.waitAgain(at, s.was.Owner().ID, "transferred")
	return nil
}

// at is where a queue is.
func (f *Flow) at(queue orchestrator.QueueName) place {
	return place{f.world.Queues[queue].Desk, queue}
}

func (s *step) sawServed(to place) looked {
	return looked{
		"owner": string(s.was.Owner().ID), "to_desk": string(to.desk), "to_queue": string(to.queue),
		"waiting_since": s.was.WaitingFrom.String(),
	}
}
