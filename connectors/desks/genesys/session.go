package genesys

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"handoff/connectors/internal/outbound"
	"handoff/connectors/internal/session"
	"handoff/orchestrator"
)

// login is the agent's session in the form that every process can use: the HTTP session with its cookies (JSESSIONID, and
// the stickiness cookie of a load balancer), the CSRF header, whose name is told as well, and who we are.
type login struct {
	Cookies    map[string]string `json:"cookies"`
	HeaderName string            `json:"header_name,omitempty"`
	Token      string            `json:"token,omitempty"`
	User       string            `json:"user"`
}

// live is a session as this process follows it: cookies and CSRF token change with the answers.
type live struct {
	raw  []byte // the login that it began with
	user string
	mu   sync.Mutex
	now  login
}

// The headers that name and give the CSRF token (8.5.2 "CSRF Protection"); absent where the server does not want one.
const (
	headerCSRFName  = "X-CSRF-HEADER"
	headerCSRFToken = "X-CSRF-TOKEN"
)

// dress adds the session to a call. Reads need no CSRF token.
func (l *live) dress(h http.Header, method string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	parts := make([]string, 0, len(l.now.Cookies))
	for _, name := range slices.Sorted(maps.Keys(l.now.Cookies)) {
		parts = append(parts, name+"="+l.now.Cookies[name])
	}
	if len(parts) > 0 {
		h.Set("Cookie", strings.Join(parts, "; "))
	}
	if method != http.MethodGet && l.now.Token != "" {
		h.Set(l.now.HeaderName, l.now.Token)
	}
}

// learn takes cookies and the CSRF token from any answer.
func (l *live) learn(h http.Header) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range (&http.Response{Header: h}).Cookies() {
		if c.Value == "" || c.MaxAge < 0 {
			delete(l.now.Cookies, c.Name)
			continue
		}
		l.now.Cookies[c.Name] = c.Value
	}
	if token := h.Get(headerCSRFToken); token != "" {
		l.now.HeaderName, l.now.Token = headerCSRFToken, token
		if name := h.Get(headerCSRFName); name != "" {
			l.now.HeaderName = name
		}
	}
}

// following answers the live form of a session.
func (s *agentSeat) following(raw []byte) (*live, error) {
	s.guard.Lock()
	defer s.guard.Unlock()
	if s.current != nil && bytes.Equal(s.current.raw, raw) {
		return s.current, nil
	}
	l := &live{raw: raw}
	if err := json.Unmarshal(raw, &l.now); err != nil {
		return nil, s.Broken("session", errors.New("what is kept of the session cannot be read"))
	}
	if l.now.Cookies == nil {
		l.now.Cookies = map[string]string{}
	}
	l.user, s.current = l.now.User, l
	return l, nil
}

// call is one call of GWS. Without a body it reads.
type call struct {
	op, path string
	query    string
	body     any
}

// do makes a call in the present session, and once more in the next one if the vendor does not accept this one any longer.
func (s *agentSeat) do(ctx context.Context, c call) (answer, *live, error) {
	raw, number, err := s.Keeper.Ready(ctx)
	if err != nil {
		return answer{}, nil, err
	}
	l, err := s.following(raw)
	if err != nil {
		return answer{}, nil, err
	}
	a, err := s.in(ctx, l, c)
	if !errors.Is(err, errExpired) {
		return a, l, err
	}
	if raw, _, err = s.Keeper.Renewed(ctx, raw, number); err != nil {
		return answer{}, nil, err
	}
	if l, err = s.following(raw); err != nil {
		return answer{}, nil, err
	}
	a, err = s.in(ctx, l, c)
	return a, l, err
}

// in makes a call in a session. A CSRF token that is not accepted is replaced by the one that a read gives, and the call made
// once more: the token may change while the session stands.
func (s *agentSeat) in(ctx context.Context, l *live, c call) (answer, error) {
	a, err := s.attempt(ctx, l, c)
	if !errors.Is(err, errCSRF) {
		return a, err
	}
	if _, err := s.attempt(ctx, l, call{op: c.op, path: pathMe}); err != nil {
		return answer{}, err
	}
	return s.attempt(ctx, l, c)
}

func (s *agentSeat) attempt(ctx context.Context, l *live, c call) (a answer, err error) {
	out := &outbound.Call{Op: c.op, Method: http.MethodGet, URL: s.at(c.path), Header: s.header("")}
	out.URL.RawQuery = c.query
	if c.body != nil {
		out.Method, out.Header = http.MethodPost, s.header("application/json")
		if out.Body, err = json.Marshal(c.body); err != nil {
			return a, s.Permanent(c.op, "encoding", err)
		}
	}
	l.dress(out.Header, out.Method)
	err = s.Calls.Do(ctx, c.op, func() error {
		res, failure := s.client.Do(ctx, out)
		if res != nil {
			l.learn(res.Header)
		}
		a, failure = s.understand(c.op, res, failure)
		return failure
	}, errExpired, errCSRF)
	return a, err
}

// Paths of the agent.
const (
	pathMe      = "/api/v2/me"
	pathChannel = "/api/v2/me/channels/chat"
)

// Login reads the agent: the first call makes the HTTP session and gives the CSRF token.
func (s *agentSeat) Login(ctx context.Context) ([]byte, error) {
	l := &live{now: login{Cookies: map[string]string{}}}
	a, err := s.attempt(ctx, l, call{op: "login", path: pathMe, query: "subresources=*"})
	if err != nil {
		if orchestrator.OutcomeOf(err) == orchestrator.OutcomePermanent || errors.Is(err, errExpired) {
			return nil, fmt.Errorf("%w: %w", session.ErrRefused, err)
		}
		return nil, err
	}
	if a.body.User == nil || a.body.User.ID == "" {
		return nil, s.Retry("login", "not-understood", errors.New("the vendor does not say who we are"))
	}
	l.now.User = string(a.body.User.ID)
	return json.Marshal(l.now)
}

// start begins the agent's work and makes the chat channel ready. A session of the agent's that still stands is gone on
// with: whether it is really there, getting ready shows.
func (s *agentSeat) start(ctx context.Context, l *live) error {
	body := map[string]any{"operationName": "StartContactCenterSession", "channels": []string{"chat"}}
	if s.config.Place != "" {
		body["place"] = s.config.Place
	}
	if a, err := s.in(ctx, l, call{op: "start", path: pathMe, body: body}); err != nil {
		switch a.code {
		case codePartial, codeExists, codeInUse:
		default:
			return err
		}
	}
	_, err := s.in(ctx, l, call{op: "ready", path: pathChannel, body: operation("Ready", nil)})
	return err
}

// Logout says that the agent works no more, unless chats are open: ending the contact centre's session would take them
// from the bot, and the process that takes over goes on with them. EndContactCenterSession ends the HTTP session, so it
// comes last.
func (s *agentSeat) Logout(ctx context.Context, raw []byte) error {
	l, err := s.following(raw)
	if err != nil {
		return err
	}
	s.guard.Lock()
	channel := s.channel
	s.guard.Unlock()
	chats, err := s.list(ctx, l)
	if err == nil && len(chats) == 0 {
		_, err = s.in(ctx, l, call{op: "not-ready", path: pathChannel, body: operation("NotReady", nil)})
	}
	if channel != nil {
		err = errors.Join(err, channel.Disconnect(ctx))
	}
	if err != nil || len(chats) > 0 {
		return err
	}
	_, err = s.in(ctx, l, call{op: "end-session", path: pathMe, body: operation("EndContactCenterSession", nil)})
	return err
}

// exchange posts a batch of Bayeux messages in a session. It goes past the breaker: a poll is held for long on purpose.
func (s *agentSeat) exchange(l *live) func(context.Context, []byte) ([]byte, error) {
	return func(ctx context.Context, batch []byte) ([]byte, error) {
		body, err := s.post(ctx, l, batch)
		if errors.Is(err, errCSRF) {
			if _, err = s.attempt(ctx, l, call{op: "poll", path: pathMe}); err == nil {
				body, err = s.post(ctx, l, batch)
			}
		}
		if err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "a poll failed", "error", err)
		}
		return body, err
	}
}

func (s *agentSeat) post(ctx context.Context, l *live, batch []byte) ([]byte, error) {
	out := &outbound.Call{
		Op: "poll", URL: s.at(s.config.Notifications), Header: s.header("application/json;charset=UTF-8"), Body: batch,
	}
	l.dress(out.Header, http.MethodPost)
	res, err := s.polls.Do(ctx, out)
	if res == nil {
		return nil, err
	}
	l.learn(res.Header)
	if err == nil {
		return res.Body, nil
	}
	if _, err = s.understand("poll", res, err); errors.Is(err, errExpired) {
		return nil, s.Permanent("poll", "session", errExpired) // another poll would not help
	}
	return nil, err
}
