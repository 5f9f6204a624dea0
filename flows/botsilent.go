package flows

import (
	"strconv"

	"handoff/orchestrator"
)

// reasonSilent is why a bot has failed that took a word and said nothing.
const reasonSilent = "silent"

// awaitsAnswer: the bot has a word that it is to answer, and has said nothing since it was said.
func (s *step) awaitsAnswer() bool {
	word, known := s.ev.Command.Version()
	answered := known && word < s.was.BotSpoke
	return s.flow.policy.BotSilentAfter > 0 && s.was.Controller() == orchestrator.ControllerBot && !answered
}

// onBotReached: the bot has a word of the customer's, or types. Its time to answer begins with the first word that it leaves
// unanswered, and anew while it types.
func (s *step) onBotReached() error {
	s.take(ruleBotSilent, looked{"bot_silent_after": s.flow.policy.BotSilentAfter.String()})
	if s.was.AwaitingBot == 0 || s.ev.Command == "" {
		s.Next.AwaitingBot = s.now
	}
	return nil
}

// stillTyping is what follows from the typing of a bot that is to answer; nil where nothing does. It is written down when half
// of the bot's time has passed, so that a bot that types for long costs few entries.
func (s *step) stillTyping() *orchestrator.Event {
	after := s.flow.policy.BotSilentAfter
	if after == 0 || s.was.AwaitingBot == 0 || s.now.Sub(s.was.AwaitingBot) < after/2 {
		return nil
	}
	return &orchestrator.Event{
		ID: orchestrator.EventID("types:" + strconv.FormatUint(s.was.Version, 10)), Type: orchestrator.EventBotReached,
		Conversation: s.was.ID, Bot: s.was.Bot, External: s.was.External,
		Actor: orchestrator.Actor{Role: orchestrator.ActorSystem, ID: "typing"},
	}
}
