package desktest

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"handoff/orchestrator"
)

// Memory is an orchestrator.Memory in memory. A subject makes one for its desk, names it in Subject.Memory, and gives it to
// the desk's twin as well; the suite's Ledger feeds it with handles and records. Nothing in it is forgotten by time. Safe
// for concurrent use.
type Memory struct {
	clock orchestrator.Clock

	mu     sync.Mutex
	ledger *Ledger
	bound  map[noteKey]orchestrator.ConversationID
	notes  map[noteKey]map[string][]byte
	since  map[noteKey]orchestrator.Moment
	taken  map[string]bool
	slow   bool          // commands and readers wait for each other; see slowly
	looks  int           // how often the handles were listed
	works  int           // how many commands are under way
	step   chan struct{} // closed and replaced at each of them
}

// noteKey is a handle at a desk.
type noteKey struct {
	desk orchestrator.ConnectorName
	ref  string
}

var _ orchestrator.Memory = (*Memory)(nil)

// NewMemory is an empty memory.
func NewMemory(clock orchestrator.Clock) *Memory {
	return &Memory{
		clock: clock, bound: map[noteKey]orchestrator.ConversationID{}, notes: map[noteKey]map[string][]byte{},
		since: map[noteKey]orchestrator.Moment{}, taken: map[string]bool{}, step: make(chan struct{}),
	}
}

// Handle answers the handle that a conversation has at the desk that was tested last; empty if it has none.
func (m *Memory) Handle(id orchestrator.ConversationID) string {
	m.mu.Lock()
	l := m.ledger
	m.mu.Unlock()
	if l == nil {
		return ""
	}
	c := l.Conversation(id)
	return cmp.Or(c.DeskRef, c.ChannelRef)
}

// feed says whose records these are.
func (m *Memory) feed(l *Ledger) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ledger = l
}

// poke lets the suite look again.
func (m *Memory) poke() {
	m.mu.Lock()
	l := m.ledger
	m.mu.Unlock()
	if l == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.notify()
}

// bind notes the handle that Desk.Open answered.
func (m *Memory) bind(desk orchestrator.ConnectorName, ref string, id orchestrator.ConversationID) {
	if m == nil || ref == "" {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.bound[noteKey{desk, ref}] = id
}

// Resolve implements orchestrator.Memory.
func (m *Memory) Resolve(
	ctx context.Context, desk orchestrator.ConnectorName, ref string,
) (orchestrator.ConversationID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return "", err
	}
	id, known := m.bound[noteKey{desk, ref}]
	if !known {
		return "", orchestrator.ErrNotFound
	}
	return id, nil
}

// Load implements orchestrator.Memory.
func (m *Memory) Load(ctx context.Context, id orchestrator.ConversationID) (*orchestrator.Conversation, error) {
	m.mu.Lock()
	l := m.ledger
	m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if l != nil {
		if c := l.Conversation(id); c.ID != "" {
			return &c, nil
		}
	}
	return nil, orchestrator.ErrNotFound
}

// Keep implements orchestrator.Memory.
func (m *Memory) Keep(ctx context.Context, desk orchestrator.ConnectorName, ref, name string, value []byte) error {
	if ctx.Value(byCommand{}) == nil {
		m.awaitCommand()
	} else {
		defer m.awaitReader()
	}
	defer m.poke()
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(value) > orchestrator.MaxKept {
		return orchestrator.Invalid("/value", "has %d bytes, %d is the limit", len(value), orchestrator.MaxKept)
	}
	key := noteKey{desk, ref}
	if value == nil {
		if delete(m.notes[key], name); len(m.notes[key]) == 0 {
			m.forget(key)
		}
		return nil
	}
	if m.notes[key] == nil {
		m.notes[key], m.since[key] = map[string][]byte{}, orchestrator.MomentOf(m.clock.Now())
	}
	m.notes[key][name] = slices.Clone(value)
	return nil
}

// Kept implements orchestrator.Memory.
func (m *Memory) Kept(ctx context.Context, desk orchestrator.ConnectorName, ref string) (map[string][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	kept := map[string][]byte{}
	for name, value := range m.notes[noteKey{desk, ref}] {
		kept[name] = slices.Clone(value)
	}
	return kept, nil
}

// Forget implements orchestrator.Memory.
func (m *Memory) Forget(ctx context.Context, desk orchestrator.ConnectorName, ref string) error {
	if ctx.Value(byCommand{}) == nil {
		m.awaitCommand()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	m.forget(noteKey{desk, ref})
	return nil
}

func (m *Memory) forget(key noteKey) {
	delete(m.notes, key)
	delete(m.since, key)
}

// Handles implements orchestrator.Memory.
func (m *Memory) Handles(
	ctx context.Context, desk orchestrator.ConnectorName, since orchestrator.Moment, limit int,
) ([]orchestrator.Handle, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.looks++
	m.stepped()
	var handles []orchestrator.Handle
	for key := range maps.Keys(m.notes) {
		if key.desk == desk && key.ref != "" && m.since[key] >= since {
			handles = append(handles, orchestrator.Handle{Ref: key.ref, Since: m.since[key]})
		}
	}
	slices.SortFunc(handles, func(a, b orchestrator.Handle) int {
		return cmp.Or(cmp.Compare(a.Since, b.Since), cmp.Compare(a.Ref, b.Ref))
	})
	return handles[:min(limit, len(handles))], nil
}

// Exclusive implements orchestrator.Memory. A name is free again as soon as do has returned, so ttl does not matter here.
func (m *Memory) Exclusive(
	ctx context.Context, name string, _ time.Duration, do func(context.Context) error,
) (bool, error) {
	m.mu.Lock()
	taken, err := m.taken[name], ctx.Err()
	if !taken && err == nil {
		m.taken[name] = true
	}
	m.mu.Unlock()
	if taken || err != nil {
		return false, err
	}
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.taken, name)
	}()
	return true, do(ctx)
}
