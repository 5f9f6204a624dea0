package flows

import (
	"cmp"

	"handoff/orchestrator"
)

// ReasonBotFailed is the reason of a request that the service makes because the bot does not answer.
const ReasonBotFailed = "bot_failed"

// onBotFailed: the bot does not answer this conversation. The policy fetches people, or tells the customer. She is told once for
// each outage, and what she writes next is given to the bot again. An address that begins many conversations while the bot is down
// puts no more of them into queues than it may ask persons for.
func (s *step) onBotFailed() error {
	switch {
	case s.was.Controller() != orchestrator.ControllerBot:
		return s.conflict("the bot does not have this conversation")
	case s.was.Channel == orchestrator.ChannelBot:
		return s.conflict("the customer is reached through the bot alone")
	}
	saw := looked{"reason": s.ev.Reason, "choice": s.flow.policy.OnBotFailed.words()}
	if s.was.OverAskLimit {
		saw["over_ask_limit"] = true
	}
	s.take(ruleBotFailed, saw)
	first := s.was.BotFailedAt == 0 || s.was.BotFailedAt < s.was.ReturnedAt // people gave it back since then
	s.Next.AwaitingBot = 0
	if s.ev.Note != "" {
		s.Next.LastError = s.ev.Note
	}
	if first {
		s.Next.BotFailedAt = s.now
		s.say(textBotFailed, values{})
	}
	if s.flow.policy.OnBotFailed.Tell || s.was.OverAskLimit {
		return nil
	}
	r, no, refused := s.route(s.flow.rescue())
	if refused {
		if first {
			s.say(no.text, values{})
		}
		return nil
	}
	return s.fetchPeople(r)
}

// fetchPeople asks for a person in the bot's place. The words that the bot was not told are given to whoever comes.
func (s *step) fetchPeople(r route) error {
	prefer, rule := orchestrator.AgentID(""), cmp.Or(r.rule, ruleBotFailed)
	if s.was.State == wrapUp {
		prefer = s.was.Owner().ID
		s.closeFormer("requested_again")
	}
	request := &orchestrator.Request{Reason: ReasonBotFailed, Priority: middlePriority}
	if err := s.become(orchestrator.Event{Type: handoffRequested, Request: request}, rule, s.sawRequest(r, prefer)); err != nil {
		return err
	}
	if s.Next.HeldFrom == 0 {
		s.Next.HeldFrom = s.ev.Word
	}
	s.beginHandoff(r, request, "", prefer)
	return nil
}

// rescue is the queue that gets the conversations of a bot that has failed.
func (f *Flow) rescue() place {
	if to := f.policy.OnBotFailed.To; to != nil {
		return to.place()
	}
	return place{f.policy.Desk, f.policy.Queue}
}
