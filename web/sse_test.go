package web

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// sse is an open stream.
type sse struct {
	res    *http.Response
	cancel context.CancelFunc
	lines  chan string
}

// sseEvent is one event of a stream. Beat is a comment.
type sseEvent struct {
	id, name string
	data     map[string]any
	beat     bool
}

// author is the role of whoever spoke or types.
func (e *sseEvent) author() string {
	data, _ := e.data["data"].(map[string]any)
	author, _ := data["author"].(map[string]any)
	role, _ := author["role"].(string)
	return role
}

// listen opens a stream; the answer's status is the caller's to check.
func (c *caller) listen(path string, headers ...string) *sse {
	c.r.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	req := c.request(ctx, "GET", path, nil, append(headers, "Accept", "text/event-stream")...)
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req) //nolint:bodyclose // sse.close does
	if err != nil {
		cancel()
		c.r.t.Fatalf("GET %s: %v", path, err)
	}
	s := &sse{res: res, cancel: cancel, lines: make(chan string)}
	go s.read(ctx)
	c.r.t.Cleanup(s.close)
	return s
}

func (s *sse) read(ctx context.Context) {
	defer close(s.lines)
	scanner := bufio.NewScanner(s.res.Body)
	for scanner.Scan() {
		select {
		case s.lines <- scanner.Text():
		case <-ctx.Done():
			return
		}
	}
}

func (s *sse) close() {
	s.cancel()
	_ = s.res.Body.Close()
}

// next answers the next event or comment, false when the stream has ended.
func (s *sse) next() (sseEvent, bool) {
	var e sseEvent
	giveUp := time.After(guard)
	for {
		select {
		case line, ok := <-s.lines:
			if !ok {
				return e, false
			}
			name, value, _ := strings.Cut(line, ":")
			value = strings.TrimPrefix(value, " ")
			switch {
			case line == "" && (e.data != nil || e.beat || e.name != ""):
				return e, true
			case strings.HasPrefix(line, ":"):
				e.beat = true
			case name == "id":
				e.id = value
			case name == "event":
				e.name = value
			case name == "data":
				e.data = map[string]any{}
				if err := json.Unmarshal([]byte(value), &e.data); err != nil {
					panic(err)
				}
			}
		case <-giveUp:
			return e, false
		}
	}
}

// until answers the first event of a type.
func (s *sse) until(kind string) (sseEvent, bool) {
	for {
		e, ok := s.next()
		if !ok || e.data["type"] == kind {
			return e, ok
		}
	}
}
