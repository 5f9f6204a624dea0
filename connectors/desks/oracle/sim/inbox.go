package sim

import (
	"encoding/json"
	"maps"
	"sync"
	"time"

	"handoff/orchestrator"
)

// inbox is what a session has to be told. The reference does not say how a getMessages call says what it has already; here it
// is its transaction number, which every request may have: what was answered to an earlier number has arrived, what was
// answered to this number or a later one is answered again.
type inbox struct {
	mu       sync.Mutex
	entries  []entry
	sequence int64
	changed  chan struct{}
	call     int // of the getMessages under way: a second one ends the first
	polling  bool
	ended    time.Time // of the last one
	lost     int       // grows when the session is lost
}

type entry struct {
	name string
	body fields
	raw  json.RawMessage
	told int64 // the transaction that was answered with it; 0: none
}

func newInbox() *inbox { return &inbox{changed: make(chan struct{})} }

// message makes a message with the next number; put is its way in, which may be taken twice.
func (b *inbox) message(name string, body fields) (put func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sequence++
	whole := maps.Clone(body)
	whole["sequenceNumber"], whole["sequenceNumberString"] = b.sequence, text(b.sequence)
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.entries = append(b.entries, entry{name: name, body: whole})
		b.wake()
	}
}

// raw puts elements in that are no messages.
func (b *inbox) raw(elements ...json.RawMessage) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, raw := range elements {
		b.entries = append(b.entries, entry{raw: raw})
	}
	b.wake()
}

func (b *inbox) wake() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// release ends the call under way: the session is lost.
func (b *inbox) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lost++
	b.wake()
}

// renumber begins the numbers anew, for a new login with override.
func (b *inbox) renumber() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sequence = 0
	for i := range b.entries {
		b.entries[i].told = 0
		if b.entries[i].raw == nil {
			b.sequence++
			b.entries[i].body = maps.Clone(b.entries[i].body)
			b.entries[i].body["sequenceNumber"], b.entries[i].body["sequenceNumberString"] = b.sequence, text(b.sequence)
		}
	}
}

// What a call for messages may end with.
type ending uint8

const (
	withMessages ending = iota
	withNothing         // after 30 s, or because another call has begun
	withoutSession
)

// await answers what there is, or waits for it.
func (b *inbox) await(transaction int64, clock orchestrator.Clock, gone <-chan struct{}) ([]entry, ending) {
	over := make(chan struct{})
	defer clock.AfterFunc(holdFor, func() { close(over) })()
	b.mu.Lock()
	b.call++
	mine, lost := b.call, b.lost
	b.polling = true
	b.wake() // the call before it ends
	b.mu.Unlock()
	defer b.done(mine, clock)
	for {
		b.mu.Lock()
		changed := b.changed
		var taken []entry
		current := b.call == mine
		if current && b.lost == lost {
			taken = b.take(transaction)
		}
		isLost := b.lost != lost
		b.mu.Unlock()
		switch {
		case isLost:
			return nil, withoutSession
		case !current:
			return nil, withNothing
		case len(taken) > 0:
			return taken, withMessages
		}
		select {
		case <-changed:
		case <-over:
			return nil, withNothing
		case <-gone:
			return nil, withNothing
		}
	}
}

func (b *inbox) done(call int, clock orchestrator.Clock) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.call == call {
		b.polling, b.ended = false, clock.Now()
	}
}

// take answers everything that did not arrive with an earlier transaction.
func (b *inbox) take(transaction int64) []entry {
	kept := b.entries[:0]
	for _, e := range b.entries {
		if e.told == 0 || e.told >= transaction {
			e.told = transaction
			kept = append(kept, e)
		}
	}
	b.entries = kept
	return append([]entry(nil), kept...)
}

// silent is for how long no getMessages was under way; 0 while one is.
func (b *inbox) silent(now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.polling || b.ended.IsZero() {
		return 0
	}
	return now.Sub(b.ended)
}
