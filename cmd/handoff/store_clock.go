package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore"
)

const (
	// compareEvery is how often the machine's clock is compared with the store's.
	compareEvery = time.Minute
	// leastOff is by how much the two must differ before anything is put right: less is the way to the store and back.
	leastOff = 50 * time.Millisecond
)

// storeClock is the machine's clock put right by the store's, so that processes on machines that disagree have one time for
// deadlines and leases.
type storeClock struct {
	machine orchestrator.Clock
	off     atomic.Int64 // what is added to the machine's, in nanoseconds
}

// Now is the time as the store has it.
func (c *storeClock) Now() time.Time { return c.machine.Now().Add(time.Duration(c.off.Load())) }

// AfterFunc waits by the machine's clock: a pause is as long by both.
func (c *storeClock) AfterFunc(d time.Duration, f func()) func() { return c.machine.AfterFunc(d, f) }

// compare puts the clock right.
func (c *storeClock) compare(ctx context.Context, store *redisstore.Store, log *slog.Logger) {
	off, err := store.AheadOf(ctx, c.machine)
	if err != nil {
		log.WarnContext(ctx, "the clock cannot be compared with the store's", "error", err)
		return
	}
	known := time.Duration(c.off.Load())
	if (off - known).Abs() < leastOff {
		return
	}
	c.off.Store(int64(off))
	log.InfoContext(ctx, "time goes by the store's clock", "ahead_of_ours", off, "before", known)
}

// run compares once a minute until ctx ends.
func (c *storeClock) run(store *redisstore.Store, log *slog.Logger) func(context.Context) error {
	return func(ctx context.Context) error {
		for (supervisor{clock: c.machine, pause: compareEvery}).rest(ctx) {
			c.compare(ctx, store, log)
		}
		return nil
	}
}
