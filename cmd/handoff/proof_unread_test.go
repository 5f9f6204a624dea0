package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
)

const (
	// unreadMemory is what connections of one customer's that are never read may add to a process.
	unreadMemory      = 64 << 20
	unreadConnections = 300
	// unreadWithin bounds how long such connections are kept.
	unreadWithin = 15 * time.Second
)

// unread is one customer whose conversation is as long as it can be, at a process of its own.
type unread struct {
	t         *testing.T
	node      *proofNode
	id, token string
}

// newUnread begins her conversation and says so many words of 32,000 bytes.
func newUnread(t *testing.T, words int, bounds string) *unread {
	t.Helper()
	node := startNode(t, writeConfig(t, fmt.Sprintf("listen: 127.0.0.1:0\nlog: {level: error}\n"+
		"bots: [{name: shop, tokens: [%s], web: true}]\nqueues: [{name: general}]\nflows: {default: {desk: house, queue: general}}\n%s",
		proofToken, bounds)), redistest.Start(t).URL())
	bot := newParties(t, node).bearer(proofToken)
	begun, err := bot.must(t.Context(), node, http.MethodPost, "/v1/conversations", "",
		map[string]any{"bot": "shop", "conversation_id": "c-1", "user": map[string]any{"id": "u-1"}})
	if err != nil {
		t.Fatal(err)
	}
	for i := range words {
		_, err := bot.must(t.Context(), node, http.MethodPost, "/v1/bots/shop/events", "", map[string]any{
			"id": fmt.Sprint("evt_", i), "type": "message.created", "conversation_id": "c-1", "timestamp": orchestrator.MomentOf(proofClock.Now()).String(),
			"data": map[string]any{"author": map[string]any{"role": "user"},
				"message": map[string]any{"id": fmt.Sprint("m-", i), "text": strings.Repeat("\U0001F600", 8000)}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return &unread{t: t, node: node, id: begun.said.ID, token: begun.said.Token}
}

// grows opens connections, sends the same on each, reads from none, and answers by how much the process has grown at most when
// all that can be answered is.
func (u *unread) grows(connections int, request string, over func() bool) int64 {
	u.t.Helper()
	pid := u.node.cmd.Process.Pid
	before, err := residentMemory(pid)
	if err != nil {
		u.t.Fatal(err)
	}
	if err := forgetPeak(pid); err != nil {
		u.t.Fatal(err)
	}
	for range connections {
		conn, err := net.Dial("tcp", strings.TrimPrefix(u.node.url(), "http://"))
		if err != nil {
			u.t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.(*net.TCPConn).SetReadBuffer(4096); err != nil {
			u.t.Fatal(err)
		}
		if _, err := io.WriteString(conn, request); err != nil {
			u.t.Fatal(err)
		}
	}
	for until := time.Now().Add(unreadWithin); !over() && time.Now().Before(until); {
		<-time.After(50 * time.Millisecond)
	}
	peak, err := peakMemory(pid)
	if err != nil {
		u.t.Fatal(err)
	}
	return peak - before
}

var readsAnswered = regexp.MustCompile(`handoff_http_requests_total\{operation="readFeed",status="\d+"\} (\d+)`)

// answered is how many reads of a feed the process has answered, or has streams open for.
func (u *unread) answered() int {
	u.t.Helper()
	res, err := http.Get(u.node.url() + "/metrics")
	if err != nil {
		u.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		u.t.Fatal(err)
	}
	total := 0
	for _, found := range readsAnswered.FindAllSubmatch(text, -1) {
		n, err := strconv.Atoi(string(found[1]))
		if err != nil {
			u.t.Fatal(err)
		}
		total += n
	}
	return total
}

func (u *unread) feed(accept string) string {
	return "GET /v1/conversations/" + u.id + "/events HTTP/1.1\r\nHost: x\r\nAccept: " + accept + "\r\nAuthorization: Bearer " + u.token + "\r\n\r\n"
}

// TestProofConnectionsThatAreNeverReadTakeLittleMemory: one customer opens 300 polls, 300 streams, and sends 300 bodies that never
// arrive.
func TestProofConnectionsThatAreNeverReadTakeLittleMemory(t *testing.T) {
	u := newUnread(t, 32, "")
	for _, c := range []struct {
		name, request string
		answered      int // at least
	}{
		{"polls", u.feed("application/json"), unreadConnections},
		{"streams", u.feed("text/event-stream"), unreadConnections - 4},
		{"bodies", "POST /v1/conversations/" + u.id + "/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer " +
			u.token + "\r\nContent-Length: 262144\r\n\r\n{", 0},
	} {
		before, began := u.answered(), time.Now()
		growth := u.grows(unreadConnections, c.request, func() bool {
			return u.answered()-before >= c.answered && (c.answered > 0 || time.Since(began) > 2*time.Second)
		})
		t.Logf("%d unread %s: the process grows by %.1f MiB", unreadConnections, c.name, float64(growth)/(1<<20))
		if growth > unreadMemory {
			t.Errorf("%d unread %s: the process grows by %d MiB, want at most %d", unreadConnections, c.name, growth>>20, unreadMemory>>20)
		}
	}
}

// TestProofSeesMemoryWhereNothingIsBounded: without the bounds a tenth of the polls take more than all may.
func TestProofSeesMemoryWhereNothingIsBounded(t *testing.T) {
	u := newUnread(t, 262, "bounds: {timeline_bytes: 67108864, answer_bytes: 68719476736, customer_streams: 10000}\n"+
		"rate_limits: {customer: {per_second: 1000000, burst: 1000000}}\n")
	growth := u.grows(unreadConnections/10, u.feed("application/json"), func() bool {
		peak, err := peakMemory(u.node.cmd.Process.Pid)
		return err == nil && peak > 4*unreadMemory
	})
	t.Logf("%d unread polls without bounds: the process grows by %d MiB", unreadConnections/10, growth>>20)
	if growth <= unreadMemory {
		t.Errorf("%d unread polls without bounds: the process grows by %d MiB only", unreadConnections/10, growth>>20)
	}
}
