package flows

import (
	"strings"

	"handoff/orchestrator"
)

// onQueueTimedOut: nobody took it in time. The policy says whether it waits elsewhere, goes back to the bot with an
// apology, or ends with a farewell.
func (s *step) onQueueTimedOut() error {
	saw := s.sawWait()
	saw["timeout_ms"] = s.flow.queueTimeout(s.was).Milliseconds()
	s.take(ruleQueueOut, saw)
	return s.fallBack(s.flow.policy.OnQueueTimeout, ruleQueueOut, reasonTimeout, saw)
}

// onDeskFailed: the desk cannot be reached, or lost the conversation.
func (s *step) onDeskFailed() error {
	saw := looked{"desk": string(s.was.Desk), "queue": string(s.was.Queue), "error": s.ev.Reason}
	s.Next.LastError = s.ev.Reason
	if version, ok := s.ev.Command.Version(); ok && version != s.was.OpenVersion {
		saw["attempt_of"], saw["newest"] = version, s.was.OpenVersion
		s.take(ruleOldAttempt, saw)
		return nil
	}
	s.take(ruleDeskFailed, saw)
	if s.was.State == wrapUp {
		return nil // nobody waits for the desk any more; the time-out closes it
	}
	if !s.was.State.Served() {
		if i, ok := s.elsewhere(s.was.Desk, s.was.OverflowStep, saw); ok {
			return s.overflowAhead(i, ruleDeskFailed, saw)
		}
	}
	return s.fallBack(s.flow.policy.OnDeskFailed, ruleDeskFailed, reasonVendor, saw)
}

// elsewhere finds the first step of the overflow chain, from the given one on, that leads to another desk, unless that has
// said that nobody is there.
func (s *step) elsewhere(than orchestrator.ConnectorName, from int, saw looked) (step int, ok bool) {
	var empty []string
	defer func() {
		if len(empty) > 0 {
			saw["nobody_at"] = strings.Join(empty, " ")
		}
	}()
	for i := from; i < len(s.flow.policy.Overflow); i++ {
		to := s.flow.policy.Overflow[i].To
		if to.Desk == than {
			continue
		}
		said := s.said(to.place())
		if said == nil || !said.Nobody() {
			return i, true
		}
		empty = append(empty, string(to.Desk)+"/"+string(to.Queue))
	}
	return 0, false
}

// said is what another desk was found to say of its queue; nil if it was not asked, or cannot tell.
func (s *step) said(at place) *orchestrator.Looked {
	for i := range s.ev.Elsewhere {
		if there := &s.ev.Elsewhere[i]; there.Desk == at.desk && there.Queue == at.queue {
			return &there.Said
		}
	}
	return nil
}

// overflowAhead takes a step of the overflow chain before its time, because there is nothing to wait for here.
func (s *step) overflowAhead(step int, rule string, saw looked) error {
	to := s.flow.policy.Overflow[step].To
	if err := s.become(orchestrator.Event{Type: overflowed, Target: to.target()}, rule, saw); err != nil {
		return err
	}
	s.Next.OverflowStep = step + 1
	s.overflowTo(to)
	return nil
}

// fallBack makes the policy's choice a move. A choice that leads to where it has just failed is no choice: then the
// bot has it, with an apology, so that nobody is left in silence.
func (s *step) fallBack(choice Fallback, rule, reason string, saw looked) error {
	served := s.was.State.Served()
	switch {
	case choice.To != nil && !s.triedAlready(*choice.To, reason):
		if served {
			return s.fallToQueue(*choice.To, rule, reason, saw)
		}
		return s.fallToOverflow(*choice.To, rule, saw)
	case choice.Abandon && served:
		if err := s.become(orchestrator.Event{Type: chatEnded, Reason: reason}, rule, saw); err != nil {
			return err
		}
		s.endChat("", textFarewell)
		return nil
	case choice.Abandon:
		if err := s.become(orchestrator.Event{Type: abandonedByPolicy, Reason: reason}, rule, saw); err != nil {
			return err
		}
		s.letGo(reason)
		return nil
	default:
		if err := s.become(orchestrator.Event{Type: returnedToBot, Reason: reason}, rule, saw); err != nil {
			return err
		}
		s.backToBot()
		s.tellFailed(retry(orchestrator.Notice{Reason: reason, Queue: s.was.Queue}, nobodyRetry))
		s.say(textApology, values{})
		return nil
	}
}

// triedAlready: the conversation waits there now, or the desk there is the one that failed.
func (s *step) triedAlready(to Destination, reason string) bool {
	return to.Desk == s.was.Desk && (reason == reasonVendor || to.Queue == s.was.Queue)
}

func (s *step) fallToOverflow(to Destination, rule string, saw looked) error {
	err := s.become(orchestrator.Event{Type: overflowed, Target: to.target()}, rule, saw)
	if err != nil {
		return err
	}
	s.Next.QueuedAt = s.now // it waits there for as long as anybody may
	s.Next.OverflowStep = len(s.flow.policy.Overflow)
	s.overflowTo(to)
	return nil
}

func (s *step) fallToQueue(to Destination, rule, reason string, saw looked) error {
	err := s.become(orchestrator.Event{Type: requeued, Target: to.target(), Reason: reason}, rule, saw)
	if err != nil {
		return err
	}
	s.waitAgain(to.place(), "", reason)
	return nil
}

// onAbandoned lets the customer go.
func (s *step) onAbandoned() error {
	if err := s.mayDirect(); err != nil {
		return err
	}
	if err := s.move(ruleEnded, s.sawWait()); err != nil {
		return err
	}
	s.letGo(s.ev.Reason)
	return nil
}

// letGo says goodbye to a customer whom nobody could serve.
func (s *step) letGo(reason string) {
	s.withdraw()
	s.Next.ClosedBecause = reason
	if reason == "" {
		s.Next.ClosedBecause = string(abandonedByPolicy)
	}
	s.tellFailed(orchestrator.Notice{Reason: reason, Queue: s.was.Queue})
	s.say(textFarewell, values{})
	s.tellOver()
}
