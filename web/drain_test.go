package web

import (
	"bufio"
	"io"
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

// TestHalfSentRequestsDoNotKeepTheServerFromStopping: clients that stop in the middle, wherever they are.
func TestHalfSentRequestsDoNotKeepTheServerFromStopping(t *testing.T) {
	r := newRig(t, func(o *Options) { o.DrainTimeout = 100 * time.Millisecond })
	const length = "Host: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"
	for _, half := range []struct{ sent, heard string }{
		{"POST /v1/login HTTP/1.1\r\n" + length, "100 Continue"},
		{"POST /v1/bots/shop/events HTTP/1.1\r\n" + length, "100 Continue"},
		{"POST /login HTTP/1.1\r\n" + length, "100 Continue"},
		{"POST /v1/bots/shop/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n", "100 Continue"},
		{"POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{", ""}, // the rest is waited for before the answer
	} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, half.sent); err != nil {
			t.Fatal(err)
		}
		if half.heard == "" {
			continue
		}
		if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, half.heard) {
			t.Fatalf("%q is answered %q, %v", half.sent, line, err)
		}
	}
	r.stop() // an error of Serve fails the test
	if !strings.Contains(r.log.String(), "requests that had not ended were cut off") {
		t.Error("nothing is said of those that were cut off")
	}
}
