package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore"
	"handoff/web"
)

// contenders are the ways from nothing to everything around the commit script.
func (r *benchRig) contenders() []*contender {
	var all []*contender
	for _, workers := range []int{1, 16, 64} {
		all = append(all, r.bare(workers), r.received(workers), r.posted(workers))
	}
	return append(all, r.batched(64), r.hot(64))
}

// benchBatch is how many events one request brings.
const benchBatch = 20

// batched is the whole way with many events in each request: of as many conversations, as a bot with many customers sends them.
func (r *benchRig) batched(workers int) *contender {
	clients := make([]*benchPoster, workers)
	c := &contender{name: "HTTP: signed batches of 20 events to committed", workers: workers, target: 1.2, each: benchBatch}
	c.prepare = func(b *testing.B) {
		for i := range clients {
			clients[i] = newBenchPoster(b, r.service, fmt.Sprintf("batch-%d-%d", workers, i))
		}
	}
	c.do = func(_ context.Context, worker int) error {
		return clients[worker].postBatch(r.ids.Add(benchBatch), benchBatch)
	}
	return c
}

// bare is the reference.
func (r *benchRig) bare(workers int) *contender {
	ready := make([][]*redisstore.Bare, workers)
	c := &contender{name: "bare EVALSHA of the commit script", workers: workers}
	c.prepare = func(b *testing.B) {
		for i := range benchChats {
			chat := r.begin(b, r.engine, fmt.Sprintf("bare-%d-%d", workers, i))
			again, err := r.store.Bare(r.commitOf(b, r.flow, chat))
			if err != nil {
				b.Fatal(err)
			}
			ready[i%workers] = append(ready[i%workers], again)
		}
	}
	turns := make([]int, workers)
	c.do = func(ctx context.Context, worker int) error {
		mine := ready[worker]
		turns[worker]++
		return mine[turns[worker]%len(mine)].Commit(ctx)
	}
	return c
}

// received is the engine: load, decide, commit.
func (r *benchRig) received(workers int) *contender {
	ids := make([][]orchestrator.ConversationID, workers)
	c := &contender{name: "engine: load, decide, commit", workers: workers}
	if workers == 64 {
		c.target = 0.8
	}
	c.prepare = func(b *testing.B) {
		for i := range benchChats {
			chat := r.begin(b, r.engine, fmt.Sprintf("engine-%d-%d", workers, i))
			ids[i%workers] = append(ids[i%workers], chat.ID)
		}
	}
	turns := make([]int, workers)
	c.do = func(ctx context.Context, worker int) error {
		mine := ids[worker]
		turns[worker]++
		_, err := r.engine.Receive(ctx, r.message(mine[turns[worker]%len(mine)]))
		return err
	}
	return c
}

// hot is many writers on one conversation; long before its timeline is full the next one takes its place.
func (r *benchRig) hot(workers int) *contender {
	c := &contender{name: "engine, all on one conversation", workers: workers, target: 0.45}
	c.do = func(ctx context.Context, _ int) error {
		n := r.hotTurns.Add(1)
		ev := r.message("")
		ev.Bot, ev.External = "bench", fmt.Sprintf("hot-%d", n/(orchestrator.MaxTimeline/2))
		_, err := r.engine.Receive(ctx, ev)
		return err
	}
	return c
}

// posted is the whole way: a signed webhook over a kept connection, answered when it is committed.
func (r *benchRig) posted(workers int) *contender {
	clients := make([]*benchPoster, workers)
	c := &contender{name: "HTTP: signed webhook to committed", workers: workers}
	if workers == 64 {
		c.target = 0.65
	}
	c.prepare = func(b *testing.B) {
		for i := range clients {
			clients[i] = newBenchPoster(b, r.service, fmt.Sprintf("http-%d-%d", workers, i))
		}
	}
	c.do = func(_ context.Context, worker int) error { return clients[worker].post(r.ids.Add(1)) }
	return c
}

// benchPoster posts signed messages over one connection, without an HTTP client that would take the processor from the
// service that is measured.
type benchPoster struct {
	conn   net.Conn
	read   *bufio.Reader
	mac    hash.Hash
	prefix string // of the external ids
	host   string
	turn   int64
	body   []byte
	out    []byte
	sum    []byte
}

func newBenchPoster(b *testing.B, url, prefix string) *benchPoster {
	b.Helper()
	host := strings.TrimPrefix(url, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close() })
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(benchSecret, "whsec_"))
	if err != nil {
		b.Fatal(err)
	}
	return &benchPoster{conn: conn, read: bufio.NewReader(conn), mac: hmac.New(sha256.New, key), prefix: prefix, host: host}
}

// chatsOfAPoster is how many conversations one poster writes to in turn.
const chatsOfAPoster = 32

func (p *benchPoster) post(n int64) error {
	p.body = p.body[:0]
	id := p.word(n)
	return p.send(id, "application/json", "HTTP/1.1 202")
}

// postBatch posts the words up to n.
func (p *benchPoster) postBatch(n, words int64) error {
	p.body = append(p.body[:0], `{"events":[`...)
	id := ""
	for i := range words {
		if i > 0 {
			p.body = append(p.body, ',')
		}
		id = p.word(n - i)
	}
	p.body = append(p.body, `]}`...)
	return p.send(id, web.BatchType, "HTTP/1.1 207")
}

// word appends the event of the next word, and answers its id.
func (p *benchPoster) word(n int64) string {
	p.turn++
	id := "evt_01JD0QXK6V3W5Z8Y7T2R" + strconv.FormatInt(n+1e9, 10)
	p.body = append(p.body, `{"id":"`...)
	p.body = append(p.body, id...)
	p.body = append(p.body, `","type":"message.created","timestamp":"2026-11-21T20:15:00.123Z","conversation_id":"`...)
	p.body = append(p.body, p.prefix...)
	p.body = strconv.AppendInt(append(p.body, '-'), p.turn%chatsOfAPoster, 10)
	p.body = append(p.body, `","data":{"message":{"id":"`...)
	p.body = append(p.body, id...)
	p.body = append(p.body, `","text":"`...)
	p.body = append(p.body, benchText...)
	p.body = append(p.body, `"},"author":{"role":"user","id":"u-1234"}}}`...)
	return id
}

// send posts the body, and wants an answer that begins so.
func (p *benchPoster) send(id, mediaType, want string) error {
	at := strconv.FormatInt(time.Now().Unix(), 10)
	p.out = append(p.out[:0], "POST /v1/bots/bench/events HTTP/1.1\r\nHost: "...)
	p.out = append(p.out, p.host...)
	p.out = append(p.out, "\r\nContent-Type: "...)
	p.out = append(p.out, mediaType...)
	p.out = append(p.out, "\r\nContent-Length: "...)
	p.out = strconv.AppendInt(p.out, int64(len(p.body)), 10)
	p.out = append(p.out, "\r\nwebhook-id: "...)
	p.out = append(p.out, id...)
	p.out = append(p.out, "\r\nwebhook-timestamp: "...)
	p.out = append(p.out, at...)
	p.out = append(p.out, "\r\nwebhook-signature: v1,"...)
	p.out = base64.StdEncoding.AppendEncode(p.out, p.sign(id, at))
	p.out = append(p.out, "\r\n\r\n"...)
	p.out = append(p.out, p.body...)
	if _, err := p.conn.Write(p.out); err != nil {
		return err
	}
	return p.answer(want)
}

func (p *benchPoster) sign(id, at string) []byte {
	p.mac.Reset()
	p.sum = append(append(append(append(p.sum[:0], id...), '.'), at...), '.')
	p.mac.Write(p.sum)
	p.mac.Write(p.body)
	p.sum = p.mac.Sum(p.sum[:0])
	return p.sum
}

// answer reads one response.
func (p *benchPoster) answer(want string) error {
	line, err := p.read.ReadSlice('\n')
	if err != nil {
		return err
	}
	taken := bytes.HasPrefix(line, []byte(want))
	status := ""
	if !taken {
		status = string(line)
	}
	length := 0
	for len(line) > len("\r\n") {
		if line, err = p.read.ReadSlice('\n'); err != nil {
			return err
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
	}
	if !taken {
		body := make([]byte, length)
		_, _ = io.ReadFull(p.read, body)
		return fmt.Errorf("%s: %s", strings.TrimSpace(status), body)
	}
	_, err = p.read.Discard(length)
	return err
}
