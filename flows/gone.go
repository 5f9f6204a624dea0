package flows

import "handoff/orchestrator"

// onAgentGone: a person vanished or signed off. What that means depends on what they were to the conversation.
func (s *step) onAgentGone() error {
	who := s.subject()
	if who.ID == "" {
		return orchestrator.InvalidField("agent", "is missing: somebody is gone")
	}
	owner := s.was.Owner().ID == who.ID
	_, in := s.was.Participant(who.ID)
	saw := looked{"agent": string(who.ID), "reason": s.ev.Reason, "state": string(s.was.State)}
	switch state := s.was.State; {
	case state == offered && s.was.Offer.Agent.ID == who.ID:
		s.take(ruleAgentGone, saw)
		ev := orchestrator.Event{Type: offerExpired, Agent: &who, Reason: s.ev.Reason}
		if err := s.become(ev, ruleAgentGone, s.sawOffer()); err != nil {
			return err
		}
		s.ringElsewhere(who, s.now)
		return nil
	case state == transferring && s.was.Transfer.To.ID == who.ID:
		s.take(ruleAgentGone, saw)
		return s.failTransfer(s.derivedReason())
	case owner && (state == agent || state == transferring):
		s.take(ruleAgentGone, saw)
		return s.ownerGone(who)
	case owner && state == wrapUp:
		s.take(ruleAgentGone, saw)
		return s.finishWrapUp(wrapUpTimedOut, true, ruleAgentGone)
	case in && (state == agent || state == conference):
		s.take(ruleAgentGone, saw)
		return s.part(who, true)
	}
	return s.conflict("%s has nothing to do with it", who.ID)
}

// ownerGone queues a chat whose only person is gone. If it was being transferred, the person it was to go to is asked
// first.
func (s *step) ownerGone(who orchestrator.Agent) error {
	at := s.flow.configured(place{s.was.Desk, s.was.Queue})
	ev := orchestrator.Event{
		Type: requeued, Reason: s.ev.Reason, Target: &orchestrator.Target{Desk: at.desk, Queue: at.queue},
	}
	if err := s.become(ev, rulePlaceKept, looked{"waiting_since": s.was.WaitingFrom.String()}); err != nil {
		return err
	}
	n := s.Next
	n.QueuedAt, n.OverflowStep, n.Preferred = s.now, 0, ""
	s.excludeNobody()
	if s.was.Transfer != nil {
		n.Preferred = s.was.Transfer.To.ID
	}
	s.exclude(who.ID, s.now)
	s.moveTo(at)
	s.open(false)
	s.tellQueued("agent_gone")
	s.say(textRequeued, s.expected())
	return nil
}

// derivedReason names why a transfer failed.
func (s *step) derivedReason() string {
	if s.ev.Reason != "" {
		return s.ev.Reason
	}
	return string(s.ev.Type)
}
