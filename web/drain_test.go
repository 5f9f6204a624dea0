package web

import (
	"net"
	"strings"
	"testing"
	"time"

	"handoff/orchestrator/wire"
)

func TestStoppingServerRefusesWritesAndEndsFeeds(t *testing.T) {
	r := newRig(t, func(o *Options) { o.DrainDelay = 5 * time.Second })
	id, ann, _ := r.begin()
	stream := ann.listen("/v1/conversations/" + id + "/events")
	stream.until(wire.Started)
	changes := r.person("sue").listen("/v1/changes")
	polled := make(chan *answer, 1)
	go func() { polled <- ann.get("/v1/conversations/" + id + "/events?after=1&wait=25") }()
	if !r.clock.armed(MaxWait, 1) {
		t.Fatal("the poll does not wait")
	}
	stopped := make(chan struct{})
	go func() { r.stop(); close(stopped) }()
	if !r.clock.armed(5*time.Second, 1) {
		t.Fatal("the server does not wait before it closes")
	}
	if a := <-polled; string(a.body) != `{"events":[],"next":1}` {
		t.Errorf("the poll is answered %s", a.body)
	}
	for _, s := range []*sse{stream, changes} {
		for {
			if _, ok := s.next(); !ok {
				break
			}
		}
	}
	a := ann.post("/v1/conversations/"+id+"/messages", map[string]any{"text": "late"}).problem(t, 503, codeShuttingDown)
	if a.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	if a := r.anybody().get("/readyz").want(t, 503); a.text("status") != "draining" {
		t.Errorf("/readyz: %s", a.body)
	}
	r.anybody().get("/healthz").want(t, 200)
	ann.get("/v1/conversations/"+id).want(t, 200)
	r.clock.Advance(5 * time.Second)
	<-stopped
	if conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://")); err == nil {
		conn.Close()
		t.Error("the stopped server still listens")
	}
}
