package desktest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"handoff/orchestrator"
)

// Ledger is a small engine for one desk: it takes facts, refuses those that do not fit the conversation's state,
// remembers every id, and carries out the commands that follow, one conversation's in order. It knows the part of the
// state table that concerns a desk; see ledgermoves.go. Safe for concurrent use.
type Ledger struct {
	desk   orchestrator.Desk
	clock  orchestrator.Clock
	memory *Memory // may be nil

	moved    func(orchestrator.Transition) // see Subject.Moved
	patience time.Duration                 // of Await
	pause    time.Duration                 // before who declined may be asked again

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at each change
	books    map[orchestrator.ConversationID]*book
	newest   map[string]*book // of those that began at the desk, by the bot's id
	expected []orchestrator.ConversationID
	refusals []Refusal
	failures []Failure
	gate     func(ev *orchestrator.Event) error
	summary  string                // of every chat that is opened
	before   *orchestrator.History // likewise
	busy     int                   // commands not yet carried out
}

// book is one conversation.
type book struct {
	c       orchestrator.Conversation
	waiting orchestrator.Waiting
	seen    map[orchestrator.EventID]bool
	events  []orchestrator.Event
	lane    []*orchestrator.Command
	working bool
	minted  int
	pause   time.Duration // before who declined may be asked again
}

// Refusal is an event of the desk that did not fit.
type Refusal struct {
	Event orchestrator.Event
	Err   error
}

// Failure is a command that the desk failed to carry out.
type Failure struct {
	Command orchestrator.Command
	Err     error
}

// Bounds of the ledger.
const (
	commandTries = 20
	callTimeout  = 10 * time.Second
	awaitTimeout = 10 * time.Second
)

// NewLedger is an engine for a desk.
func NewLedger(desk orchestrator.Desk, clock orchestrator.Clock) *Ledger {
	return &Ledger{
		desk: desk, clock: clock, patience: awaitTimeout, changed: make(chan struct{}),
		books: map[orchestrator.ConversationID]*book{}, newest: map[string]*book{},
	}
}

// Gate is asked before each event is taken; its error is the answer, as if the store had failed. Nil takes it away.
func (l *Ledger) Gate(gate func(ev *orchestrator.Event) error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gate = gate
}

// PauseAfterDecline is how long who did not take a conversation that begins from now on is not asked for it again.
func (l *Ledger) PauseAfterDecline(pause time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pause = pause
}

// Begin lets a conversation wait for a person, and gives the desk the command for it.
func (l *Ledger) Begin(id orchestrator.ConversationID, w orchestrator.Waiting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.waits(id, w)
	l.order(b, b.open(false))
	l.notify()
}

// prepare is Begin without the command: whoever makes it carries it out.
func (l *Ledger) prepare(id orchestrator.ConversationID, w orchestrator.Waiting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waits(id, w)
}

// opened notes the desk's handle of a conversation.
func (l *Ledger) opened(id orchestrator.ConversationID, ref string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.books[id].c.DeskRef = ref
	l.memory.bind(l.desk.Name(), ref, id)
}

// waits makes a conversation that waits for a person. The lock is held.
func (l *Ledger) waits(id orchestrator.ConversationID, w orchestrator.Waiting) *book {
	if w.Since == 0 {
		w.Since = l.now()
	}
	b := &book{waiting: w, pause: l.pause, seen: map[orchestrator.EventID]bool{}, c: orchestrator.Conversation{
		ID: id, Desk: l.desk.Name(), Queue: w.Queue, State: orchestrator.StateQueued, Version: 1, Epoch: 1, Handoff: 1,
	}}
	l.books[id] = b
	return b
}

// Receive takes one fact. Errors: ErrNotFound, *Rejection, or the gate's.
func (l *Ledger) Receive(ctx context.Context, ev orchestrator.Event) (orchestrator.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return orchestrator.Receipt{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if ev.At == 0 {
		ev.At = l.now()
	}
	if l.gate != nil {
		if err := l.gate(&ev); err != nil {
			return orchestrator.Receipt{}, err
		}
	}
	b := l.find(&ev)
	if b == nil {
		return orchestrator.Receipt{}, orchestrator.ErrNotFound
	}
	if ev.ID == "" && ev.Type != orchestrator.EventTyping {
		err := orchestrator.Invalid("/id", "every event but typing needs one")
		l.refusals = append(l.refusals, Refusal{ev, err})
		return orchestrator.Receipt{}, err
	}
	if b.seen[ev.ID] {
		c := b.c
		return orchestrator.Receipt{Conversation: &c, Repeated: true}, nil
	}
	next, cmds, err := b.decide(&ev)
	if err != nil {
		l.refusals = append(l.refusals, Refusal{ev, err})
		l.notify()
		return orchestrator.Receipt{}, err
	}
	if ev.ID != "" {
		b.seen[ev.ID] = true
	}
	was := b.c.State
	next.Version++
	next.Sequence++
	b.c = *next
	b.events = append(b.events, ev)
	if l.moved != nil && ev.Desk == l.desk.Name() && b.c.State != was {
		l.moved(orchestrator.Transition{From: was, On: ev.Type, To: b.c.State})
	}
	l.order(b, l.wanted(was, &ev, cmds)...)
	l.notify()
	c := b.c
	return orchestrator.Receipt{Conversation: &c, Sequence: c.Sequence, Moved: c.State != was}, nil
}

// Do is Receive for what a person or the customer does through our API; it fails the test when that is refused.
func (l *Ledger) Do(t TB, ev orchestrator.Event) orchestrator.Conversation {
	t.Helper()
	if ev.ID == "" {
		ev.ID = l.mint(ev.Conversation)
	}
	receipt, err := l.Receive(context.Background(), ev)
	if err != nil {
		t.Fatalf("%s: %s: %v", ev.Conversation, ev.Type, err)
	}
	return *receipt.Conversation
}

// Conversation answers how a conversation stands; the zero value if it never began.
func (l *Ledger) Conversation(id orchestrator.ConversationID) orchestrator.Conversation {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b := l.books[id]; b != nil {
		return b.c
	}
	return orchestrator.Conversation{}
}

// Events answers what was taken of a conversation, in order, of one type or of all if that is empty.
func (l *Ledger) Events(id orchestrator.ConversationID, of orchestrator.EventType) []orchestrator.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	var events []orchestrator.Event
	if b := l.books[id]; b != nil {
		for _, ev := range b.events {
			if of == "" || ev.Type == of {
				events = append(events, ev)
			}
		}
	}
	return events
}

// Refusals answers the events of a type that did not fit.
func (l *Ledger) Refusals(of orchestrator.EventType) []Refusal {
	l.mu.Lock()
	defer l.mu.Unlock()
	var refusals []Refusal
	for _, r := range l.refusals {
		if r.Event.Type == of {
			refusals = append(refusals, r)
		}
	}
	return refusals
}

// Failures answers the commands that could not be carried out.
func (l *Ledger) Failures() []Failure {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.failures)
}

// Command makes the next command of a conversation, without carrying it out.
func (l *Ledger) Command(id orchestrator.ConversationID, of orchestrator.CommandType) *orchestrator.Command {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.books[id]
	cmd := b.command(of)
	if of == orchestrator.CommandOpen {
		w := b.waiting
		cmd.Waiting = &w
	}
	l.stamp(b, cmd)
	return cmd
}

// Await waits until something is so, looking after each change, and fails the test when it does not become so in time.
func (l *Ledger) Await(t TB, what string, so func() bool) {
	t.Helper()
	late := time.NewTimer(l.patience)
	defer late.Stop()
	for {
		l.mu.Lock()
		changed := l.changed
		l.mu.Unlock()
		if so() {
			return
		}
		select {
		case <-changed:
		case <-late.C:
			t.Fatalf("waited %s in vain: %s", l.patience, what)
		}
	}
}

// AwaitState waits until a conversation is in a state and its commands are carried out, and answers it.
func (l *Ledger) AwaitState(
	t TB, id orchestrator.ConversationID, state orchestrator.State,
) orchestrator.Conversation {
	t.Helper()
	var c orchestrator.Conversation
	l.Await(t, fmt.Sprintf("%s in state %s", id, state), func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		b := l.books[id]
		if b == nil || b.c.State != state || b.working {
			return false
		}
		c = b.c
		return true
	})
	return c
}

// Settle waits until every command so far is carried out.
func (l *Ledger) Settle(t TB) {
	t.Helper()
	l.Await(t, "commands carried out", func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.busy == 0
	})
}

func (l *Ledger) mint(id orchestrator.ConversationID) orchestrator.EventID {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.books[id]
	if b == nil {
		return "none"
	}
	b.minted++
	return orchestrator.EventID(fmt.Sprintf("api:%d", b.minted))
}

func (l *Ledger) notify() {
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *Ledger) now() orchestrator.Moment { return orchestrator.MomentOf(l.clock.Now()) }

// errNoAbility is the answer of Call for a command that the desk has no method for.
var errNoAbility = errors.New("the desk has no method for this command")

// summarize gives every chat that is opened from here on a summary for people.
func (l *Ledger) summarize(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.summary = text
}

// tellBefore gives every chat that is opened from here on a history for people.
func (l *Ledger) tellBefore(h *orchestrator.History) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.before = h
}
