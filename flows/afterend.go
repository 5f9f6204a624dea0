package flows

import (
	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// What becomes of a customer's word after the end of a chat (on_word_after_end).
const (
	afterEndKeep  = "keep"  // the person in wrap-up sees it, and may reopen the chat
	afterEndBot   = "bot"   // the bot goes on
	afterEndQueue = "queue" // the customer waits again, for the same person if possible
)

// reasonReopened is the reason of handoff.accepted where the person of the wrap-up goes on.
const reasonReopened = "reopened"

// wordAfterEnd decides on a word that came while the person who served still works on the chat. One that was spoken before the
// end was only late and moves nothing.
func (s *step) wordAfterEnd() error {
	if s.spokenBefore(s.was.ServedUntil) {
		s.Next.HeldFrom = s.was.HeldFrom
		return nil
	}
	switch s.flow.policy.OnWordAfterEnd {
	case afterEndQueue:
		return s.customerBack(true)
	case afterEndBot:
		if err := s.become(orchestrator.Event{Type: resumed}, ruleAfterEnd, nil); err != nil {
			return err
		}
		s.tellEnded(wire.ResumeBot) // it had been told that nobody goes on
		s.goOn()
		s.Next.ClosedBecause = "" // she is there, whatever was said before
		s.handOverToBot()
		return nil
	}
	s.Next.WordAfterEnd = s.now
	return nil
}

// spokenBefore: the sender says that the word was said by then. A time in the future says nothing.
func (s *step) spokenBefore(end orchestrator.Moment) bool {
	return s.ev.At != 0 && s.ev.At <= s.now && s.ev.At <= end
}

// onReopened: the person of the wrap-up goes on with the customer.
func (s *step) onReopened() error {
	owner := s.was.Owner()
	if s.byPerson() && s.actor().ID != owner.ID {
		return s.notYours("only %s, who served, can reopen the chat", owner.ID)
	}
	if s.was.Controller() == orchestrator.ControllerBot {
		return s.conflict("the bot has the conversation back")
	}
	if s.byPerson() && !s.flow.desk(s.was).Accept {
		return s.unable("have a chat reopened here")
	}
	if err := s.move(ruleAfterEnd, looked{"owner": string(owner.ID)}); err != nil {
		return err
	}
	n := s.Next
	n.ServedUntil, n.ClosedBecause, n.WordAfterEnd = 0, "", 0
	if s.byPerson() {
		s.acceptAtDesk(owner, false)
	}
	s.handOverToDesk()
	s.notify(orchestrator.Notice{Type: wire.Accepted, Agent: &owner, Queue: n.Queue, Reason: reasonReopened})
	return nil
}
