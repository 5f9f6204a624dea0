package superoffice

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Bounds of the timer.
const (
	// hookCheck is how often the registration of our webhook is looked at.
	hookCheck = 5 * time.Minute
	// reconcileTries is how often everything is read before what could not be is left to the timer.
	reconcileTries = 4
	// firstRoundPause and longestRoundPause bound the waits between attempts to reconcile.
	firstRoundPause, longestRoundPause = time.Second, 30 * time.Second
	// Statuses of sessions that are not over, as the list's filter wants them.
	liveStatuses, waitingStatus = "1,2,4,5,6", "4"
)

// Bounds of readings that hooks ask for.
const (
	// readers is how many sessions are read at a time.
	readers = 8
	// readTries is how often a reading is tried before it is left to the timer; the first repetition comes at once.
	readTries  = 6
	firstPause = time.Second
)

// pending are the sessions that are to be read, each once, in the order in which something happened in them.
type pending struct {
	mu     sync.Mutex
	order  []string
	in     map[string]bool
	failed map[string]int
	wake   chan struct{} // closed and replaced when one is added
}

func newPending() *pending {
	return &pending{in: map[string]bool{}, failed: map[string]int{}, wake: make(chan struct{})}
}

func (p *pending) add(ref string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.in[ref] {
		return
	}
	p.in[ref] = true
	p.order = append(p.order, ref)
	close(p.wake)
	p.wake = make(chan struct{})
}

// take answers the next one, or waits for it until ctx ends.
func (p *pending) take(ctx context.Context) (string, bool) {
	for {
		p.mu.Lock()
		if len(p.order) > 0 && ctx.Err() == nil {
			ref := p.order[0]
			p.order = p.order[1:]
			delete(p.in, ref)
			p.mu.Unlock()
			return ref, true
		}
		wake := p.wake
		p.mu.Unlock()
		select {
		case <-wake:
		case <-ctx.Done():
			return "", false
		}
	}
}

// done notes how a reading went and answers after which pause it is to be repeated; false: not at all.
func (p *pending) done(ref string, err error) (pause time.Duration, again bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		delete(p.failed, ref)
		return 0, false
	}
	p.failed[ref]++
	n := p.failed[ref]
	if n >= readTries {
		delete(p.failed, ref)
		return 0, false
	}
	if n == 1 {
		return 0, true
	}
	return firstPause << (n - 2), true
}

// readPending reads sessions as they are added, until ctx ends.
func (b *base) readPending(ctx context.Context) {
	for {
		ref, ok := b.pending.take(ctx)
		if !ok {
			return
		}
		err := b.readSession(ctx, ref, false)
		if ctx.Err() != nil {
			return
		}
		pause, again := b.pending.done(ref, err)
		if err != nil {
			b.Log.WarnContext(ctx, "a session could not be read", "ref", ref, "again", again, "error", err)
		}
		if again {
			b.Clock.AfterFunc(pause, func() { b.pending.add(ref) })
		}
	}
}

// round reads every session that we know, those of the bot's topics that nobody told us of, and the lines. It answers the
// first failure; the others are tried all the same.
func (b *base) round(ctx context.Context, unheard bool) error {
	refs, failure := b.watched(ctx)
	var mu sync.Mutex
	fail := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		failure = errors.Join(failure, err)
		if len(failure.Error()) > maxSetting {
			failure = err
		}
	}
	work := make(chan string)
	var workers sync.WaitGroup
	for range min(readers, len(refs)) {
		workers.Go(func() {
			for ref := range work {
				if err := b.readSession(ctx, ref, unheard); err != nil {
					fail(err)
				}
			}
		})
	}
	for _, ref := range refs {
		if ctx.Err() != nil {
			break
		}
		work <- ref
	}
	close(work)
	workers.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := b.tellPlaces(ctx, refs); err != nil {
		fail(err)
	}
	return failure
}

// watched are the sessions to read: those that something is kept of, unless they are over, and in the agent seat those that
// live in the bot's topics.
func (b *base) watched(ctx context.Context) ([]string, error) {
	handles, failure := b.Handles(ctx, 0)
	var refs []string
	live := map[string]bool{}
	if b.config.Seat == SeatAgent {
		for _, topic := range b.seat.topicsNow() {
			ids, err := b.sessionsOf(ctx, "poll", topic, liveStatuses)
			failure = errors.Join(failure, err)
			slices.Sort(ids)
			for _, id := range ids {
				if ref := id.String(); !live[ref] {
					live[ref] = true
					refs = append(refs, ref)
				}
			}
		}
	}
	for _, handle := range handles {
		if !isID(handle.Ref) || live[handle.Ref] {
			continue
		}
		k, err := b.read(ctx, handle.Ref)
		switch {
		case err != nil:
			failure = errors.Join(failure, err)
		case k.note == nil && !k.ended && b.config.Seat == SeatCustomer: // it is being opened
		case k.note == nil || k.note.Stand != over:
			refs = append(refs, handle.Ref)
		case b.Now().Sub(k.note.OverAt) > revivable:
			failure = errors.Join(failure, b.Memory.Forget(ctx, b.Name, handle.Ref))
		}
	}
	return refs, failure
}
