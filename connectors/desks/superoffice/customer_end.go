package superoffice

import (
	"context"
	"errors"

	"handoff/orchestrator"
)

// End ends the session, or takes it off the queue. The special status for that is inferred from its name.
func (s *customerSeat) End(ctx context.Context, cmd *orchestrator.Command) error {
	ref := cmd.To.Ref
	c, err := s.chatOf(ctx, "end", ref)
	if errors.Is(err, errNotFound) {
		return s.keep(ctx, "end", ref, noteEnded, "1")
	}
	if err != nil {
		return err
	}
	// What follows is our own doing and no news.
	if err := s.keep(ctx, "end", ref, noteEnded, "1"); err != nil {
		return err
	}
	_, err = s.patchUntil(ctx, "end", ref, c, closing)
	return err
}

// closing ends a session: Finished, or ClosedFromQueue while nobody has it.
func closing(c *chat) []operation {
	to := statusFinished
	switch {
	case c.Status.over():
		return nil
	case c.stand() == waiting:
		to = statusClosedFromQueue
	}
	return []operation{test("Status", c.Status), set("Status", to)}
}
