package web

import (
	"context"
	"slices"
	"sync"
)

// turns lets one do something at a time. Those who wait take turns by source: a source that wants many waits behind each other
// one, and does not keep them waiting. The zero value is ready.
type turns struct {
	mu      sync.Mutex
	taken   bool
	waiting map[string][]chan struct{} // closed when it is their turn
	order   []string                   // of the sources that wait, each once
}

// take waits for a turn, which end gives back; only when ctx has ended before it is an error.
func (t *turns) take(ctx context.Context, source string) error {
	mine := t.queue(source)
	if mine == nil {
		return nil
	}
	select {
	case <-mine:
		return nil
	case <-ctx.Done():
	}
	if !t.leave(source, mine) {
		t.end() // it came at the same moment
	}
	return ctx.Err()
}

// queue answers what to wait for, nil if nobody has the turn.
func (t *turns) queue(source string) chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.taken {
		t.taken = true
		return nil
	}
	if t.waiting == nil {
		t.waiting = map[string][]chan struct{}{}
	}
	if len(t.waiting[source]) == 0 {
		t.order = append(t.order, source)
	}
	mine := make(chan struct{})
	t.waiting[source] = append(t.waiting[source], mine)
	return mine
}

// leave takes somebody out of the line; false if they are not in it any more.
func (t *turns) leave(source string, mine chan struct{}) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := slices.Index(t.waiting[source], mine)
	if at < 0 {
		return false
	}
	t.keep(source, slices.Delete(t.waiting[source], at, at+1))
	if t.waiting[source] == nil {
		t.order = slices.DeleteFunc(t.order, func(other string) bool { return other == source })
	}
	return true
}

// keep is who of a source still waits; the caller holds the lock.
func (t *turns) keep(source string, waiting []chan struct{}) {
	if len(waiting) == 0 {
		delete(t.waiting, source)
		return
	}
	t.waiting[source] = waiting
}

// end gives the turn to the next source.
func (t *turns) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.order) == 0 {
		t.taken = false
		return
	}
	source := t.order[0]
	next := t.waiting[source][0]
	t.order = t.order[1:]
	t.keep(source, t.waiting[source][1:])
	if t.waiting[source] != nil {
		t.order = append(t.order, source)
	}
	close(next)
}
