package web

import (
	"context"
	"sync"
	"time"
)

// bounded is a request's context with an end: the limit after somebody first waited for it, or when the call is over.
// Most requests never wait for anything but the store, which has limits of its own, and cost no timer.
type bounded struct {
	context.Context // the request's own
	limit           time.Duration

	mu     sync.Mutex
	within context.Context // once somebody waited, or the call is over
	cancel context.CancelFunc
}

// waited is the context with its end, which begins to run now if it did not before.
func (b *bounded) waited() context.Context {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.within == nil {
		b.within, b.cancel = context.WithTimeout(b.Context, b.limit)
	}
	return b.within
}

// present is the context as far as it is needed to answer without waiting.
func (b *bounded) present() context.Context {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.within == nil {
		return b.Context
	}
	return b.within
}

// end says that the call is over: whoever still waits, or begins to, need not.
func (b *bounded) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.within == nil {
		b.within = over
		return
	}
	b.cancel()
}

// over is a context that has ended.
var over = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// Deadline starts the time: whoever asks is about to wait.
func (b *bounded) Deadline() (time.Time, bool) { return b.waited().Deadline() }

// Done starts the time.
func (b *bounded) Done() <-chan struct{} { return b.waited().Done() }

// Err does not start the time.
func (b *bounded) Err() error { return b.present().Err() }

// Value does not start the time. After it has started, the context with the end answers, so that contexts that are made
// of this one hang on to that one, without a goroutine between them.
func (b *bounded) Value(key any) any { return b.present().Value(key) }
