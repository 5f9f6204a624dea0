package oracle

import (
	"context"
	"encoding/json"

	"handoff/connectors/internal/once"
	"handoff/orchestrator"
)

// Send posts the customer's words.
func (s *customerSeat) Send(ctx context.Context, cmd *orchestrator.Command) error {
	pieces, err := s.posts(cmd, func(body, id string) any { return consumerPost{Body: body, MessageID: id} })
	if err != nil {
		return err
	}
	return s.Poster.Send(ctx, cmd.To.Ref, cmd.ID, pieces, once.Chat{Post: func(ctx context.Context, post string) once.Answer {
		return answerOf(s.call(ctx, "postMessage", cmd.To.Ref, json.RawMessage(post)))
	}})
}

// typing shows people that the customer writes.
func (s *customerSeat) typing(ctx context.Context, cmd *orchestrator.Command) error {
	return s.call(ctx, "activity", cmd.To.Ref, activity(cmd.Typing))
}
