package orchestrator

import (
	"context"
	"sync"
	"time"
)

// TypingLease is how long "is typing" lasts unless renewed: a lost stop never leaves an indicator standing.
const TypingLease = 6 * time.Second

// typingRenewal: a renewal earlier than this before the end of the lease tells nobody anything new.
const typingRenewal = 3 * time.Second

// typingLeases holds who types, in this process only: leases are short, and every receiver is told when its own ends.
type typingLeases struct {
	mu   sync.Mutex
	held map[ConversationID]map[typist]*typingLease
}

// typist is an author in one conversation.
type typist struct {
	role ActorRole
	id   string
}

type typingLease struct {
	until Moment
	epoch uint64
	stop  func()
}

// transient carries out what a decision wants done at once or never, and keeps the typing leases: a lease is taken and
// renewed by typing, and ended by its time, by a word of the same author, by a change of controller and by the end.
func (e *Engine) transient(ctx context.Context, c *Conversation, d *Decision, now Moment) {
	if d.Typing != nil {
		if !e.typing.keep(e, c, d.Typing, now) {
			return
		}
		if err := e.store.Publish(ctx, Change{
			Conversation: c.ID, Version: c.Version, Sequence: c.Sequence, State: c.State, Epoch: c.Epoch, At: now, Typing: d.Typing,
			Agents: c.Agents(),
		}); err != nil {
			e.log.WarnContext(ctx, "typing was not told to other processes", "conversation", c.ID, "error", err)
		}
	}
	e.mark(ctx, d.Transient)
	for i := range d.Transient {
		e.dispatcher.once(&d.Transient[i])
	}
	if len(d.Entries) > 0 {
		e.typing.endBy(c, d.Entries)
	}
}

// keep notes a lease taken or given back and reports whether anybody needs to be told.
func (t *typingLeases) keep(e *Engine, c *Conversation, change *TypingChange, now Moment) bool {
	key := typist{change.Author.Role, change.Author.ID}
	t.mu.Lock()
	defer t.mu.Unlock()
	lease, held := t.held[c.ID][key]
	if change.Until != 0 && held && lease.epoch == c.Epoch && lease.until.Sub(now) > typingRenewal {
		return false
	}
	if held {
		t.end(c.ID, key)
	}
	if change.Until == 0 {
		return held
	}
	if t.held == nil {
		t.held = map[ConversationID]map[typist]*typingLease{}
	}
	if t.held[c.ID] == nil {
		t.held[c.ID] = map[typist]*typingLease{}
	}
	lease = &typingLease{until: change.Until, epoch: c.Epoch}
	lease.stop = e.clock.AfterFunc(change.Until.Sub(now), func() { t.expire(e, c.ID, lease, change.Author) })
	t.held[c.ID][key] = lease
	return true
}

// expire tells the other side that the lease has run out, through the same path as a stop by the author. It is refused
// when somebody else controls by then, and that is right: they were told of the change.
func (t *typingLeases) expire(e *Engine, id ConversationID, lease *typingLease, author Actor) {
	key := typist{author.Role, author.ID}
	if !t.holds(id, key, lease) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookTimeout)
	defer cancel()
	_, err := e.Receive(ctx, Event{Type: EventTyping, Conversation: id, Actor: author})
	if err == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.held[id][key] == lease {
		t.end(id, key)
	}
	e.log.DebugContext(ctx, "a typing lease ran out untold", "conversation", id, "error", err)
}

func (t *typingLeases) holds(id ConversationID, key typist, lease *typingLease) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.held[id][key] == lease
}

// endBy drops the leases that committed entries end. Nobody is told: a word of the author, a new controller and the end
// each clear the indicator at the receiver by themselves.
func (t *typingLeases) endBy(c *Conversation, entries []Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for key, lease := range t.held[c.ID] {
		if lease.epoch != c.Epoch || c.State.Ended() || spoke(entries, key) {
			t.end(c.ID, key)
		}
	}
}

func spoke(entries []Entry, key typist) bool {
	for i := range entries {
		ev := &entries[i].Event
		if ev.Type == EventMessage && ev.Actor.Role == key.role && ev.Actor.ID == key.id {
			return true
		}
	}
	return false
}

// end forgets a lease and its timer; the caller holds the lock.
func (t *typingLeases) end(id ConversationID, key typist) {
	t.held[id][key].stop()
	delete(t.held[id], key)
	if len(t.held[id]) == 0 {
		delete(t.held, id)
	}
}
