package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"handoff/connectors/bots/native"
	"handoff/connectors/desks/house"
	"handoff/flows"
	"handoff/orchestrator"
	"handoff/orchestrator/redisstore"
)

// What the rig is configured with.
const (
	shopKey    = "shop-key-0123456789abcdef"
	otherKey   = "other-key-0123456789abcdef"
	shopSecret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	password   = "correct horse battery"
	shopOrigin = "https://shop.example"
)

const policyYAML = `
desk: house
queue: general
wrap_up: {required: true, dispositions: [solved, follow_up]}
limits: {handoffs: 3, cool_down: 1s}
`

// cheap is a password cost that tests can afford.
var cheap = Cost{Memory: 64, Time: 1, Threads: 1}

// cheapHash is made once: all users of the rig share it.
var cheapHash = sync.OnceValue(func() string {
	hash, err := HashPassword(password, cheap)
	if err != nil {
		panic(err)
	}
	return hash
})

// rig is a whole process around the interface: the embedded store, the real flow, bot and desk, on a clock that stands.
type rig struct {
	t      testing.TB
	clock  *spyClock
	store  *redisstore.Store
	engine *orchestrator.Engine
	desk   *house.Desk
	server *Server
	url    string
	log    *syncBuffer
	closed bool   // the test closed the store
	stop   func() // ends the listener as a signal would; answers when Serve has returned
	pause  func() // ends what works on its own, lanes and desks: from then on only requests write
}

type setting func(*Options)

func testUsers() []User {
	queues := []orchestrator.QueueName{"general", "billing"}
	return []User{
		{Name: "anna", DisplayName: "Anna", Role: RoleAgent, PasswordHash: cheapHash(), Queues: queues, Capacity: 3},
		{Name: "ben", DisplayName: "Ben", Role: RoleAgent, PasswordHash: cheapHash(), Queues: queues[:1], Capacity: 3},
		{Name: "cleo", DisplayName: "Cleo", Role: RoleAgent, PasswordHash: cheapHash(), Queues: queues[1:],
			Capacity: 1},
		{Name: "sue", DisplayName: "Sue", Role: RoleSupervisor, PasswordHash: cheapHash(), Queues: queues, Capacity: 3},
	}
}

func newRig(tb testing.TB, settings ...setting) *rig {
	tb.Helper()
	return newRigOn(tb, redisstore.OpenEmbedded, "", settings...)
}

// newRigOn is newRig on a store that is opened in this way, at this address.
func newRigOn(tb testing.TB, open func(context.Context, redisstore.Options) (*redisstore.Store, error), url string,
	settings ...setting) *rig {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &rig{t: tb, clock: newSpyClock(time.Date(2026, 11, 21, 20, 15, 0, 0, time.UTC)), log: &syncBuffer{}}
	log := slog.New(slog.NewJSONHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	r.store = must(open(ctx, redisstore.Options{URL: url, Clock: r.clock, Log: log, Partitions: 4}))
	bots := map[orchestrator.ConnectorName]orchestrator.Bot{
		"shop": must(native.Config{Name: "shop", Tokens: []string{shopKey},
			Secrets: []string{shopSecret}}.Open(r.clock)),
		"other": must(native.Config{Name: "other", Tokens: []string{otherKey},
			Secrets: []string{"whsec_YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODk="}}.Open(r.clock)),
	}
	r.desk = must(house.Config{Name: "house"}.Open(r.store, r.clock, log))
	flow := testFlow("default", r.desk)
	ready := &readyChanges{Changes: r.store, ready: make(chan struct{})}
	hub := orchestrator.NewHub(ready)
	metrics := NewMetrics()
	desks := map[orchestrator.ConnectorName]orchestrator.Desk{"house": r.desk}
	r.engine = orchestrator.NewEngine(orchestrator.Options{
		Store: r.store, Flows: map[string]orchestrator.Flow{"default": flow}, Bots: bots, Desks: desks, Hub: hub,
		Clock: r.clock, Log: log,
		BotFlow: map[orchestrator.ConnectorName]string{"shop": "default", "other": "default"}, Metrics: metrics,
		Node: "node-1",
	})
	o := Options{
		Engine: r.engine, Bots: bots, Desks: desks, Flows: map[string]orchestrator.Flow{"default": flow},
		Users:   testUsers(),
		Widgets: map[orchestrator.ConnectorName]Widget{"shop": {Origins: []string{shopOrigin}, Flow: "default"}},
		Queues:  []Queue{{Name: "general", Desk: "house"}, {Name: "billing", Desk: "house", Priority: 6}},
		Clock:   r.clock, Log: log, Node: "node-1", Metrics: metrics, Store: "embedded", Embedded: true,
		Version: "test",
		Checks:  []Check{{Name: "redis", Do: r.store.Ready}}, InsecureCookies: true,
	}
	o.Eraser = orchestrator.NewEraser(r.engine, nil)
	for _, set := range settings {
		set(&o)
	}
	r.server = must(New(o))

	var running, working sync.WaitGroup
	running.Go(func() { _ = hub.Run(ctx) })
	<-ready.ready
	work, rest := context.WithCancel(ctx)
	working.Go(func() { _ = r.engine.Dispatcher().Run(work) })
	working.Go(func() { _ = r.desk.Run(work, r.engine) })
	r.pause = func() {
		rest()
		working.Wait()
	}
	r.listen(ctx)
	tb.Cleanup(func() {
		r.stop()
		r.pause()
		cancel()
		running.Wait()
		if strings.Contains(r.log.String(), errPanic.Error()) {
			tb.Errorf("a handler panicked:\n%s", r.log)
		}
		if r.closed {
			return
		}
		if err := r.store.Close(); err != nil {
			tb.Errorf("closing the store: %v", err)
		}
	})
	return r
}

// listen serves on a port of its own.
func (r *rig) listen(ctx context.Context) {
	r.t.Helper()
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	r.url = "http://" + listener.Addr().String()
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- r.server.Serve(ctx, listener) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil && !errors.Is(err, http.ErrServerClosed) {
			r.t.Errorf("serving: %v", err)
		}
	})
}

func testFlow(name string, desk *house.Desk) *flows.Flow { return flowOf(name, policyYAML, desk) }

// flowOf is the rig's flow under a policy.
func flowOf(name, yaml string, desk *house.Desk) *flows.Flow {
	policy := must(flows.ParsePolicyYAML("flows."+name, []byte(yaml)))
	agents := map[orchestrator.AgentID]orchestrator.Agent{}
	for _, u := range testUsers() {
		agents[u.ID()] = u.Agent()
	}
	return must(flows.New(name, policy, flows.World{
		Desks:  map[orchestrator.ConnectorName]orchestrator.Manifest{"house": desk.Manifest()},
		Bots:   map[orchestrator.ConnectorName]bool{"shop": false, "other": false},
		Queues: map[orchestrator.QueueName]flows.QueueInfo{"general": {Desk: "house"}, "billing": {Desk: "house"}},
		Agents: agents, Skills: []string{"returns"},
	}))
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// readyChanges tells when the hub has subscribed.
type readyChanges struct {
	orchestrator.Changes
	ready chan struct{}
}

func (r *readyChanges) Subscribe(ctx context.Context) (<-chan orchestrator.Change, error) {
	changes, err := r.Changes.Subscribe(ctx)
	close(r.ready)
	return changes, err
}

// syncBuffer is a log that can be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
