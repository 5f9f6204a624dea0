package superoffice

import (
	"context"

	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// explain posts what people should know as the first messages, under the bot's name: the context, and what was said before.
func (s *customerSeat) explain(ctx context.Context, ref string, cmd *orchestrator.Command) error {
	record, err := s.Record(ctx, cmd.Conversation)
	if err != nil {
		return s.Broken("open", err)
	}
	intro := *cmd
	intro.Author = orchestrator.Actor{Role: orchestrator.ActorBot, Name: s.config.Nickname}
	for _, part := range []struct {
		id   orchestrator.CommandID
		text string
	}{{".context", wording.Lines(wording.About(cmd, record))}, {".history", wording.History(cmd.History, longestHistory)}} {
		if part.text == "" {
			continue
		}
		if err := s.deliver(ctx, ref, cmd.ID+part.id, part.text, &intro); err != nil {
			return err
		}
	}
	return nil
}
