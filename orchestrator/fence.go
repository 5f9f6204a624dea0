package orchestrator

import (
	"context"
	"sync"
	"time"
)

// fence ends the calls of a process that can no longer tell that it lives, before others take its lanes over. A process
// without a heartbeat has no fence: its lanes are taken over when their leases run out.
type fence struct {
	clock Clock
	all   context.Context // of every call, whoever may make it

	mu     sync.Mutex
	term   context.Context // of the calls until the fence; nil: there is none
	cancel context.CancelFunc
	stop   func() // the timer
}

// serveUntil lets the process call connectors until a moment.
func (f *fence) serveUntil(until time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stop != nil {
		f.stop()
	}
	if f.term == nil || f.term.Err() != nil {
		f.term, f.cancel = context.WithCancel(f.all) //nolint:gosec // the timer below calls it
	}
	f.stop = f.clock.AfterFunc(until.Sub(f.clock.Now()), f.cancel)
}

// calls is the context of a call that begins now.
func (f *fence) calls() context.Context {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.term == nil {
		return f.all
	}
	return f.term
}

// fenced reports whether the process must not call now, although it goes on.
func (f *fence) fenced() bool { return f.calls().Err() != nil && f.all.Err() == nil }
