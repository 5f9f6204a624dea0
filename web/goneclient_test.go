package web

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"handoff/connectors/desks/house"
	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// attempt gives a request to the handler, so that the test holds the context which net/http ends when a client goes.
func (c *caller) attempt(ctx context.Context, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	c.r.server.Handler().ServeHTTP(w, c.request(ctx, "GET", path, nil))
	return w
}

// countedAsGone fails unless one request of an operation was counted as given up by its client, and nothing was logged
// or counted as a failure of ours.
func (r *rig) countedAsGone(t *testing.T, operation string) {
	t.Helper()
	counters := string(r.anybody().get("/metrics").want(t, 200).body)
	if !strings.Contains(counters, `handoff_http_requests_total{operation="`+operation+`",status="499"} 1`) {
		t.Errorf("%s is not counted as given up:\n%s", operation, counters)
	}
	if strings.Contains(counters, `status="5`) {
		t.Errorf("a client that went away is counted as a failure:\n%s", counters)
	}
	for line := range strings.Lines(r.log.String()) {
		if strings.Contains(line, `"level":"ERROR"`) || strings.Contains(line, `"level":"WARN"`) {
			t.Errorf("a client that went away is logged as a failure: %s", line)
		}
	}
}

func TestClientThatLeavesALongPollIsNoFailure(t *testing.T) {
	r := newRig(t)
	id, ann, _ := r.begin()
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan *httptest.ResponseRecorder, 1)
	go func() { ended <- ann.attempt(ctx, "/v1/conversations/"+id+"/events?after=1&wait=25") }()
	if !r.clock.armed(25*time.Second, 1) {
		t.Fatal("the poll does not wait")
	}
	leave()
	<-ended
	r.countedAsGone(t, "readFeed")
}

func TestClientThatLeavesWhileTheStoreIsAskedIsNoFailure(t *testing.T) {
	r := newRig(t)
	id, ann, _ := r.begin()
	gone, leave := context.WithCancel(t.Context())
	leave()
	for _, operation := range []struct{ name, path string }{{"readFeed", "/events"}, {"getConversation", ""}} {
		ann.attempt(gone, "/v1/conversations/"+id+operation.path)
		r.countedAsGone(t, operation.name)
	}
}

func TestClientThatLeavesAStreamIsNoFailure(t *testing.T) {
	r := newRig(t)
	id, ann, _ := r.begin()
	stream := ann.listen("/v1/conversations/" + id + "/events")
	if _, ok := stream.until(wire.Started); !ok {
		t.Fatal("the stream tells nothing")
	}
	stream.close()
	r.stop()
	if text := r.log.String(); strings.Contains(text, `"level":"ERROR"`) || strings.Contains(text, `"level":"WARN"`) {
		t.Errorf("a client that went away is logged as a failure:\n%s", text)
	}
}

// stuckDesk is a house desk whose floor cannot be read in time.
type stuckDesk struct{ *house.Desk }

func (d *stuckDesk) Floor(ctx context.Context) (*orchestrator.Floor, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestRequestThatTakesTooLongIsToldToTryAgain(t *testing.T) {
	r := newRig(t, func(o *Options) {
		o.Desks["house"] = &stuckDesk{o.Desks["house"].(*house.Desk)}
		o.timeouts = standardTimeouts
		o.timeouts.request = time.Second
	})
	a := r.person("sue").get("/v1/agents").problem(t, 503, orchestrator.CodeUnavailable)
	if a.text("detail") != "what is needed for this took too long" || a.header.Get("Retry-After") != "1" {
		t.Errorf("answered %s, Retry-After %q", a.body, a.header.Get("Retry-After"))
	}
	if !strings.Contains(r.log.String(), `"msg":"request failed"`) {
		t.Error("what took too long is not logged")
	}
}
