package oracle

import (
	"context"
	"errors"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// pollOnce is one poll and what follows from it.
func (s *customerSeat) pollOnce(ctx context.Context, ref string, failures int, unheard bool) (over bool, err error) {
	c, at, err := s.kept(ctx, ref)
	switch {
	case err != nil || c == nil || c.ending:
		return err == nil, err
	case c.lost:
		return true, s.mend(ctx, ref, c)
	}
	req := s.withSession("getMessages", c, consumerPollBody{ClientTransactionID: at.Transaction})
	req.poll = true
	asked := s.Now()
	_, body, err := s.do(ctx, req)
	if err != nil {
		return s.pollFailed(ctx, ref, c, failures, err)
	}
	notes, skipped := decodeConsumer(body)
	if skipped > 0 {
		s.Log.InfoContext(ctx, "messages could not be read", "ref", ref, "count", skipped)
	}
	if len(notes) == 0 {
		return false, nil
	}
	h := hearing{customerSeat: s, ref: ref, chat: c, at: &at, missed: unheard && s.Now().Sub(asked) < atOnce}
	for i := range notes {
		if over, err := h.hear(ctx, &notes[i]); over || err != nil {
			return over, err
		}
	}
	at.Transaction++
	return false, s.Keep(ctx, ref, noteHeard, at)
}

// pollFailed gets another session where that may help.
func (s *customerSeat) pollFailed(
	ctx context.Context, ref string, c *customerNote, failures int, failure error,
) (over bool, err error) {
	gone := refused(failure, engagementUnknown) || errors.Is(failure, errNotFound) && failures >= notFoundAgain
	session := errors.Is(failure, errExpired) || refused(failure, "undocumented")
	if !gone && !session && failures < patience {
		return false, failure
	}
	if !gone { // asking for a session of an engagement that is gone would begin another one
		if _, err = s.resume(ctx, ref, c); !refused(err, codeGone) {
			return false, err
		}
	}
	if now, _, err := s.kept(ctx, ref); err != nil || now == nil || now.ending {
		return err == nil, err
	}
	return true, s.mend(ctx, ref, c)
}

// mend tells that an engagement ended while its session was lost, and forgets it.
func (s *customerSeat) mend(ctx context.Context, ref string, c *customerNote) error {
	record, err := s.Record(ctx, c.Conversation)
	switch {
	case err != nil:
		return err
	case record != nil && (record.DeskRef == "" || record.DeskRef == ref):
		truth := drift.Truth{Stand: drift.Over, Mark: ref}
		if err := s.Report.Mend(ctx, record, truth, func(ev *orchestrator.Event) { ev.Conversation = record.ID }); err != nil {
			return err
		}
	}
	return s.forget(ctx, ref, c.Conversation)
}
