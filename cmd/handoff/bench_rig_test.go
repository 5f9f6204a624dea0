package main

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"handoff/connectors/bots/native/sim"
	"handoff/flows"
	"handoff/orchestrator"
	"handoff/orchestrator/redisstore"
	"handoff/orchestrator/redisstore/redistest"
	"handoff/web"
)

const (
	benchSecret = "whsec_YmVuY2gtb25seS1iZW5jaC1vbmx5LWJlbmNoLW9ubHk="
	benchToken  = "bench-only-bot-key"
	heardSecret = "whsec_aGVhcmQtb25seS1oZWFyZC1vbmx5LWhlYXJkLW9ubHk="
	heardToken  = "heard-only-bot-key"
)

// benchRig is one redis-server with, on it, an engine in this process and a whole service in another.
type benchRig struct {
	server   *redistest.Server
	store    *redisstore.Store
	flow     *flows.Flow
	engine   *orchestrator.Engine
	service  string // the URL of the process
	platform *sim.Platform
	ids      atomic.Int64
	hotTurns atomic.Int64
}

func newBenchRig(b *testing.B) *benchRig {
	b.Helper()
	r := &benchRig{server: redistest.Start(b)}
	r.store, r.flow, r.engine = benchEngine(b, r.server, "")
	platform, err := sim.New(sim.Options{Secrets: []string{heardSecret}, Clock: orchestrator.SystemClock{}})
	if err != nil {
		b.Fatal(err)
	}
	r.platform = platform
	callback := httptest.NewServer(platform)
	b.Cleanup(func() { callback.Close(); platform.Close() })
	r.service = benchService(b, r.server, callback.URL)
	return r
}

// benchEngine is an engine with the default policy and a bot that does not hear, on a store of its own.
func benchEngine(b *testing.B, server *redistest.Server, prefix string) (*redisstore.Store, *flows.Flow, *orchestrator.Engine) {
	b.Helper()
	log := slog.New(slog.DiscardHandler)
	store, err := redisstore.Open(b.Context(), redisstore.Options{URL: server.URL(), Log: log, Prefix: prefix})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	policy, err := flows.ParsePolicy("flows.default", map[string]any{"desk": "house", "queue": "general"})
	if err != nil {
		b.Fatal(err)
	}
	flow, err := flows.New("default", policy, flows.World{
		Desks:  map[orchestrator.ConnectorName]orchestrator.Manifest{"house": {Kind: "house", ReadsTimeline: true, Accept: true}},
		Queues: map[orchestrator.QueueName]flows.QueueInfo{"general": {Desk: "house"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	hub := orchestrator.NewHub(store)
	engine := orchestrator.NewEngine(orchestrator.Options{
		Store: store, Flows: map[string]orchestrator.Flow{"default": flow}, Hub: hub, Node: "bench", Log: log,
		BotFlow: map[orchestrator.ConnectorName]string{"bench": "default"}, Clock: orchestrator.SystemClock{},
		TimelineBytes: 1 << 40, // all writers share one conversation
	})
	return store, flow, engine
}

// benchService starts a service on a server.
func benchService(b *testing.B, server *redistest.Server, callback string) string {
	b.Helper()
	url, _ := benchServe(b, benchConfig(b, server.URL(), callback))
	return url
}

// benchServe starts "handoff serve" as a process and waits until it is ready.
func benchServe(b *testing.B, text string) (url string, pid int) {
	b.Helper()
	dir := b.TempDir()
	config := filepath.Join(dir, "handoff.yaml")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	binary := filepath.Join(dir, "handoff")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		b.Fatalf("building the program: %v\n%s", err, out)
	}
	serve := exec.Command(binary, "serve", "--config", config)
	serve.Stderr = os.Stderr
	stdout, err := serve.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = serve.Process.Signal(syscall.SIGTERM)
		_ = serve.Wait()
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		if found := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(lines.Text()); found != "" {
			go func() { _, _ = io.Copy(io.Discard, stdout) }()
			return found, serve.Process.Pid
		}
	}
	b.Fatal("the service ended before it said where it listens")
	return "", 0
}

func benchConfig(b *testing.B, redis, callback string) string {
	b.Helper()
	hash, err := web.HashPassword("bench", web.Cost{Memory: 64, Time: 1, Threads: 1})
	if err != nil {
		b.Fatal(err)
	}
	return fmt.Sprintf(`
listen: 127.0.0.1:0
redis: {url: %q}
cookies: {insecure: true}
log: {level: error}
bots:
  - {name: bench, flow: default, secrets: [%q], tokens: [%q], web: true}
  - {name: heard, flow: default, secrets: [%q], tokens: [%q], callback: %q, allow_private_callback: true, web: true}
users:
  - {name: anna, role: agent, queues: [general], capacity: 100, password_hash: %q}
queues: [{name: general}]
desks: [{name: house}]
flows: {default: {desk: house, queue: general, wrap_up: {required: false}}}
rate_limits:
  bot: {per_second: 1000000, burst: 1000000}
  start: {per_second: 1000000, burst: 1000000}
  customer: {per_second: 1000000, burst: 1000000}
  user: {per_second: 1000000, burst: 1000000}
`+roomyBounds, redis, benchSecret, benchToken, heardSecret, heardToken, callback, hash)
}

// message is one word of a customer on the bot's own channel: stored, and nobody needs to be told.
func (r *benchRig) message(id orchestrator.ConversationID) orchestrator.Event {
	n := fmt.Sprintf("evt_01JD0QXK6V3W5Z8Y7T2R%08d", r.ids.Add(1))
	return orchestrator.Event{
		ID: orchestrator.EventID(n), Type: orchestrator.EventMessage, Conversation: id,
		Actor:   orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u-1234"},
		Message: &orchestrator.Message{ID: n, Text: benchText},
	}
}

var benchText = strings.Repeat("words and ", 10)

// begin makes a conversation in the engine's own installation.
func (r *benchRig) begin(b *testing.B, engine *orchestrator.Engine, external string) *orchestrator.Conversation {
	b.Helper()
	ev := r.message("")
	ev.Bot, ev.External = "bench", external
	receipt, err := engine.Receive(b.Context(), ev)
	if err != nil {
		b.Fatal(err)
	}
	return receipt.Conversation
}

// commitOf is the commit that one more message makes.
func (r *benchRig) commitOf(b *testing.B, flow *flows.Flow, c *orchestrator.Conversation) *orchestrator.Commit {
	b.Helper()
	ev := r.message(c.ID)
	now := orchestrator.MomentOf(orchestrator.SystemClock{}.Now())
	decision, err := flow.Decide(c, &ev, now)
	if err != nil {
		b.Fatal(err)
	}
	return &orchestrator.Commit{
		Want: c.Version, Next: decision.Next, From: c.State, Event: ev.ID, Entries: decision.Entries, Commands: decision.Commands,
		Now: now, Node: "bench", Lease: time.Minute,
	}
}
