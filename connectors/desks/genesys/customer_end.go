package genesys

import (
	"context"

	"handoff/orchestrator"
)

// end leaves the chat for the customer. What the vendor does not know any more has ended.
func (s *customerSeat) end(ctx context.Context, cmd *orchestrator.Command) error {
	ref := cmd.To.Ref
	if ref == "" {
		return nil
	}
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

// alive asks whether the vendor has the chat open.
func (s *customerSeat) alive(ctx context.Context, c *orchestrator.Conversation) (bool, error) {
	known, err := s.note(ctx, "probe", c.DeskRef)
	if err != nil || known == nil {
		return false, err
	}
	t, err := s.callChat(ctx, "refresh", c.DeskRef, known, known.form())
	if gone(err) {
		return false, nil
	}
	return err == nil && !t.Ended, err
}
