package orchestrator

import (
	"context"
	"sync"
	"sync/atomic"
)

// Hub fans the changes of all processes out to the watchers of this one. Changes are hints: a watcher that is slow, or a
// broken connection to the store, is told Resync, and reads the truth again.
type Hub struct {
	changes   Changes
	erased    func(ConversationID)         // of the engine of this process
	changed   func(ConversationID, uint64) // the same: it stands at that version
	listening atomic.Bool

	mu  sync.Mutex
	one map[ConversationID]map[*Watch]struct{}
	all map[*Watch]struct{}
}

// Watch is one subscription to a hub. Receive from C until Close.
type Watch struct {
	C   <-chan Change
	c   chan Change
	hub *Hub
	id  ConversationID
}

// watchBuffer is how many changes a watcher may be behind before it is told to read everything again.
const watchBuffer = 64

// NewHub makes a hub; it delivers once Run runs.
func NewHub(changes Changes) *Hub {
	return &Hub{changes: changes, one: map[ConversationID]map[*Watch]struct{}{}, all: map[*Watch]struct{}{}}
}

// Run delivers changes until ctx ends.
func (h *Hub) Run(ctx context.Context) error {
	changes, err := h.changes.Subscribe(ctx)
	if err != nil {
		return err
	}
	h.listening.Store(true)
	defer h.listening.Store(false)
	h.deliver(Change{Resync: true}) // whoever watched before the subscription stood may have missed something
	for change := range changes {
		if change.Erased && h.erased != nil {
			h.erased(change.Conversation) // first: who is told reads anew
		}
		if change.Version != 0 && h.changed != nil {
			h.changed(change.Conversation, change.Version)
		}
		h.deliver(change)
	}
	return ctx.Err()
}

// Listening reports whether changes are delivered now.
func (h *Hub) Listening() bool { return h.listening.Load() }

// Watch subscribes to one conversation. Subscribe first and read the timeline then: nothing is missed in between.
func (h *Hub) Watch(id ConversationID) *Watch {
	w := h.newWatch(id)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.one[id] == nil {
		h.one[id] = map[*Watch]struct{}{}
	}
	h.one[id][w] = struct{}{}
	return w
}

// WatchAll subscribes to every conversation.
func (h *Hub) WatchAll() *Watch {
	w := h.newWatch("")
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all[w] = struct{}{}
	return w
}

func (h *Hub) newWatch(id ConversationID) *Watch {
	c := make(chan Change, watchBuffer)
	return &Watch{C: c, c: c, hub: h, id: id}
}

// Close ends the subscription. C is not closed, so that delivering needs no lock per watcher.
func (w *Watch) Close() {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	delete(w.hub.all, w)
	if set := w.hub.one[w.id]; set != nil {
		delete(set, w)
		if len(set) == 0 {
			delete(w.hub.one, w.id)
		}
	}
}

func (h *Hub) deliver(change Change) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for w := range h.all {
		w.offer(change)
	}
	if change.Resync {
		for _, set := range h.one {
			for w := range set {
				w.offer(change)
			}
		}
		return
	}
	for w := range h.one[change.Conversation] {
		w.offer(change)
	}
}

// offer never blocks: when the buffer is full its oldest hint makes room for a Resync.
func (w *Watch) offer(change Change) {
	select {
	case w.c <- change:
		return
	default:
	}
	select {
	case <-w.c:
	default:
	}
	select {
	case w.c <- Change{Resync: true}:
	default:
	}
}
