package web

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"handoff/orchestrator"
)

// caller is one party that uses the interface.
type caller struct {
	r      *rig
	header http.Header
	http   *http.Client
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (r *rig) anybody() *caller {
	return &caller{r: r, header: http.Header{}, http: &http.Client{Timeout: 30 * time.Second,
		Transport: &http.Transport{DisableKeepAlives: true}}}
}

// bearer calls with a key or a conversation token.
func (r *rig) bearer(token string) *caller {
	c := r.anybody()
	c.header.Set("Authorization", "Bearer "+token)
	return c
}

func (r *rig) bot() *caller { return r.bearer(shopKey) }

// person signs somebody in.
func (r *rig) person(name string) *caller {
	r.t.Helper()
	c := r.anybody()
	a := c.post("/v1/login", map[string]string{"name": name, "password": password})
	a.want(r.t, 200)
	cookie := a.header.Get("Set-Cookie")
	value, _, _ := strings.Cut(cookie, ";")
	c.header.Set("Cookie", value)
	c.header.Set("X-CSRF-Token", a.text("csrf_token"))
	return c
}

// online is person, present on the floor.
func (r *rig) online(name string) *caller {
	r.t.Helper()
	c := r.person(name)
	c.put("/v1/me/presence", map[string]string{"state": "online"}).want(r.t, 200)
	return c
}

func (c *caller) get(path string, headers ...string) *answer {
	return c.do("GET", path, nil, headers...)
}
func (c *caller) post(path string, body any, headers ...string) *answer {
	return c.do("POST", path, body, headers...)
}
func (c *caller) put(path string, body any, headers ...string) *answer {
	return c.do("PUT", path, body, headers...)
}

// act posts an empty body to an action of a conversation.
func (c *caller) act(id, action string, headers ...string) *answer {
	return c.post("/v1/conversations/"+id+"/"+action, struct{}{}, headers...)
}

// request makes a request; a body that is a string goes as it is.
func (c *caller) request(ctx context.Context, method, path string, body any, headers ...string) *http.Request {
	c.r.t.Helper()
	var raw []byte
	switch b := body.(type) {
	case nil:
	case string:
		raw = []byte(b)
	default:
		raw = must(json.Marshal(b))
	}
	req := must(http.NewRequestWithContext(ctx, method, c.r.url+path, bytes.NewReader(raw)))
	maps.Copy(req.Header, c.header)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
		if headers[i+1] == "" {
			req.Header.Del(headers[i])
		}
	}
	return req
}

// do makes a request and holds it and its answer against the document.
func (c *caller) do(method, path string, body any, headers ...string) *answer {
	c.r.t.Helper()
	a, err := c.try(method, path, body, headers...)
	if err != nil {
		c.r.t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func (c *caller) try(method, path string, body any, headers ...string) (*answer, error) {
	req := c.request(context.Background(), method, path, body, headers...)
	sent := req.Clone(context.Background())
	if path, below := c.r.server.base.without(sent.URL.Path); below { // as the document names it
		sent.URL.Path = path
	}
	if req.GetBody != nil {
		sent.Body = must(req.GetBody())
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	a := &answer{res.StatusCode, res.Header, raw}
	checkDocument(c.r.t, sent, a)
	return a, nil
}

// want fails unless the status is one of these.
func (a *answer) want(tb testing.TB, status ...int) *answer {
	tb.Helper()
	if !slices.Contains(status, a.status) {
		tb.Fatalf("status %d, want %v: %s", a.status, status, a.body)
	}
	return a
}

// problem fails unless the answer is a problem document of this status and code.
func (a *answer) problem(tb testing.TB, status int, code string) *answer {
	tb.Helper()
	a.want(tb, status)
	if got := a.header.Get("Content-Type"); got != problemType {
		tb.Fatalf("Content-Type %q, want %q", got, problemType)
	}
	if a.text("code") != code {
		tb.Fatalf("code %q, want %q: %s", a.text("code"), code, a.body)
	}
	return a
}

// at reads a member: at("queue", "name"), at("events", 0, "type").
func (a *answer) at(path ...any) any {
	var v any
	if err := json.Unmarshal(a.body, &v); err != nil {
		return fmt.Sprintf("not JSON: %s", a.body)
	}
	for _, p := range path {
		switch key := p.(type) {
		case string:
			m, ok := v.(map[string]any)
			if !ok {
				return nil
			}
			v = m[key]
		case int:
			l, ok := v.([]any)
			if !ok || key >= len(l) {
				return nil
			}
			v = l[key]
		}
	}
	return v
}

func (a *answer) text(path ...any) string {
	s, _ := a.at(path...).(string)
	return s
}

func (a *answer) number(path ...any) float64 {
	n, _ := a.at(path...).(float64)
	return n
}

// event is an envelope of the bot.
func (r *rig) event(external, kind string, data any) map[string]any {
	return map[string]any{
		"type": kind, "conversation_id": external, "timestamp": orchestrator.MomentOf(r.clock.Now()).String(),
		"data": data,
	}
}

// handoff asks for a person and answers what the bot is told.
func (r *rig) handoff(external string, headers ...string) *answer {
	r.t.Helper()
	return r.bot().post("/v1/bots/shop/events", r.event(external, "handoff.requested", map[string]any{
		"reason": "user_requested", "user": map[string]any{"id": "u-1", "name": "Ann"},
	}), headers...).want(r.t, 200, 202)
}

// served is a conversation that anna serves, with anna and its id.
func (r *rig) served(external string) (*caller, string) {
	r.t.Helper()
	anna := r.online("anna")
	id := r.handoff(external).text("id")
	r.reach(id, orchestrator.StateOffered)
	anna.act(id, "accept").want(r.t, 200)
	return anna, id
}

// reach waits until a conversation is in a state.
func (r *rig) reach(id string, state orchestrator.State) *orchestrator.Conversation {
	r.t.Helper()
	watch := r.engine.Hub().Watch(orchestrator.ConversationID(id))
	defer watch.Close()
	giveUp := time.After(guard)
	for {
		c := must(r.store.Load(context.Background(), orchestrator.ConversationID(id)))
		if c.State == state {
			return c
		}
		select {
		case <-watch.C:
		case <-giveUp:
			r.t.Fatalf("conversation %s is in state %s, never %s", id, c.State, state)
		}
	}
}

// guard ends a test that waits for what never comes.
const guard = 20 * time.Second

func contains(body []byte, part string) bool { return bytes.Contains(body, []byte(part)) }

func conversationID(id string) orchestrator.ConversationID { return orchestrator.ConversationID(id) }
