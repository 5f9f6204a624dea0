package superoffice

import (
	"context"
	"sync"
	"time"

	"handoff/orchestrator"
)

// Bounds of visits that hooks ask for.
const (
	// visitors is how many sessions are read at a time.
	visitors = 8
	// visitTries is how often a visit is tried before it is left to the timer; the first repetition comes at once.
	visitTries = 6
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

// done notes how a visit went and answers after which pause it is to be repeated; false: not at all.
func (p *pending) done(ref string, err error) (pause time.Duration, again bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		delete(p.failed, ref)
		return 0, false
	}
	p.failed[ref]++
	n := p.failed[ref]
	if n >= visitTries {
		delete(p.failed, ref)
		return 0, false
	}
	if n == 1 {
		return 0, true
	}
	return firstPause << (n - 2), true
}

// visitPending reads sessions as they are added, until ctx ends.
func (b *base) visitPending(ctx context.Context) {
	for {
		ref, ok := b.pending.take(ctx)
		if !ok {
			return
		}
		err := b.look(ctx, ref, false)
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

// History reads what was said in a session behind the message with an id; empty: all.
func (d *Desk) History(ctx context.Context, p orchestrator.Party, after string) ([]orchestrator.Message, error) {
	all, err := d.base.messagesOf(ctx, "history", p.Ref, idOf(after))
	if err != nil {
		return nil, err
	}
	var said []orchestrator.Message
	for i := range all {
		if m := &all[i]; m.byCustomer() || m.toCustomer() {
			said = append(said, orchestrator.Message{ID: m.ID.String(), Text: m.plain()})
		}
	}
	return said, nil
}
