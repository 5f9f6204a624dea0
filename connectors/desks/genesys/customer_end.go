package genesys

import (
	"context"

	"handoff/orchestrator"
)

// End leaves the chat for the customer. What the vendor does not know any more has ended.
func (s *customerSeat) End(ctx context.Context, cmd *orchestrator.Command) error {
	ref := cmd.To.Ref
	known, err := s.note(ctx, "end", ref)
	if err != nil || known == nil {
		return err
	}
	if _, err := s.callChat(ctx, "disconnect", ref, known, known.form()); err != nil && !gone(err) {
		return err
	}
	if err := s.forget(ctx, ref, known); err != nil {
		return s.Broken("end", err)
	}
	return nil
}

// Alive asks whether the vendor has the chat open; when the customer was seen it does not tell.
func (s *customerSeat) Alive(ctx context.Context, ref string) (orchestrator.Liveness, error) {
	known, err := s.note(ctx, "probe", ref)
	if err != nil || known == nil {
		return orchestrator.Liveness{}, err
	}
	t, err := s.callChat(ctx, "refresh", ref, known, known.form())
	if gone(err) {
		return orchestrator.Liveness{}, nil
	}
	return orchestrator.Liveness{Alive: err == nil && !t.Ended}, err
}
