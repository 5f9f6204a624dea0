package oracle

import (
	"context"
	"errors"

	"handoff/orchestrator"
)

// End concludes the engagement from the customer's side.
func (s *customerSeat) End(ctx context.Context, cmd *orchestrator.Command) error {
	ref := cmd.To.Ref
	c, _, err := s.notes(ctx, ref)
	if err != nil || c == nil {
		return s.Broken("end", err)
	}
	return s.conclude(ctx, ref, c)
}

// Alive asks with the one call that changes nothing for anybody: the customer does not type.
func (s *customerSeat) Alive(ctx context.Context, ref string) (orchestrator.Liveness, error) {
	c, _, err := s.notes(ctx, ref)
	if err != nil || c == nil || c.ending || c.lost {
		return orchestrator.Liveness{}, s.Broken("probe", err)
	}
	err = s.call(ctx, "activity", ref, activity(false))
	if hasCode(err, conflict, codeGone) || unknownToOracle(err) {
		return orchestrator.Liveness{}, nil
	}
	return orchestrator.Liveness{Alive: err == nil}, err
}

// conclude ends an engagement. It is marked first, so that whoever listens to it tells nobody of an end that is our own.
func (s *customerSeat) conclude(ctx context.Context, ref string, c *customerNote) error {
	if err := s.Memory.Keep(ctx, s.Name, ref, noteEnding, []byte("1")); err != nil {
		return s.Broken("end", err)
	}
	_, _, err := s.do(ctx, s.withSession("concludeEngagement", c, struct{}{}))
	if err != nil && !overFor(err) {
		return err
	}
	return s.Broken("end", s.forget(ctx, ref, c.Conversation))
}

// giveUp ends an engagement that could not be remembered. If that fails too, Oracle ends it, because nobody polls it.
func (s *customerSeat) giveUp(ctx context.Context, ref string, c *customerNote) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
	defer cancel()
	if _, _, err := s.do(ctx, s.withSession("concludeEngagement", c, struct{}{})); err != nil {
		s.Log.WarnContext(ctx, "an engagement could not be given up", "ref", ref, "error", err)
	}
}

// overFor: the engagement that was to be ended is over, or the session with which it could be ended is.
func overFor(err error) bool {
	return hasCode(err, conflict) || unknownToOracle(err) || errors.Is(err, errExpired)
}
