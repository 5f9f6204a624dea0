package oracle

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"handoff/orchestrator"
)

const (
	// lookEvery is how often the process that listens looks for engagements that began in another process.
	lookEvery = 5 * time.Second
	// lookBack is how far each look goes back behind the one before, because clocks differ.
	lookBack = time.Minute
	// mostFollowed is how many engagements are listened to at a time.
	mostFollowed = 5000
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

// Logout has nothing to do: another process listens to the engagements from now on.
func (s *customerSeat) Logout(context.Context, []byte) error { return nil }

// Serve listens to every engagement until ctx ends.
func (s *customerSeat) Serve(ctx context.Context, _ []byte, ready func()) error {
	f := following{seat: s, refs: map[string]bool{}}
	defer f.all.Wait()
	since := orchestrator.Moment(0)
	for first := true; ; first = false {
		began := s.Now()
		handles, err := s.Memory.Handles(ctx, s.Name, since, mostFollowed)
		if err != nil {
			return err
		}
		for _, h := range handles {
			f.start(ctx, h.Ref, first && h.Since < began)
		}
		since = max(0, began.Add(-lookBack))
		if first {
			ready()
		}
		if err := s.awaitNew(ctx, &f); err != nil {
			return err
		}
	}
}

// awaitNew listens to engagements that begin in this process, until it is time to look for others.
func (s *customerSeat) awaitNew(ctx context.Context, f *following) error {
	look := make(chan struct{})
	defer s.Clock.AfterFunc(lookEvery, func() { close(look) })()
	for {
		select {
		case ref := <-s.wake:
			f.start(ctx, ref, false)
		case <-look:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// following is which engagements this process listens to.
type following struct {
	seat *customerSeat
	all  sync.WaitGroup

	mu   sync.Mutex
	refs map[string]bool
}

// start listens to an engagement, unless it is listened to already: one getMessages may be under way for each. With unheard
// nobody may have listened to it for a while.
func (f *following) start(ctx context.Context, ref string, unheard bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refs[ref] || len(f.refs) >= mostFollowed {
		return
	}
	f.refs[ref] = true
	f.all.Go(func() {
		defer func() {
			f.mu.Lock()
			defer f.mu.Unlock()
			delete(f.refs, ref)
		}()
		f.seat.follow(ctx, ref, unheard)
	})
}

// follow listens to one engagement until it is over or ctx ends.
func (s *customerSeat) follow(ctx context.Context, ref string, unheard bool) {
	early := 0
	if unheard {
		early = atOnceAfterStart
	}
	for failures := 0; ctx.Err() == nil; {
		asked := s.Now()
		over, err := s.round(ctx, ref, failures, early > 0)
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
		s.Log.WarnContext(ctx, "an engagement could not be listened to", "ref", ref, "failures", failures, "error", err)
		if failures > 1 && s.Report.Rest(ctx, afterFailure) != nil {
			return
		}
	}
}

// round is one poll and what follows from it.
func (s *customerSeat) round(ctx context.Context, ref string, failures int, unheard bool) (over bool, err error) {
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
	return false, s.Keep(ctx, ref, noteStanding, at)
}

// pollFailed gets another session where that may help.
func (s *customerSeat) pollFailed(
	ctx context.Context, ref string, c *customerChat, failures int, failure error,
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
