package flows

import "handoff/orchestrator"

// onWrapUpTimedOut: the after-call work took too long, or cannot be seen at this desk.
func (s *step) onWrapUpTimedOut() error {
	if s.was.WordAfterEnd != 0 && !s.botGoesOn() { // nobody has answered it
		s.take("deadlines.wrap_up", looked{"word_after_end": s.was.WordAfterEnd.String()})
		return s.customerBack(true)
	}
	return s.finishWrapUp(wrapUpTimedOut, false, "deadlines.wrap_up")
}

// finishWrapUp ends the after-call work: the conversation is completed, or the bot has it back. With derived the fact
// that led to it is written down already.
func (s *step) finishWrapUp(by orchestrator.EventType, derived bool, rule string) error {
	saw := s.sawCompletion()
	if s.botGoesOn() {
		if !derived {
			s.take(rule, saw)
		}
		return s.resume(ruleReturns)
	}
	var err error
	if derived {
		err = s.become(orchestrator.Event{Type: by}, rule, saw)
	} else {
		err = s.move(rule, saw)
	}
	if err != nil {
		return err
	}
	if s.Next.ClosedBecause == "" {
		s.Next.ClosedBecause = string(by)
	}
	s.closeHandoff("")
	s.tellOver()
	return nil
}

// resume gives the bot the conversation back for good, in place of completing it.
func (s *step) resume(rule string) error {
	if err := s.become(orchestrator.Event{Type: resumed}, rule, looked{"on_end": s.was.OnEnd}); err != nil {
		return err
	}
	s.goOn()
	return nil
}

// onResumed is the same, said by somebody.
func (s *step) onResumed() error {
	if err := s.mayDirect(); err != nil {
		return err
	}
	if !s.botGoesOn() {
		return s.conflict("the bot does not get this conversation back")
	}
	if err := s.move(ruleReturns, looked{"on_end": s.was.OnEnd}); err != nil {
		return err
	}
	s.goOn()
	return nil
}

func (s *step) goOn() {
	s.closeHandoff("")
	n := s.Next
	n.Desk, n.DeskRef, n.Queue = "", "", ""
}

// closeHandoff tells the desk and the bot that the work on the newest handoff is done.
func (s *step) closeHandoff(reason string) {
	s.completeAtDesk()
	s.tellCompleted(reason)
}

// closeFormer closes the newest handoff because the next one begins.
func (s *step) closeFormer(reason string) {
	s.add(orchestrator.Event{Type: orchestrator.EventHandoffClosed, Actor: s.ev.Actor}, ruleCompleted, nil)
	s.closeHandoff(reason)
}

// onCustomerReturned: the customer is back while the person who served still works on it.
func (s *step) onCustomerReturned() error { return s.customerBack(false) }

// customerBack queues the conversation again, for the same person if possible. With derived it follows from a word of
// the customer's, which is held for whoever takes it.
func (s *step) customerBack(derived bool) error {
	owner := s.was.Owner().ID
	saw := s.sawQueue(place{s.was.Desk, s.was.Queue})
	saw["prefer"] = string(owner)
	if !derived {
		s.take(ruleCustomerBack, saw)
	}
	s.closeFormer(string(customerReturned))
	if err := s.become(orchestrator.Event{Type: customerReturned, Actor: s.ev.Actor}, ruleCustomerBack, saw); err != nil {
		return err
	}
	s.beginHandoff(route{at: s.flow.configured(place{s.was.Desk, s.was.Queue})}, s.was.Request, s.was.OnEnd, owner)
	return nil
}
