package superoffice

import (
	"context"
	"errors"

	"handoff/orchestrator"
)

// End ends the session.
func (s *agentSeat) End(ctx context.Context, cmd *orchestrator.Command) error {
	ref := cmd.To.Ref
	c, err := s.chatOf(ctx, "end", ref)
	if errors.Is(err, errNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = s.patchUntil(ctx, "end", ref, c, func(c *chat) []operation {
		if c.Status.over() {
			return nil
		}
		return []operation{test("Status", c.Status), set("Status", statusFinished)}
	})
	return err
}

// reclaim puts our bot into a session again that it has handed over.
func (b *base) reclaim(ctx context.Context, cmd *orchestrator.Command) error {
	c, err := b.chatOf(ctx, "take_back", cmd.To.Ref)
	if errors.Is(err, errNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return b.takeBack(ctx, "take_back", cmd.To.Ref, c)
}

// takeBack puts our bot into the session again. There is no call for it: whoever serves it is taken out by Reset, and the
// mark of the bot takes it off the line (inferred).
func (b *base) takeBack(ctx context.Context, op, ref string, c *chat) (err error) {
	if c.Status.over() {
		return nil
	}
	if c.User.agent() != nil {
		if c, err = b.reset(ctx, op, ref); err != nil {
			return err
		}
	}
	if err := b.switchBot(ctx, op, ref, c, true); err != nil {
		return err
	}
	return b.keep(ctx, op, ref, noteHanded, "")
}
