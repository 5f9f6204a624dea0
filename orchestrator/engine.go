package orchestrator

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"
)

// Engine takes facts. Receive is the only write path of the program: a page's button, a vendor's notification, a timer and
// a bot all go through it.
type Engine struct {
	store      Store
	policies   atomic.Pointer[policies]
	bots       map[ConnectorName]string // bot -> flow
	desks      map[ConnectorName]Desk
	clock      Clock
	log        *slog.Logger
	metrics    Metrics
	tracer     Tracer
	node       NodeID
	dispatcher *Dispatcher
	hub        *Hub

	timelineBytes int64

	locks    keyedLocks
	records  recordCache
	newest   *lru[externalKey, ConversationID]
	turns    turns
	answered answeredNumbers
	typing   typingLeases
}

// Options is what an engine needs. Every field is required but Metrics, Tracer, Concurrency and TimelineBytes.
type Options struct {
	Store   Store
	Flows   map[string]Flow
	BotFlow map[ConnectorName]string // which flow decides for the conversations of a bot
	Bots    map[ConnectorName]Bot
	Desks   map[ConnectorName]Desk
	Hub     *Hub
	Clock   Clock
	Log     *slog.Logger
	Metrics Metrics
	Tracer  Tracer
	Node    NodeID // unique among the processes of the installation
	// Configured is what the process tells the others to have; nil: it does not tell, and then nobody concludes that anything
	// is configured nowhere.
	Configured *Configured
	// Concurrency is how many calls run at a time, by the lane of a party; left out: DefaultConcurrency.
	Concurrency map[Lane]int
	// TimelineBytes is how much a timeline holds before words are refused; left out: DefaultTimelineBytes.
	TimelineBytes int64
}

// Receipt is the answer to an event that was taken.
type Receipt struct {
	// Conversation is the record after the event. For a repeated event it is the record as it was after the first.
	Conversation *Conversation
	Sequence     uint64 // of the event's entry; 0 if nothing was stored (typing)
	Created      bool   // the event began the conversation
	Repeated     bool   // the event had been taken before; nothing was done again
	Moved        bool
	then         *Event // to be received next
	// Stale: a sender's sequence was behind, so an event that would have moved the conversation was noted and ignored.
	Stale bool
}

// Limits of the engine.
const (
	// maxConflicts is how often an event is decided anew when another process was faster.
	maxConflicts = 32
	// MaxTimeline is how many entries a conversation may have. Then only events that end it are taken.
	MaxTimeline = 20000
	// DispatchLease is how long a process that works a lane may be silent before another takes over.
	DispatchLease = 30 * time.Second
)

// NewEngine wires an engine and its dispatcher; nothing runs yet.
func NewEngine(o Options) *Engine {
	if o.Metrics == nil {
		o.Metrics = NoMetrics{}
	}
	if o.Tracer == nil {
		o.Tracer = NoTracer{}
	}
	e := &Engine{
		store: o.Store, bots: o.BotFlow, desks: o.Desks, clock: o.Clock, log: o.Log,
		metrics: o.Metrics, tracer: o.Tracer, node: o.Node, hub: o.Hub,
		locks: newKeyedLocks(), records: newRecordCache(recordCacheSize),
		newest: newLRU[externalKey, ConversationID](recordCacheSize), answered: newAnsweredNumbers(),
		timelineBytes: cmp.Or(o.TimelineBytes, DefaultTimelineBytes),
	}
	e.Reload(o.Flows, o.Configured)
	e.dispatcher = newDispatcher(e, &o)
	if e.hub != nil {
		e.hub.erased, e.hub.changed = e.forget, e.records.outdate
	}
	return e
}

// Dispatcher works the lanes of this engine's commits.
func (e *Engine) Dispatcher() *Dispatcher { return e.dispatcher }

// Store is where the engine keeps everything; readers use it directly.
func (e *Engine) Store() Store { return e.store }

// Hub tells watchers about changes.
func (e *Engine) Hub() *Hub { return e.hub }

// Now is the engine's present moment.
func (e *Engine) Now() Moment { return MomentOf(e.clock.Now()) }

// DefaultFlow is the flow of whatever names no other.
const DefaultFlow = "default"

// Flow answers the flow that decides for a conversation: the one under which it began or, when this process does not have
// that, its bot's present one, else the default, so that the conversation can still end.
func (e *Engine) Flow(c *Conversation) (Flow, error) {
	flows := e.policies.Load().flows
	if flow, ok := flows[c.Flow]; ok {
		return flow, nil
	}
	if flow, ok := flows[e.bots[c.Bot]]; ok {
		return flow, nil
	}
	if flow, ok := flows[DefaultFlow]; ok {
		return flow, nil
	}
	return nil, fmt.Errorf("conversation %s: flow %q is not configured", c.ID, c.Flow)
}

// Receive takes one fact: load, decide, commit, and again when another process was faster. The receipt of an event that
// was taken before is that of the first time. Errors: ErrNotFound, ErrUnknownBot, *Rejection (refused by the present
// state), *InputError (asks for what the policy does not know, or a key used for another event), anything else is the
// store's and means "try again".
func (e *Engine) Receive(ctx context.Context, ev Event) (Receipt, error) {
	began := e.clock.Now()
	ctx, end := e.tracer.Start(ctx, Traced{Name: "receive", Event: ev.Type})
	receipt, err := e.receive(ctx, &ev)
	if next := receipt.then; next != nil {
		if _, err := e.receive(ctx, next); err != nil {
			e.log.WarnContext(ctx, "what follows from an event was not taken", "conversation", ev.Conversation, "event", next.Type,
				"error", err)
		}
	}
	end(ev.Conversation, err)
	e.metrics.Received(ev.Type, err, e.clock.Now().Sub(began))
	return receipt, err
}

func (e *Engine) receive(ctx context.Context, ev *Event) (Receipt, error) {
	if err := e.locate(ctx, ev); err != nil {
		return Receipt{}, err
	}
	if err := e.awaitTurn(ctx, ev); err != nil {
		return Receipt{}, err
	}
	unlock, err := e.takeTurn(ctx, ev)
	if err != nil {
		return Receipt{}, err
	}
	defer func() { unlock() }()
	for range maxConflicts {
		began := ev.Conversation
		receipt, err := e.try(ctx, ev)
		if !errors.Is(err, ErrConflict) {
			return receipt, err
		}
		e.metrics.Conflict()
		if ev.Conversation != began { // it turned out to belong to a conversation that has a line of its own
			unlock()
			if unlock, err = e.takeTurn(ctx, ev); err != nil {
				unlock = func() {}
				return Receipt{}, err
			}
		}
	}
	return Receipt{}, &InputError{Status: 503, Code: CodeUnavailable, RetryAfter: time.Second,
		Detail: "the conversation changes faster than this event can be decided on"}
}

// takeTurn waits until no other event of the same conversation is being decided on in this process. Events of a conversation
// that does not exist yet wait under the bot's own id for it; whoever finds it begun goes over to the others that know it.
func (e *Engine) takeTurn(ctx context.Context, ev *Event) (unlock func(), err error) {
	if unlock, err = e.locks.lock(ctx, ev.lockKey()); err != nil || ev.Conversation != "" {
		return unlock, err
	}
	id, begun := e.newest.get(externalKey{ev.Bot, ev.External})
	if !begun {
		return unlock, nil
	}
	unlock()
	ev.Conversation = id
	return e.locks.lock(ctx, ev.lockKey())
}

// try is one round of load, decide, commit. The record that this process saw last stands in for the load: a stale one only
// costs a conflict, and that brings the newest.
func (e *Engine) try(ctx context.Context, ev *Event) (Receipt, error) {
	c, err := e.load(ctx, ev)
	if err != nil {
		return Receipt{}, err
	}
	if c.State.Ended() && ev.External != "" {
		if c, err = e.afterEnd(ctx, c, ev); err != nil {
			return Receipt{}, err
		}
	}
	flow, err := e.Flow(c)
	if err != nil {
		return Receipt{}, err
	}
	if c.Version == 0 && ev.Type != EventTyping && !begins(ev) {
		return Receipt{}, ErrNotFound // an end or a cancellation of what never was is no conversation
	}
	now := e.Now()
	if c.Version >= 1 && ev.IfVersion != 0 && ev.IfVersion != c.Version {
		return e.refuse(ctx, c, ev, Reject(c, ev, CodeStaleVersion, fmt.Sprintf("the conversation is at version %d", c.Version)))
	}
	e.cutToRoom(c, ev)
	if err := e.fits(c, ev); err != nil {
		return e.refuse(ctx, c, ev, err)
	}
	e.look(ctx, flow, c, ev)
	ev.AnsweredTo = e.answered.before(c, ev)
	decision, err := flow.Decide(c, ev, now)
	if err != nil {
		return e.refuse(ctx, c, ev, err)
	}
	if !decision.Stored() {
		return e.passing(ctx, c, ev, decision, now)
	}
	if c.Version == 0 && decision.Refusal != nil {
		return Receipt{}, decision.Refusal // nor is a word that nobody may hear
	}
	decision, giveBack, err := e.holdPlace(ctx, flow, c, ev, decision, now)
	if err != nil {
		return e.refuse(ctx, c, ev, err)
	}
	receipt, err := e.commit(ctx, c, ev, decision, now)
	if err != nil || receipt.Repeated {
		giveBack()
	}
	return receipt, err
}

// load answers the record to decide on: an existing one, or a fresh one of version 0.
func (e *Engine) load(ctx context.Context, ev *Event) (*Conversation, error) {
	if ev.Conversation == "" {
		return e.begin(ev)
	}
	c, err := e.known(ctx, ev.Conversation)
	if errors.Is(err, ErrNotFound) {
		return e.afterExpiry(ctx, ev)
	}
	return c, err
}

// known answers the record as this process saw it last, else as it is stored.
func (e *Engine) known(ctx context.Context, id ConversationID) (*Conversation, error) {
	if c, ok := e.records.get(id); ok {
		return c, nil
	}
	c, err := e.store.Load(ctx, id)
	if err != nil {
		return nil, err
	}
	e.records.remember(c)
	return c, nil
}

// commit writes a decision. A caller who goes away does not stop it: a commit of which nobody hears would leave its
// commands to whoever finds their leases run out.
func (e *Engine) commit(ctx context.Context, c *Conversation, ev *Event, d *Decision, now Moment) (Receipt, error) {
	within, end := e.tracer.Start(ctx, Traced{Name: "commit", Event: ev.Type})
	e.mark(within, d.Commands)
	write := Commit{
		Want: c.Version, Next: d.Next, From: c.State, Event: ev.key(), BodyHash: ev.BodyHash, Entries: d.Entries,
		Commands: d.Commands, Before: c.Agents(), Now: now, Node: e.node, Lease: DispatchLease,
	}
	if c.Flow != d.Next.Flow {
		write.FromFlow = c.Flow
	}
	write.Said, write.SaidHash, _ = ev.said()
	written, err := e.store.Commit(context.WithoutCancel(within), &write)
	end(d.Next.ID, err)
	if err != nil {
		if !errors.Is(err, ErrConflict) {
			e.dispatcher.resumeUnclear(d.Next.ID, d.Commands)
		}
		return Receipt{}, e.lost(ctx, c, ev, written.Current, err)
	}
	if written.Seen != nil {
		ev.Conversation = d.Next.ID // which the first answer, that was lost, would have told if it began with this
		return e.repeated(ctx, ev, &known{*written.Seen, written.Said})
	}
	if c.Version == 0 {
		e.newest.put(externalKey{c.Bot, c.External}, c.ID)
	}
	e.records.remember(d.Next)
	e.dispatcher.work(d.Next.ID, written, d.Commands)
	e.transient(ctx, d.Next, d, now)
	for i := range d.Entries {
		e.metrics.Step(d.Next.Flow, &d.Entries[i])
	}
	receipt := Receipt{
		Conversation: d.Next, Sequence: c.Sequence + 1, Created: c.Version == 0, Moved: movedBy(d.Entries),
		Stale: d.Entries[0].Why != nil && d.Entries[0].Why.Rule == RuleStale,
	}
	if d.Refusal != nil {
		return receipt, d.Refusal
	}
	return receipt, nil
}

// mark lets commands be carried out under the span of their commit, whoever does it.
func (e *Engine) mark(ctx context.Context, commands []Command) {
	if len(commands) == 0 {
		return
	}
	mark := e.tracer.Mark(ctx)
	for i := range commands {
		commands[i].Trace = mark
	}
}

// lost prepares the next round of an event whose commit failed.
func (e *Engine) lost(ctx context.Context, c *Conversation, ev *Event, current *Conversation, cause error) error {
	e.records.drop(c.ID)
	if !errors.Is(cause, ErrConflict) {
		return cause
	}
	if current != nil {
		e.records.remember(current)
	}
	if c.Version == 0 { // somebody else began this conversation: find theirs
		if err := e.relocate(ctx, ev); err != nil {
			return err
		}
	}
	return cause
}

func movedBy(entries []Entry) bool {
	for i := range entries {
		if entries[i].Moved() {
			return true
		}
	}
	return false
}
