package oracle

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"handoff/connectors/internal/drift"
	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

const (
	// afterFailure is how long a poll waits after it failed; the first repetition comes at once.
	afterFailure = 5 * time.Second
	// atOnce is how soon a poll is answered with what waited for it. A later answer tells what has just happened.
	atOnce = time.Second
	// notFoundAgain is how often a poll is answered "not found" again before its engagement is taken for gone: a page of that
	// status may come from whatever stands before the chat server.
	notFoundAgain = 2
	// atOnceAfterStart is how many answers to the first polls of an engagement may tell what was missed, if they come at once:
	// one that was lost with the process that asked for it, and what has happened since.
	atOnceAfterStart = 2
	// patience is how often a poll may fail in a row before its session is taken for lost.
	patience = 10
)

// Login asks the site for its chat server: the seat customer has no session of its own, and its engagements have one each.
func (s *customerSeat) Login(ctx context.Context) ([]byte, error) {
	at, err := s.findServer(ctx)
	if err != nil {
		return nil, err
	}
	return json.Marshal(at)
}

// Serve listens to every engagement until ctx ends.
func (s *customerSeat) Serve(ctx context.Context, _ []byte, ready func()) error {
	return s.chats.Follow(ctx, s.follow, ready)
}

// follow listens to one engagement until it is over or ctx ends.
func (s *customerSeat) follow(ctx context.Context, c frame.Chat) {
	c.CaughtUp() // a poll may be held for long
	early := 0
	if c.Missed && c.Since < c.Began { // what is told at once of one that was opened just now has just happened
		early = atOnceAfterStart
	}
	for failures := 0; ctx.Err() == nil; {
		asked := s.Now()
		over, err := s.pollOnce(ctx, c.Ref, failures, early > 0)
		switch {
		case over:
			return
		case err == nil:
			if failures, early = 0, early-1; s.Now().Sub(asked) >= atOnce { // what it told has just happened
				early = 0
			}
			continue
		}
		failures++
		s.Log.WarnContext(ctx, "an engagement could not be listened to", "ref", c.Ref, "failures", failures, "error", err)
		if failures > 1 && s.Report.Rest(ctx, afterFailure) != nil {
			return
		}
	}
}

// pollOnce is one poll and what follows from it.
func (s *customerSeat) pollOnce(ctx context.Context, ref string, failures int, unheard bool) (over bool, err error) {
	c, at, err := s.notes(ctx, ref)
	switch {
	case err != nil || c == nil || c.ending:
		return err == nil, err
	case c.lost:
		return true, s.tellLost(ctx, ref, c)
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
	gone := hasCode(failure, engagementUnknown) || errors.Is(failure, errNotFound) && failures >= notFoundAgain
	session := errors.Is(failure, errExpired) || hasCode(failure, "undocumented")
	if !gone && !session && failures < patience {
		return false, failure
	}
	if !gone { // asking for a session of an engagement that is gone would begin another one
		if _, err = s.resume(ctx, ref, c); !hasCode(err, codeGone) {
			return false, cmp.Or(err, failure) // also with a new session: that one may be refused as well
		}
	}
	if now, _, err := s.notes(ctx, ref); err != nil || now == nil || now.ending {
		return err == nil, err
	}
	return true, s.tellLost(ctx, ref, c)
}

// tellLost tells that an engagement ended while its session was lost, and forgets it.
func (s *customerSeat) tellLost(ctx context.Context, ref string, c *customerNote) error {
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
