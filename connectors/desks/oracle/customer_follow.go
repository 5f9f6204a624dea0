package oracle

import (
	"context"
	"encoding/json"
	"time"

	"handoff/connectors/internal/frame"
)

const (
	// afterFailure is how long a poll waits after it failed; the first repetition comes at once.
	afterFailure = 5 * time.Second
	// atOnce is how soon a poll is answered with what waited for it. A later answer tells what has just happened.
	atOnce = time.Second
	// notFoundAgain is how often a poll is answered "not found" again before its engagement is taken for gone: a page of that
	// status may come from whatever stands before the chat server.
	notFoundAgain = 2
	// atOnceAfterStart is how many answers to the first polls of an engagement may tell what was missed, if they come at once: one
	// that was lost with the process that asked for it, and what has happened since.
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
	if c.Missed {
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
