package main

import (
	"context"
	"sync"
	"testing"
	"time"

	"handoff/orchestrator"
)

// paceWithin bounds how long, by the machine's clock, a service may take for what is to happen within one second of the stepped one.
const paceWithin = 30 * time.Second

// everySecond is how many timers of a second a service on the embedded store always has: of its heartbeat, and of its Redis.
const everySecond = 2

// pacedClock is a clock that a test moves second by second, each when the heartbeat of the one service that runs on it has
// followed. A process that is left behind by its clock would stop calling.
type pacedClock struct {
	*orchestrator.StepClock
	t *testing.T

	mu     sync.Mutex
	passed int             // seconds
	ticks  int             // timers of a second that were set
	pauses []time.Duration // before further attempts that began
	spent  int             // how many of them have been waited for
	news   chan struct{}   // closed at the next timer
}

func newPacedClock(t *testing.T, at time.Time) *pacedClock {
	return &pacedClock{StepClock: orchestrator.NewStepClock(at.Truncate(time.Second)), t: t, news: make(chan struct{})}
}

// AfterFunc sets the timer and tells what it is for by its length.
func (c *pacedClock) AfterFunc(d time.Duration, f func()) func() {
	stop := c.StepClock.AfterFunc(d, f)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case d == orchestrator.BeatEvery:
		c.ticks++
	case d > time.Second && d%time.Millisecond != 0: // the only ones that are spread by chance
		c.pauses = append(c.pauses, d)
	}
	close(c.news)
	c.news = make(chan struct{})
	return stop
}

// await waits until what the clock has seen is enough.
func (c *pacedClock) await(what string, enough func() bool) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.t.Context()), paceWithin)
	defer cancel()
	for {
		c.mu.Lock()
		done, news := enough(), c.news
		c.mu.Unlock()
		if done {
			return
		}
		select {
		case <-news:
		case <-ctx.Done():
			c.t.Fatalf("%s: not within %v", what, paceWithin)
		}
	}
}

// begun waits for the first heartbeat.
func (c *pacedClock) begun() {
	c.t.Helper()
	c.await("the first heartbeat", c.followed)
}

// followed: whatever the service does each second has been done. The caller holds the lock.
func (c *pacedClock) followed() bool { return c.ticks >= everySecond*(c.passed+1) }

// second lets one second pass.
func (c *pacedClock) second() {
	c.t.Helper()
	c.mu.Lock()
	c.passed++
	c.mu.Unlock()
	c.Advance(time.Second)
	c.await("a heartbeat", c.followed)
}

// restsOut waits until a failed call waits for its next attempt, and lets that time pass.
func (c *pacedClock) restsOut() {
	c.t.Helper()
	var pause time.Duration
	c.await("the pause before another attempt", func() bool {
		if len(c.pauses) == c.spent {
			return false
		}
		pause = c.pauses[c.spent]
		c.spent++
		return true
	})
	for passed := time.Duration(0); passed < pause; passed += time.Second {
		c.second()
	}
}
