package oracle

import (
	"context"
	"encoding/json"
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

// Logout has nothing to do: another process listens to the engagements from now on.
func (s *customerSeat) Logout(context.Context, []byte) error { return nil }

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
