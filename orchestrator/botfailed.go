package orchestrator

// BotFailure is why a bot has failed for one conversation.
type BotFailure string

// Why a bot has failed for a conversation.
const (
	BotStopped      BotFailure = "callback_stopped" // its callback answered 410
	BotWordGivenUp  BotFailure = "word_given_up"
	BotStartGivenUp BotFailure = "start_given_up" // it was never told that the conversation began
)

// noteBotFailed says that a bot has failed for a conversation where the command that is given up means that.
func (d *Dispatcher) noteBotFailed(cmd *Command) {
	switch {
	case !cmd.To.Bot:
	case cmd.Type == CommandSend, cmd.Type == CommandFlush:
		d.botFailed(cmd, BotWordGivenUp)
	case cmd.tellsOfStart():
		d.botFailed(cmd, BotStartGivenUp)
	}
}

// botFailed is the one place that hears of a bot that has failed for a conversation: what waits for a slot or for its next
// attempt does not come here.
func (d *Dispatcher) botFailed(cmd *Command, why BotFailure) {
	d.engine.log.Warn("a bot has failed for a conversation", "conversation", cmd.Conversation, "bot", cmd.To.Connector,
		"command", cmd.Type, "id", cmd.ID, "reason", why, "error", cmd.Failure)
	d.engine.metrics.BotFailed(cmd.To.Connector, why)
}
