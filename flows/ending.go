package flows

import (
	"slices"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// onReturnedToBot: people give the conversation back, with what was said and why.
func (s *step) onReturnedToBot() error {
	if err := s.mayDirect(); err != nil {
		return err
	}
	if err := s.checkDisposition(false); err != nil {
		return err
	}
	if err := s.move(ruleHandback, looked{"owner": string(s.was.Owner().ID), "returns": s.was.Returns}); err != nil {
		return err
	}
	s.backToBot()
	s.tellEnded(wire.ResumeBot)
	if s.was.State.Served() {
		s.tellCompleted("")
	}
	return nil
}

// backToBot takes the conversation away from the desk and gives the bot what it has not heard.
func (s *step) backToBot() {
	s.withdraw()
	n := s.Next
	n.Desk, n.DeskRef, n.Queue = "", "", ""
	n.Preferred, n.OverflowStep = "", 0
	s.excludeNobody()
	if s.was.State.Served() {
		n.ServedUntil = s.now
		s.countReturn()
	}
	s.handOverToBot()
}

// countReturn notes that people gave the conversation back: the limits against ping-pong look at it.
func (s *step) countReturn() {
	s.Next.Returns++
	s.Next.ReturnedAt = s.now
}

// onChatEnded: the chat is over for the customer. If the bot goes on, it controls from now, without waiting for the
// after-call work.
func (s *step) onChatEnded() error {
	if err := s.mayDirect(); err != nil {
		return err
	}
	if err := s.move(ruleEnded, looked{"owner": string(s.was.Owner().ID), "on_end": s.was.OnEnd}); err != nil {
		return err
	}
	s.endChat("", textEnded)
	return nil
}

// endChat ends the chat for the customer; the owner still has work. gone says why the customer is not there any more,
// and is empty if they are.
func (s *step) endChat(gone, text string) {
	n := s.Next
	n.ServedUntil, n.ClosedBecause = s.now, gone
	resume := wire.ResumeNone
	if n.Controller() == orchestrator.ControllerBot {
		resume = wire.ResumeBot
		s.countReturn()
	}
	s.endAtDesk(s.was.Owner())
	s.tellEnded(resume)
	if resume == wire.ResumeNone && text != "" {
		s.say(text, values{})
	}
}

// onCustomerGone: the customer left, or their client stopped fetching.
func (s *step) onCustomerGone() error {
	rule, saw := ruleGone, looked{"state": string(s.was.State)}
	if s.ev.Type == customerDead {
		rule = ruleDead
		saw["fetched"] = s.ev.Fetched.String()
		saw["customer_dead_after"] = s.flow.policy.CustomerDeadAfter.String()
		s.Next.Fetched = max(s.Next.Fetched, s.ev.Fetched)
	}
	reason := string(s.ev.Type)
	if s.was.State == wrapUp {
		s.take(rule, saw)
		if s.Next.ClosedBecause == "" {
			s.Next.ClosedBecause = reason
		}
		if s.was.Controller() == orchestrator.ControllerBot {
			s.tellEnded(wire.ResumeNone) // it had been told to go on
		}
		return nil
	}
	if err := s.move(rule, saw); err != nil {
		return err
	}
	if s.was.State.Served() {
		s.endChat(reason, "")
		return nil
	}
	s.Next.ClosedBecause = reason
	if s.was.State != bot {
		s.withdraw()
		s.tellEnded(wire.ResumeNone)
	}
	s.tellOver()
	return nil
}

// onIdleWarned: nobody wrote for long; the customer is told before the chat closes.
func (s *step) onIdleWarned() error {
	s.take("warnings."+string(s.was.State), s.sawIdle())
	s.Next.Warned, s.Next.WarnedAt = true, s.now
	s.say(textWarning, values{})
	return nil
}

// onIdleTimedOut: still nobody wrote.
func (s *step) onIdleTimedOut() error {
	if err := s.move("deadlines."+string(s.was.State), s.sawIdle()); err != nil {
		return err
	}
	if s.was.State != bot {
		s.endChat(string(idleTimedOut), textEnded)
		return nil
	}
	s.Next.ClosedBecause = string(idleTimedOut)
	s.tellOver()
	return nil
}

func (s *step) sawIdle() looked {
	return looked{
		"idle_ms": between(idleSince(s.was), s.now), "deadline": s.was.Deadline.String(), "warned": s.was.Warned,
	}
}

// onCompleted closes the conversation. On a live chat it ends the chat and completes at once; with the customer still
// there and a bot that is to go on, the bot goes on instead, unless it is the bot that closes.
func (s *step) onCompleted() error {
	if s.was.State == queued || s.was.State == offered {
		return s.closeWaiting()
	}
	if s.ev.Actor.Role != orchestrator.ActorBot {
		if err := s.mayDirect(); err != nil {
			return err
		}
	}
	if err := s.checkDisposition(true); err != nil {
		return err
	}
	switch {
	case s.was.State == wrapUp:
		return s.finishWrapUp(completedEvent, false, ruleCompleted)
	case s.was.State == bot:
		return s.closeBot()
	case s.botGoesOn():
		s.take(ruleReturns, looked{"on_end": s.was.OnEnd})
		if err := s.become(orchestrator.Event{Type: chatEnded, Actor: s.ev.Actor}, ruleReturns, nil); err != nil {
			return err
		}
		s.endChat("", "")
		return s.resume(ruleReturns)
	}
	return s.closeServed()
}

// closeServed ends a live chat and completes it at once.
func (s *step) closeServed() error {
	s.take(ruleCompleted, s.sawCompletion())
	if err := s.become(orchestrator.Event{Type: chatEnded, Actor: s.ev.Actor}, ruleCompleted, nil); err != nil {
		return err
	}
	s.Next.ServedUntil, s.Next.ClosedBecause = s.now, string(completedEvent)
	s.withdraw()
	s.completeAtDesk()
	s.tellEnded(wire.ResumeNone)
	if err := s.become(orchestrator.Event{Type: completedEvent, Actor: s.ev.Actor}, ruleCompleted, nil); err != nil {
		return err
	}
	s.tellCompleted("")
	s.say(textEnded, values{})
	s.tellOver()
	return nil
}

// closeBot closes a conversation that the bot has.
func (s *step) closeBot() error {
	if err := s.move(ruleCompleted, s.sawCompletion()); err != nil {
		return err
	}
	s.Next.ClosedBecause = string(completedEvent)
	s.tellOver()
	return nil
}

// closeWaiting closes a conversation that still waits: nobody has served it, so it is abandoned, not completed.
func (s *step) closeWaiting() error {
	if role := s.ev.Actor.Role; role == orchestrator.ActorAgent || role == orchestrator.ActorCustomer {
		return s.conflict("%s cannot happen in state %s", s.ev.Type, s.was.State)
	}
	s.take(ruleCompleted, s.sawWait())
	if err := s.become(orchestrator.Event{Type: abandonedByPolicy, Actor: s.ev.Actor, Reason: s.ev.Reason},
		ruleCompleted, nil); err != nil {
		return err
	}
	s.Next.ClosedBecause = string(completedEvent)
	s.withdraw()
	s.tellEnded(wire.ResumeNone)
	s.tellOver()
	return nil
}

// botGoesOn: the bot gets the conversation back when people are done, and it is not the bot that closes it.
func (s *step) botGoesOn() bool {
	closes := s.ev.Type == completedEvent && s.ev.Actor.Role == orchestrator.ActorBot
	return s.was.OnEnd == orchestrator.OnEndReturn && s.was.ClosedBecause == "" && !closes
}

func (s *step) sawCompletion() looked {
	saw := looked{"state": string(s.was.State), "on_end": s.was.OnEnd}
	if s.was.State != bot {
		saw["queue_ms"], saw["talk_ms"], saw["wrap_up_ms"] = s.durations()
	}
	if s.ev.Disposition != "" {
		saw["disposition"] = s.ev.Disposition
	}
	return saw
}

// checkDisposition refuses a disposition that the policy does not know, and a missing one where an agent must give one, or
// whoever ends a wrap-up in an agent's place.
func (s *step) checkDisposition(completing bool) error {
	rule, given := s.flow.policy.WrapUp, s.ev.Disposition
	if given == "" {
		worked := s.was.State.Served() || s.was.State == wrapUp
		theirs := s.ev.Actor.Role == orchestrator.ActorAgent || s.byPerson() && s.was.State == wrapUp
		if completing && worked && rule.Required && theirs {
			return orchestrator.InvalidField("disposition", "is missing; it is %s", inWords(rule.Dispositions))
		}
		return nil
	}
	if len(rule.Dispositions) > 0 && !slices.Contains(rule.Dispositions, given) {
		return orchestrator.InvalidField("disposition", "unknown disposition %q; it is %s", given,
			inWords(rule.Dispositions))
	}
	return nil
}
