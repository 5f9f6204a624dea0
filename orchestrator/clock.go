package orchestrator

import (
	"sync"
	"time"
)

// Clock is the only source of time.
type Clock interface {
	Now() time.Time
	// AfterFunc runs f in its own goroutine once d has passed, unless stopped before.
	AfterFunc(d time.Duration, f func()) (stop func())
}

// SystemClock is the machine's clock.
type SystemClock struct{}

// Now is the present time.
func (SystemClock) Now() time.Time { return time.Now() } //nolint:forbidigo // the one place where the machine is asked

// AfterFunc is time.AfterFunc.
func (SystemClock) AfterFunc(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}

// StepClock stands still until it is advanced. For tests.
type StepClock struct {
	mu     sync.Mutex
	set    *sync.Cond // a timer was set
	now    time.Time
	timers map[*stepTimer]struct{}
}

type stepTimer struct {
	at time.Time
	f  func()
}

// NewStepClock is a clock that stands at t.
func NewStepClock(t time.Time) *StepClock {
	c := &StepClock{now: t, timers: map[*stepTimer]struct{}{}}
	c.set = sync.NewCond(&c.mu)
	return c
}

// Now is where the clock stands.
func (c *StepClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc runs f when the clock is advanced past d from now.
func (c *StepClock) AfterFunc(d time.Duration, f func()) func() {
	c.mu.Lock()
	t := &stepTimer{at: c.now.Add(d), f: f}
	c.timers[t] = struct{}{}
	c.set.Broadcast()
	c.mu.Unlock()
	if d <= 0 {
		c.Advance(0)
	}
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.timers, t)
	}
}

// AwaitTimers waits until at least n timers are set, so that a test which advances the clock does not come too early.
func (c *StepClock) AwaitTimers(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.timers) < n {
		c.set.Wait()
	}
}

// Advance moves the clock and runs what became due, each in its own goroutine, and returns when all of that has returned.
func (c *StepClock) Advance(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	var due []*stepTimer
	for t := range c.timers {
		if !t.at.After(c.now) {
			due = append(due, t)
			delete(c.timers, t)
		}
	}
	c.mu.Unlock()
	var wg sync.WaitGroup
	for _, t := range due {
		wg.Go(t.f)
	}
	wg.Wait()
}
