package flows

import (
	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// onStarted: a conversation began where the bot does not see it by itself.
func (s *step) onStarted() error {
	if s.was.Version != 0 {
		s.take(ruleAlreadyOpen, nil)
		return nil
	}
	if err := s.learn(); err != nil {
		return err
	}
	s.Next.OverAskLimit = s.ev.OverAskLimit
	s.take(ruleNoted, looked{"channel": s.was.Channel})
	if s.was.Channel == orchestrator.ChannelBot {
		s.tell(orchestrator.Notice{Type: wire.Started}) // the bot began it
	} else {
		s.notify(orchestrator.Notice{Type: wire.Started})
	}
	return nil
}

// onContextUpdated learns about the customer.
func (s *step) onContextUpdated() error {
	if err := s.learn(); err != nil {
		return err
	}
	s.take(ruleNoted, looked{"attributes": len(s.Next.Attributes)})
	return nil
}

// onCustomerSeen: the sweep was about to close it, and found the customer there.
func (s *step) onCustomerSeen() error {
	s.take(ruleDead, looked{"fetched": s.ev.Fetched.String()})
	s.Next.Fetched = max(s.Next.Fetched, s.ev.Fetched)
	s.Next.Warned, s.Next.WarnedAt = false, 0
	return nil
}

// Bounds of a rating.
const (
	worstRating = 1
	bestRating  = 5
)

// onRated keeps what the customer thought of it; also after the end.
func (s *step) onRated() error {
	if s.ev.Rating < worstRating || s.ev.Rating > bestRating {
		return orchestrator.InvalidField("rating", "is a whole number from %d to %d", worstRating, bestRating)
	}
	s.take(ruleNoted, looked{"rating": s.ev.Rating})
	return nil
}

// onNote keeps a note of the people's. It never reaches the customer.
func (s *step) onNote() error {
	if s.ev.Note == "" {
		return orchestrator.InvalidField("text", "is missing")
	}
	role, id := s.ev.Actor.Role, orchestrator.AgentID(s.ev.Actor.ID)
	if role == orchestrator.ActorCustomer || role == orchestrator.ActorAgent && !s.was.Concerns(id) {
		return s.notYours("notes are for those who serve")
	}
	s.take(ruleNoted, nil)
	return nil
}

// onMessageFailed: a word could not be delivered, and its speaker is told. The desk could not be told the customer's
// word: the bot hears of it. The bot could not be told a person's word: the people do; at the house desk they read it
// in the feed.
func (s *step) onMessageFailed() error {
	s.take(ruleNoted, looked{"error": s.ev.Reason})
	s.Next.LastError = s.ev.Reason
	id := ""
	if s.ev.Message != nil {
		id = s.ev.Message.ID
	}
	n := orchestrator.Notice{Type: wire.MessageUndelivered, MessageID: id, Reason: s.ev.Reason}
	if s.ev.FailedAtDesk() {
		s.notify(n)
		return nil
	}
	s.tell(n)
	if s.ev.Desk == "" && s.Next.Controller() == orchestrator.ControllerAgent && !s.flow.desk(s.Next).ReadsTimeline {
		cmd := s.command(s.theDesk(), orchestrator.CommandSend, orchestrator.ClassLive)
		cmd.Author = policyActor
		cmd.Message = &orchestrator.Message{ID: orchestrator.UndeliveredMark + id, Text: "A message did not reach the customer."}
	}
	return nil
}

// onDelivery keeps what is worth knowing about a delivery.
func (s *step) onDelivery() error {
	s.take(ruleNoted, nil)
	return nil
}

// onDeskOpened keeps the desk's handle. When the desk answers so late that the conversation has left it meanwhile, the chat
// that it has opened is ended with the handle that is known only now: the end that was written then could not name it.
func (s *step) onDeskOpened() error {
	if version, over := s.openedInVain(); over {
		s.take(ruleOldAttempt, looked{"desk": string(s.ev.Desk), "attempt_of": version, "stay_since": s.was.DeskVersion})
		if s.ev.Ref != "" && s.ev.Desk != "" {
			s.endLate(orchestrator.Party{Connector: s.ev.Desk, Ref: s.ev.Ref})
		}
		return nil
	}
	s.take(ruleNoted, looked{"desk": string(s.was.Desk)})
	s.Next.DeskRef = s.ev.Ref
	if s.Next.InitialQueuePos == 0 {
		s.Next.InitialQueuePos = s.ev.Position
	}
	return nil
}

// openedInVain: the desk does not have the conversation any more, or has it anew, or all is over.
func (s *step) openedInVain() (version uint64, over bool) {
	if !s.byDispatcher() {
		return 0, false // told by the desk itself: the guard has looked at it
	}
	version, known := s.ev.Command.Version()
	left := s.ev.Desk != s.was.Desk || s.was.State.Ended()
	return version, left || known && version < s.was.DeskVersion
}

// endLate ends a chat at a desk whose business it is not any more. The chat of the channel is taken back from its people
// instead while the customer goes on in it.
func (s *step) endLate(at orchestrator.Party) {
	if string(at.Connector) == s.was.Channel && at.Ref == s.was.ChannelRef && !s.was.State.Ended() {
		if s.flow.world.Desks[at.Connector].TakeBack {
			cmd := s.command(at, orchestrator.CommandTakeBack, orchestrator.ClassLifecycle)
			cmd.Reason = ruleOldAttempt
		}
		return
	}
	cmd := s.command(at, orchestrator.CommandEnd, orchestrator.ClassLifecycle)
	cmd.Reason = ruleOldAttempt
}

// onRepaired changes the record to the desk's truth: its handle, and who serves.
func (s *step) onRepaired() error {
	if role := s.ev.Actor.Role; role != orchestrator.ActorDesk && role != orchestrator.ActorSystem {
		return s.notYours("a record is mended by the desk that has the conversation")
	}
	s.take(ruleNoted, looked{"owner": string(s.was.Owner().ID), "desk_ref": s.was.DeskRef})
	if s.ev.Ref != "" {
		s.Next.DeskRef = s.ev.Ref
	}
	if before := s.was.Owner(); s.ev.Agent != nil && s.ev.Agent.ID != "" && s.was.State.Served() && s.ev.Agent.ID != before.ID {
		who := s.flow.person(*s.ev.Agent)
		s.replaceOwner(who)
		s.tellTransferred(before, orchestrator.Target{Agent: who.ID})
	}
	return nil
}

// replaceOwner gives the chat to whom the desk says has it. A guest changes places with the owner, who stays in it until the
// desk says that they left; anybody else comes in the owner's place.
func (s *step) replaceOwner(who orchestrator.Agent) {
	before := s.was.Owner()
	if p, in := s.was.Participant(who.ID); in && p.Role == orchestrator.RoleGuest {
		s.inherit(who)
		s.admit(before, orchestrator.RoleGuest)
		return
	}
	people := without(without(s.was.Participants, before.ID), who.ID)
	owner := orchestrator.Participant{Agent: who, Role: orchestrator.RoleOwner, Since: s.now}
	s.Next.Participants = append([]orchestrator.Participant{owner}, people...)
}
