package orchestrator_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"sync"
	"testing"
	"time"

	"handoff/flows"
	"handoff/orchestrator"
	"handoff/orchestrator/redisstore"
)

const testPolicy = `
desk: desk
queue: general
deadlines: {bot: 30m, queued: 5m, offered: 60s, agent: 10m, conference: 10m, transferring: 60s, wrap_up: 2m}
warnings: {agent: 8m}
customer_dead_after: 90s
wrap_up: {required: false, dispositions: [solved]}
`

// rig is one installation in this process: the real store and flow, a stepped clock, and a bot and a desk that do as told.
type rig struct {
	t     *testing.T
	store *redisstore.Store
	clock *orchestrator.StepClock
	bot   *fakeBot
	desk  *fakeDesk
	flow  *flows.Flow
	// others are desks beside the first, each with one queue, of its own name.
	others map[orchestrator.ConnectorName]orchestrator.Desk
	// concurrency is how many calls the processes started from now on make at a time.
	concurrency map[orchestrator.Lane]int
	// metrics are those of the processes started from now on; nil: none.
	metrics orchestrator.Metrics
	// tracer is that of the processes started from now on; nil: none.
	tracer orchestrator.Tracer
	// heard takes the log of the processes started from now on too; nil: nobody.
	heard io.Writer
}

// process is one of the processes of an installation.
type process struct {
	*orchestrator.Engine
	stop func()
}

func newRig(t *testing.T) *rig {
	t.Helper()
	clock := orchestrator.NewStepClock(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	store, err := redisstore.OpenEmbedded(t.Context(), redisstore.Options{Partitions: 2, Clock: clock, Log: logTo(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	r := &rig{t: t, store: store, clock: clock, bot: newFakeBot(), desk: newFakeDesk()}
	r.flow = r.flowOf(testPolicy)
	return r
}

// flowOf makes a flow of a policy.
func (r *rig) flowOf(text string) *flows.Flow {
	r.t.Helper()
	policy, err := flows.ParsePolicyYAML("flows.default", []byte(text))
	if err != nil {
		r.t.Fatal(err)
	}
	world := flows.World{
		Desks:  map[orchestrator.ConnectorName]orchestrator.Manifest{"desk": r.desk.Manifest()},
		Bots:   map[orchestrator.ConnectorName]bool{"shop": true},
		Queues: map[orchestrator.QueueName]flows.QueueInfo{"general": {Desk: "desk"}},
		Agents: map[orchestrator.AgentID]orchestrator.Agent{"anna": {ID: "anna", Name: "Anna"}},
	}
	for name, desk := range r.others {
		world.Desks[name], world.Queues[orchestrator.QueueName(name)] = desk.Manifest(), flows.QueueInfo{Desk: name}
	}
	flow, err := flows.New("default", policy, world)
	if err != nil {
		r.t.Fatal(err)
	}
	return flow
}

// logTo shows what a process warns of when its test fails.
func logTo(t *testing.T) *slog.Logger { return slog.New(slog.NewTextHandler(t.Output(), nil)) }

// logger is what processes write to.
func (r *rig) logger() *slog.Logger {
	if r.heard == nil {
		return logTo(r.t)
	}
	return slog.New(slog.NewTextHandler(io.MultiWriter(r.t.Output(), r.heard), nil))
}

// start adds a process; it is stopped with the test, or before.
func (r *rig) start(node orchestrator.NodeID) *process { return r.startOn(node, r.store, r.flow) }

// startOn adds a process that sees the store through another, or decides under another policy.
func (r *rig) startOn(node orchestrator.NodeID, store orchestrator.Store, flow orchestrator.Flow) *process {
	r.t.Helper()
	hub := orchestrator.NewHub(r.store)
	desks := map[orchestrator.ConnectorName]orchestrator.Desk{"desk": r.desk}
	maps.Copy(desks, r.others)
	engine := orchestrator.NewEngine(orchestrator.Options{
		Store: store, Flows: map[string]orchestrator.Flow{"default": flow},
		BotFlow: map[orchestrator.ConnectorName]string{"shop": "default"},
		Bots:    map[orchestrator.ConnectorName]orchestrator.Bot{"shop": r.bot},
		Desks:   desks,
		Hub:     hub, Clock: r.clock, Log: r.logger(), Node: node, Tracer: r.tracer, Metrics: r.metrics, Concurrency: r.concurrency,
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	watch := hub.WatchAll()
	running.Go(func() { _ = hub.Run(ctx) })
	<-watch.C // the Resync with which the subscription begins
	watch.Close()
	running.Go(func() { _ = engine.Dispatcher().Run(ctx) })
	var once sync.Once
	p := &process{Engine: engine, stop: func() { once.Do(func() { cancel(); running.Wait() }) }}
	r.t.Cleanup(p.stop)
	return p
}

// take receives an event that must be taken.
func (r *rig) take(p *process, ev orchestrator.Event) orchestrator.Receipt {
	r.t.Helper()
	receipt, err := p.Receive(r.t.Context(), ev)
	if err != nil {
		r.t.Fatalf("%s %s: %v", ev.Type, ev.ID, err)
	}
	return receipt
}

// handedOver brings a conversation of a bot's own channel to a person: anna serves it.
func (r *rig) handedOver(p *process, external string) orchestrator.ConversationID {
	r.t.Helper()
	receipt := r.take(p, orchestrator.Event{
		ID: "ask-" + orchestrator.EventID(external), Type: orchestrator.EventHandoffRequested, Bot: "shop", External: external,
		Actor: orchestrator.Actor{Role: orchestrator.ActorBot}, Request: &orchestrator.Request{Priority: 5},
	})
	id := receipt.Conversation.ID
	r.take(p, orchestrator.Event{
		ID: "accept", Type: orchestrator.EventAccepted, Conversation: id, Agent: &orchestrator.Agent{ID: "anna", Name: "Anna"},
		Actor: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna", Name: "Anna"},
	})
	return id
}

// agentSays is anna's word.
func agentSays(id orchestrator.ConversationID, event, text string) orchestrator.Event {
	return orchestrator.Event{
		ID: orchestrator.EventID(event), Type: orchestrator.EventMessage, Conversation: id,
		Actor:   orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna", Name: "Anna"},
		Message: &orchestrator.Message{ID: event, Text: text},
	}
}

func customerSays(external, event, text string) orchestrator.Event {
	return orchestrator.Event{
		ID: orchestrator.EventID(event), Type: orchestrator.EventMessage, Bot: "shop", External: external,
		Actor:   orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u-1"},
		Message: &orchestrator.Message{ID: event, Text: text},
	}
}

// call is one call of a connector.
type call struct {
	id      orchestrator.CommandID
	kind    orchestrator.CommandType
	notice  string
	message string
	author  orchestrator.ActorRole
	unsure  bool
	late    bool
	ref     string // the desk's handle
	words   []string
	back    *orchestrator.Handback
	attempt int      // calls before this one
	before  []string // what was said before, with an open command
}

func callOf(cmd *orchestrator.Command) call {
	c := call{id: cmd.ID, kind: cmd.Type, author: cmd.Author.Role, unsure: cmd.Unsure, late: cmd.Late, ref: cmd.To.Ref, attempt: cmd.Attempt}
	if cmd.Notice != nil {
		c.notice = cmd.Notice.Type
	}
	if cmd.Message != nil {
		c.message = cmd.Message.Text
	}
	if cmd.History != nil {
		for _, one := range cmd.History.Said {
			c.before = append(c.before, string(one.Role)+": "+one.Message.Text)
		}
	}
	return c
}

// fakeBot tells every call and answers what it was told to.
type fakeBot struct {
	calls   chan call
	answer  func(call) error // nil: success
	wait    func(context.Context)
	address string
	mu      sync.Mutex
	// deafToNotes: people's notes are not for it.
	deafToNotes bool
}

func newFakeBot() *fakeBot { return &fakeBot{calls: make(chan call, 1<<14)} }

func (b *fakeBot) Name() orchestrator.ConnectorName { return "shop" }

func (b *fakeBot) Manifest() orchestrator.Manifest { return orchestrator.Manifest{Kind: "fake"} }

func (b *fakeBot) Hears() bool { return true }

func (b *fakeBot) HearsNotes() bool { return !b.deafToNotes }

func (b *fakeBot) Address() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.address
}

func (b *fakeBot) Run(ctx context.Context, _ orchestrator.Sink) error { <-ctx.Done(); return nil }

func (b *fakeBot) Deliver(ctx context.Context, d *orchestrator.Delivery) error {
	c := callOf(d.Command)
	c.back = d.Handback
	for _, word := range d.Words {
		c.words = append(c.words, word.Message.Text)
	}
	b.mu.Lock()
	answer, wait := b.answer, b.wait
	b.mu.Unlock()
	var err error
	if answer != nil {
		err = answer(c)
	}
	if wait != nil {
		wait(ctx)
		err = ctx.Err()
	}
	b.calls <- c
	return err
}

// waits lets every call wait for something before it is answered.
func (b *fakeBot) waits(f func(context.Context)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wait = f
}

func (b *fakeBot) answers(f func(call) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.answer = f
}

// next is the next call that keeps to want; others before it are passed over.
func next(t *testing.T, calls <-chan call, want func(call) bool) call {
	t.Helper()
	for {
		select {
		case c := <-calls:
			if want(c) {
				return c
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the call never came")
		}
	}
}

// isMessage: something that a person or the customer said, not a text of the policy.
func isMessage(c call) bool { return c.message != "" && c.author != orchestrator.ActorSystem }

// fakeDesk is a vendor's desk: it does not read our timeline.
type fakeDesk struct {
	calls chan call
	mu    sync.Mutex
	fail  func(call) error
	ours  bool // its people read our timeline
	blind bool // it has no place for what was said before
	life  func() (orchestrator.Liveness, error)
}

func newFakeDesk() *fakeDesk { return &fakeDesk{calls: make(chan call, 1<<14)} }

func (d *fakeDesk) Name() orchestrator.ConnectorName { return "desk" }

func (d *fakeDesk) Manifest() orchestrator.Manifest {
	history := orchestrator.HistoryNote
	if d.blind {
		history = ""
	}
	return orchestrator.Manifest{
		Kind: "fake", ReadsTimeline: d.ours, Accept: true, TypingOut: true, TransferAgent: true, TransferQueue: true, Conference: true, Complete: true,
		Liveness: true, History: history,
	}
}

func (d *fakeDesk) Run(ctx context.Context, _ orchestrator.Sink) error { <-ctx.Done(); return nil }

func (d *fakeDesk) take(cmd *orchestrator.Command) error {
	c := callOf(cmd)
	d.mu.Lock()
	fail := d.fail
	d.mu.Unlock()
	var err error
	if fail != nil {
		err = fail(c)
	}
	d.calls <- c
	return err
}

func (d *fakeDesk) fails(f func(call) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fail = f
}

func (d *fakeDesk) Open(_ context.Context, cmd *orchestrator.Command) (string, error) {
	if d.ours { // it knows the conversation by our own id
		return "", d.take(cmd)
	}
	return "ref-" + string(cmd.Conversation), d.take(cmd)
}
func (d *fakeDesk) Send(_ context.Context, cmd *orchestrator.Command) error     { return d.take(cmd) }
func (d *fakeDesk) End(_ context.Context, cmd *orchestrator.Command) error      { return d.take(cmd) }
func (d *fakeDesk) Accept(_ context.Context, cmd *orchestrator.Command) error   { return d.take(cmd) }
func (d *fakeDesk) Transfer(_ context.Context, cmd *orchestrator.Command) error { return d.take(cmd) }
func (d *fakeDesk) Invite(_ context.Context, cmd *orchestrator.Command) error   { return d.take(cmd) }
func (d *fakeDesk) Leave(_ context.Context, cmd *orchestrator.Command) error    { return d.take(cmd) }
func (d *fakeDesk) Typing(_ context.Context, cmd *orchestrator.Command) error   { return d.take(cmd) }
func (d *fakeDesk) Complete(_ context.Context, cmd *orchestrator.Command) error { return d.take(cmd) }

func (d *fakeDesk) LastSeen(context.Context, *orchestrator.Conversation) (orchestrator.Liveness, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.life == nil {
		return orchestrator.Liveness{}, nil
	}
	return d.life()
}

func failure(outcome orchestrator.Outcome) error {
	return &orchestrator.ConnectorError{Connector: "shop", Op: "deliver", Outcome: outcome, Err: errors.New("planned")}
}
