package superoffice

import (
	"context"

	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

func (s *customerSeat) words(cmd *orchestrator.Command) (map[string]any, func(m *message) bool) {
	author := cmd.Author.Name
	if author == "" {
		author = nameOf(cmd)
	}
	return map[string]any{"Type": typeToUser, "SpecialType": specialNone, "Author": wording.Clip(author, maxCustomerName)},
		func(m *message) bool { return m.Type == typeToUser }
}

func (s *customerSeat) mayPost(context.Context, *orchestrator.Command) error { return nil }
