package orchestrator

// BotFailure is why a bot has failed for one conversation.
type BotFailure string

// Why a bot has failed for a conversation.
const (
	BotStopped      BotFailure = "callback_stopped" // its callback answered 410
	BotWordGivenUp  BotFailure = "word_given_up"
	BotStartGivenUp BotFailure = "start_given_up" // it was never told that the conversation began
	BotUnconfigured BotFailure = "unconfigured"   // no process has configured it any more
)

// botFailureOf is what it means for the bot that a command for it is given up; empty where it means nothing.
func botFailureOf(cmd *Command) BotFailure {
	switch {
	case !cmd.To.Bot:
	case cmd.Type == CommandSend, cmd.Type == CommandFlush:
		return BotWordGivenUp
	case cmd.tellsOfStart():
		return BotStartGivenUp
	}
	return ""
}

// noteBotFailed logs and counts that a bot has failed for a conversation. What waits for a slot or for its next attempt does not
// come here.
func (d *Dispatcher) noteBotFailed(cmd *Command, why BotFailure) {
	d.engine.log.Warn("a bot has failed for a conversation", "conversation", cmd.Conversation, "bot", cmd.To.Connector,
		"command", cmd.Type, "id", cmd.ID, "reason", why, "error", cmd.Failure)
	d.engine.metrics.BotFailed(cmd.To.Connector, why)
}

// botFailed is the fact that the bot does not answer its conversation. One that the bot does not have refuses it.
func botFailed(cmd *Command, why BotFailure) Event {
	ev := Event{
		ID: "bot_failed:" + EventID(cmd.ID), Type: EventBotFailed, Command: cmd.ID, Reason: string(why), Note: cmd.Failure,
	}
	switch {
	case cmd.Type == CommandFlush:
		ev.Word = cmd.From
	case cmd.Type == CommandSend && cmd.Author.Role == ActorCustomer:
		ev.Word = cmd.Sequence
	}
	return ev
}

// confirm tells a conversation that its bot has a word, where the policy waits for the answer.
func (d *Dispatcher) confirm(cmd *Command) error {
	if !cmd.Confirm {
		return nil
	}
	return d.report(Event{ID: "reached:" + EventID(cmd.ID), Type: EventBotReached, Command: cmd.ID}, cmd)
}
