package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator/redisstore/redistest"
)

// goneTimeout bounds the test of a callback that is gone.
const goneTimeout = 90 * time.Second

// leaving is a receiver that answers 410 at the addresses that it has left.
type leaving struct {
	mu    sync.Mutex
	left  map[string]bool
	calls []leavingCall
}

// leavingCall is one callback.
type leavingCall struct {
	path, id, kind, text string
	gone                 bool
}

// ServeHTTP takes one callback.
func (l *leaving) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCallback))
	if err != nil {
		return // the caller was killed in the middle of it
	}
	var ev sim.Event
	if err := json.Unmarshal(body, &ev); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	gone := l.left[r.URL.Path]
	l.calls = append(l.calls, leavingCall{r.URL.Path, r.Header.Get(webhooks.HeaderWebhookID), ev.Type, ev.Text(), gone})
	if gone {
		w.WriteHeader(http.StatusGone)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// leaves lets an address answer 410, or be there again.
func (l *leaving) leaves(path string, gone bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left[path] = gone
}

func (l *leaving) came() []leavingCall {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.calls)
}

// goneCallback is the test: two processes on one Redis, a supervisor, and a customer on our own channel.
type goneCallback struct {
	t        *testing.T
	ctx      context.Context
	receiver *leaving
	nodes    []*proofNode
	sam      *caller
	customer *caller
	id       string
}

// TestCallbackThatIsGoneIsSaidEverywhereAndStartedAgain: 410 stops the callback in both processes and is shown by the interface and
// on the page, also after a restart; a retry starts it again, and so does another address.
func TestCallbackThatIsGoneIsSaidEverywhereAndStartedAgain(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), goneTimeout)
	defer cancel()
	g := &goneCallback{t: t, ctx: ctx, receiver: &leaving{left: map[string]bool{"/old": true}}}
	callback := httptest.NewServer(g.receiver)
	t.Cleanup(callback.Close)
	server := redistest.Start(t)
	config := proofConfig(t, callback.URL+"/old")
	g.nodes = []*proofNode{startNode(t, config, server.URL()), startNode(t, config, server.URL())}
	parties := newParties(t, g.nodes...)
	g.sam = parties.person("sam")
	var err error
	if g.id, g.customer, err = parties.begin(ctx, g.nodes[0], parties.bearer(proofToken), "g-1"); err != nil {
		t.Fatal(err)
	}

	start := g.isUndelivered(g.nodes[0], "conversation.started")
	g.isStopped(true)
	g.says(g.nodes[1], "in the other process")
	g.isUndelivered(g.nodes[1], "send")
	g.restart(0, config)
	g.isStopped(true)
	g.says(g.nodes[0], "after a restart")
	g.areUndelivered(g.nodes[0], "send", 2)
	calls := g.receiver.came()
	if len(calls) != 1 || calls[0].kind != "conversation.started" {
		t.Errorf("a callback that is gone was called %+v", calls)
	}

	g.receiver.leaves("/old", false)
	g.does(g.nodes[1], "/v1/undelivered/"+g.id+"/"+string(start.ID)+"/retry", struct{}{})
	again := g.comes("/old", "conversation.started", "")
	if again.id == "" || again.id != calls[0].id {
		t.Errorf("it came again as %+v, first as %+v", again, calls[0])
	}
	g.isStopped(false)
	g.does(g.nodes[0], "/v1/undelivered/retry", map[string]any{"connector": demoBot})
	g.says(g.nodes[0], "all is well")
	for _, text := range []string{"in the other process", "after a restart", "all is well"} {
		g.comes("/old", "message.created", text)
	}
	g.areUndelivered(g.nodes[0], "", 0)

	g.receiver.leaves("/old", true)
	g.says(g.nodes[0], "to the old address")
	moved := g.isUndelivered(g.nodes[0], "send")
	g.isStopped(true)
	before, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	moves := writeConfig(t, strings.ReplaceAll(string(before), callback.URL+"/old", callback.URL+"/new")) // the same people
	for n := range g.nodes {
		g.restart(n, moves)
	}
	g.isStopped(false)
	g.does(g.nodes[1], "/v1/undelivered/"+g.id+"/"+string(moved.ID)+"/retry", struct{}{})
	g.comes("/new", "message.created", "to the old address")
	g.says(g.nodes[0], "to the new address")
	g.comes("/new", "message.created", "to the new address")
}

// restart kills a process and starts it with a configuration.
func (g *goneCallback) restart(n int, config string) {
	g.t.Helper()
	if err := g.nodes[n].kill(); err != nil {
		g.t.Fatal(err)
	}
	g.nodes[n].config = config
	if err := g.nodes[n].start(); err != nil {
		g.t.Fatal(err)
	}
}

func (g *goneCallback) does(at *proofNode, path string, body any) {
	g.t.Helper()
	if _, err := g.sam.must(g.ctx, at, http.MethodPost, path, "", body); err != nil {
		g.t.Fatal(err)
	}
}

func (g *goneCallback) says(at *proofNode, text string) {
	g.t.Helper()
	_, err := g.customer.must(g.ctx, at, http.MethodPost, "/v1/conversations/"+g.id+"/messages", "", map[string]any{"text": text})
	if err != nil {
		g.t.Fatal(err)
	}
}

// at is the supervisor at one of the processes.
func (g *goneCallback) at(node *proofNode) *client {
	c := g.sam.client
	c.base = node.url()
	return &c
}

// isStopped looks whether both processes say so of the callback, in the list of connectors and on the page.
func (g *goneCallback) isStopped(want bool) {
	g.t.Helper()
	for n, node := range g.nodes {
		if h := healthOf(g.t, g.ctx, g.at(node)); strings.Contains(h.Stopped, "410 Gone") != want {
			g.t.Errorf("process %d shows the health %+v", n, h)
		}
		res, err := g.at(node).send(g.ctx, http.MethodGet, "/board/undelivered", nil, "text/html")
		if err != nil {
			g.t.Fatal(err)
		}
		page, err := io.ReadAll(res.Body)
		if err := res.Body.Close(); err != nil {
			g.t.Fatal(err)
		}
		said := fmt.Sprintf("Callbacks to <b>%s</b> are stopped", demoBot)
		if err != nil || res.StatusCode != http.StatusOK || strings.Contains(string(page), said) != want {
			g.t.Errorf("the page at process %d: %v, %d\n%s", n, err, res.StatusCode, page)
		}
	}
}

// isUndelivered waits for a command of a type, or of a notice of that type, on the list.
func (g *goneCallback) isUndelivered(at *proofNode, kind string) undeliveredItem {
	g.t.Helper()
	return g.areUndelivered(at, kind, 1)[0]
}

// areUndelivered waits until the list has so many of a type; of none: until it is so long.
func (g *goneCallback) areUndelivered(at *proofNode, kind string, want int) []undeliveredItem {
	g.t.Helper()
	for {
		items := undeliveredAt(g.t, g.ctx, g.at(at))
		found := slices.DeleteFunc(slices.Clone(items), func(i undeliveredItem) bool {
			return kind != "" && i.Type != kind && i.Notice != kind
		})
		if len(found) == want {
			return found
		}
		if g.ctx.Err() != nil {
			g.t.Fatalf("want %d of %q undelivered, have %+v", want, kind, items)
		}
	}
}

// comes waits until a callback was taken at an address.
func (g *goneCallback) comes(path, kind, text string) leavingCall {
	g.t.Helper()
	for g.ctx.Err() == nil {
		calls := g.receiver.came()
		taken := slices.IndexFunc(calls, func(c leavingCall) bool {
			return c.path == path && c.kind == kind && c.text == text && !c.gone
		})
		if taken >= 0 {
			return calls[taken]
		}
	}
	g.t.Fatalf("%s %q never came to %s: %+v", kind, text, path, g.receiver.came())
	return leavingCall{}
}
