package flows

import (
	"slices"
	"strconv"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// onOffered lets the conversation ring at one person.
func (s *step) onOffered() error {
	who := s.subject()
	if who.ID == "" {
		return orchestrator.InvalidField("agent", "is missing: an offer rings at one person")
	}
	saw := s.sawWait()
	saw["agent"] = string(who.ID)
	if s.was.Preferred != "" {
		saw["prefer"] = string(s.was.Preferred)
	}
	if err := s.move(ruleOffer, saw); err != nil {
		return err
	}
	s.Next.Offer = &orchestrator.Offer{Agent: who, At: s.now}
	return nil
}

// onNotTaken: somebody declined, or let it ring. What rang was an offer, a transfer or an invitation.
func (s *step) onNotTaken() error {
	who := s.self()
	switch s.was.State {
	case offered:
		at := s.was.Offer.Agent
		if who.ID != "" && who.ID != at.ID && s.ev.Actor.Role != orchestrator.ActorSupervisor {
			return s.conflict("it rings at %s, not at %s", at.ID, who.ID)
		}
		if err := s.move(ruleOffer, s.sawOffer()); err != nil {
			return err
		}
		again := s.askAgain()
		if s.ev.Reason == orchestrator.ReasonAway { // who comes back may be asked at once
			again = s.now
		}
		s.ringElsewhere(at, again)
		return nil
	case transferring:
		if who.ID != s.was.Transfer.To.ID {
			return s.conflict("it rings at %s, not at %s", s.was.Transfer.To.ID, who.ID)
		}
		s.take(ruleOffer, nil)
		return s.failTransfer(s.derivedReason())
	case agent, conference:
		p, in := s.was.Participant(who.ID)
		if !in || p.Role != orchestrator.RoleInvited {
			return s.conflict("nothing rings at %s", who.ID)
		}
		s.take(ruleInvitation, nil)
		s.dismiss(who, true)
		return nil
	case bot, queued, wrapUp, completed, abandoned, expired:
	}
	return s.conflict("nothing rings in state %s", s.was.State)
}

// sawOffer is what an unanswered offer is judged by.
func (s *step) sawOffer() looked {
	saw := s.sawWait()
	saw["rang_ms"] = between(s.was.Offer.At, s.now)
	saw["declined_before"] = len(s.was.Declined)
	return saw
}

// ringElsewhere sends the conversation back to the front of its queue. Who did not take it is offered others first.
func (s *step) ringElsewhere(not orchestrator.Agent, again orchestrator.Moment) {
	s.exclude(not.ID, again)
	s.open(true)
}

// askAgain is from when on somebody who does not take a conversation now may be asked again.
func (s *step) askAgain() orchestrator.Moment { return s.now.Add(s.flow.policy.OfferAgainAfter) }

// exclude notes who is not to be asked next, and from when on they may be asked again.
func (s *step) exclude(id orchestrator.AgentID, again orchestrator.Moment) {
	if id == "" {
		return
	}
	n := s.Next
	if n.Preferred == id {
		n.Preferred = ""
	}
	who, when := slices.Clone(n.Declined), slices.Clone(n.AskAgain)
	for len(when) < len(who) { // written by the version before
		when = append(when, 0)
	}
	if at := slices.Index(who, id); at >= 0 {
		when[at] = again
	} else {
		who, when = append(who, id), append(when, again)
	}
	n.Declined, n.AskAgain = who, when
}

// excludeNobody lets everybody be asked.
func (s *step) excludeNobody() { s.Next.Declined, s.Next.AskAgain = nil, nil }

// onOverflowed takes the next step of the policy's chain.
func (s *step) onOverflowed() error {
	taken := s.was.OverflowStep
	if taken >= len(s.flow.policy.Overflow) { // the policy had more steps when the deadline was set
		s.take(ruleOverflow, looked{"step": taken, "steps": len(s.flow.policy.Overflow)})
		return nil
	}
	next := s.flow.policy.Overflow[taken]
	if err := s.move(ruleOverflow+"["+strconv.Itoa(taken)+"]", s.sawOverflow(next.To)); err != nil {
		return err
	}
	s.Next.OverflowStep = taken + 1
	s.overflowTo(next.To)
	return nil
}

func (s *step) sawOverflow(to Destination) looked {
	saw := s.sawWait()
	saw["step"], saw["steps"] = s.was.OverflowStep, len(s.flow.policy.Overflow)
	saw["to_desk"], saw["to_queue"] = string(to.Desk), string(to.Queue)
	return saw
}

// overflowTo waits elsewhere, with the same place by first wait, and everybody there may be asked.
func (s *step) overflowTo(to Destination) {
	s.Next.Preferred = ""
	s.excludeNobody()
	s.moveTo(to.place())
	s.open(false)
	s.tellQueued("overflowed")
}

// onPositionChanged tells the bot how far the conversation has come. Worth telling now or never.
func (s *step) onPositionChanged() error {
	if s.ev.Position < 1 {
		return orchestrator.InvalidField("position", "is at least 1")
	}
	s.take(ruleNoted, looked{"position": s.ev.Position})
	if s.Next.InitialQueuePos == 0 {
		s.Next.InitialQueuePos = s.ev.Position
	}
	n := orchestrator.Notice{Type: wire.PositionChanged, Queue: s.was.Queue, Position: s.ev.Position}
	if s.ev.Looked != nil && s.ev.Looked.Known {
		n.WaitMS = s.ev.Looked.WaitMS
	}
	told := s.tell(n)
	if s.flow.hears(s.was) {
		cmd := s.passing(s.theBot(), orchestrator.CommandNotify)
		cmd.Notice = told
		s.quote(cmd)
	}
	return nil
}

// waitAgain puts a chat that somebody served, or that rang, into a queue again. It keeps its place by first wait; who
// just had it is not asked next.
func (s *step) waitAgain(at place, not orchestrator.AgentID, reason string) {
	n := s.Next
	if s.was.State.Served() {
		n.QueuedAt, n.OverflowStep, n.Preferred = s.now, 0, ""
		s.excludeNobody()
	}
	s.exclude(not, s.now)
	s.moveTo(at)
	s.open(false)
	if s.ev.Type == transferredToQueue {
		s.tellTransferred(s.was.Owner(), orchestrator.Target{Desk: at.desk, Queue: at.queue})
	} else {
		s.tellQueued(reason)
	}
	if s.was.State.Served() {
		s.say(textRequeued, s.expected())
	}
}
