package superoffice

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// explain posts what people should know as the first messages, under the bot's name: the context, and what was said before.
func (s *customerSeat) explain(ctx context.Context, ref string, cmd *orchestrator.Command) error {
	intro := *cmd
	intro.Author = orchestrator.Actor{Role: orchestrator.ActorBot, Name: s.config.Nickname}
	for _, part := range []struct {
		id   orchestrator.CommandID
		text string
	}{{".context", s.context(ctx, cmd)}, {".history", wording.History(cmd.History, longestHistory)}} {
		if part.text == "" {
			continue
		}
		if err := s.deliver(ctx, ref, cmd.ID+part.id, part.text, &intro); err != nil {
			return err
		}
	}
	return nil
}

// context is what people should know besides words: reason, summary, and the attributes in order.
func (s *customerSeat) context(ctx context.Context, cmd *orchestrator.Command) string {
	var lines []string
	if cmd.Reason != "" {
		lines = append(lines, "Reason: "+cmd.Reason)
	}
	if cmd.Note != "" {
		lines = append(lines, "Summary: "+cmd.Note)
	}
	if c, err := s.Memory.Load(ctx, cmd.Conversation); err == nil {
		lines = append(lines, attributes(c.Attributes)...)
	}
	return strings.Join(lines, "\n")
}

// attributes are lines "key: value", in order.
func attributes(all map[string]any) []string {
	lines := make([]string, 0, len(all))
	for key, value := range all {
		text, ok := value.(string)
		if !ok {
			written, err := json.Marshal(value)
			if err != nil {
				continue
			}
			text = string(written)
		}
		lines = append(lines, key+": "+text)
	}
	slices.Sort(lines)
	return lines
}
