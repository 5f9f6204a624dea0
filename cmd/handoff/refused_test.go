package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/bots/native/sim"
)

// refusedStatuses are what gateways, proxies and deployments answer in place of a bot. 410 is the bot's own word and ends it.
var refusedStatuses = []int{
	300, 301, 302, 400, 401, 403, 404, 408, 409, 418, 429, 500, 501, 502, 503, 504,
}

// refusesOnce answers each event with a status when it comes first, and lets the platform take it when it comes again.
type refusesOnce struct {
	status   int
	platform *sim.Platform
	mu       sync.Mutex
	calls    []sim.Call // all, with id, body and status only
	seen     map[string]bool
}

// ServeHTTP takes one callback.
func (r *refusesOnce) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxCallback))
	if err != nil {
		return // the caller went away
	}
	if id := req.Header.Get(webhooks.HeaderWebhookID); r.refuses(id, body) {
		w.WriteHeader(r.status)
		return
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	r.platform.ServeHTTP(w, req)
}

func (r *refusesOnce) refuses(id string, body []byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	first, status := !r.seen[id], http.StatusNoContent
	if first {
		status = r.status
	}
	r.seen[id] = true
	r.calls = append(r.calls, sim.Call{ID: id, Body: body, Status: status})
	return first
}

// check looks at the order of all calls: each event was refused once and taken at the next call, under its id and as it was.
func (r *refusesOnce) check(t *testing.T) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.calls) != 2*len(storyOfCallbacks) {
		t.Fatalf("%d calls came, want %d", len(r.calls), 2*len(storyOfCallbacks))
	}
	for i := 0; i < len(r.calls); i += 2 {
		first, again := r.calls[i], r.calls[i+1]
		if first.Status != r.status || again.Status != http.StatusNoContent || first.ID != again.ID || first.ID == "" ||
			!bytes.Equal(first.Body, again.Body) {
			t.Errorf("calls %d and %d are no refusal and its repetition:\n%d %s %s\n%d %s %s", i, i+1,
				first.Status, first.ID, first.Body, again.Status, again.ID, again.Body)
		}
	}
}

// TestWhatIsRefusedOnceIsDelivered: a word and each event of a conversation's life, refused once with each of the statuses, come
// again under their ids and in order.
func TestWhatIsRefusedOnceIsDelivered(t *testing.T) {
	for _, status := range refusedStatuses {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			clock := newPacedClock(t, time.Now())
			platform, err := sim.New(sim.Options{Clock: clock, Secrets: []string{refusedSecret}})
			if err != nil {
				t.Fatal(err)
			}
			receiver := &refusesOnce{status: status, platform: platform, seen: map[string]bool{}}
			callback := httptest.NewServer(receiver)
			t.Cleanup(func() { platform.Close(); callback.Close() })
			r := newRefused(t, callback.URL+"/callback", clock)
			r.tells()
			for told := range storyOfCallbacks {
				clock.restsOut()
				if err := platform.Wait(r.ctx, func(calls []sim.Call) bool { return len(calls) > told }); err != nil {
					t.Fatal(err)
				}
			}
			receiver.check(t)
			var told []string
			for _, call := range platform.Heard() {
				told = append(told, call.Event.Type)
			}
			if diff := cmp.Diff(storyOfCallbacks, told); diff != "" {
				t.Errorf("what the bot was told (-want +got):\n%s", diff)
			}
			r.undelivered(0)
			r.botIsUp()
		})
	}
}
