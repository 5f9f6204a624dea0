package genesys

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"handoff/connectors/internal/outbound"
)

// liveLogin is a session as this process follows it: cookies and CSRF token change with the answers.
type liveLogin struct {
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

// addTo adds the session to a call. Reads need no CSRF token.
func (l *liveLogin) addTo(h http.Header, method string) {
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

// update takes cookies and the CSRF token from any answer.
func (l *liveLogin) update(h http.Header) {
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

// loginOf answers a session with the cookies and the token that it has now.
func (s *agentSeat) loginOf(raw []byte) (*liveLogin, error) {
	s.guard.Lock()
	defer s.guard.Unlock()
	if s.current != nil && bytes.Equal(s.current.raw, raw) {
		return s.current, nil
	}
	l := &liveLogin{raw: raw}
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
func (s *agentSeat) do(ctx context.Context, c call) (a answer, l *liveLogin, err error) {
	err = s.Keeper.Call(ctx, isExpired, func(raw []byte) (err error) {
		if l, err = s.loginOf(raw); err == nil {
			a, err = s.in(ctx, l, c)
		}
		return err
	})
	return a, l, err
}

// in makes a call in a session. A CSRF token that is not accepted is replaced by the one that a read gives, and the call made
// once more: the token may change while the session stands.
func (s *agentSeat) in(ctx context.Context, l *liveLogin, c call) (answer, error) {
	a, err := s.attempt(ctx, l, c)
	if !errors.Is(err, errCSRF) {
		return a, err
	}
	if _, err := s.attempt(ctx, l, call{op: c.op, path: pathMe}); err != nil {
		return answer{}, err
	}
	return s.attempt(ctx, l, c)
}

func (s *agentSeat) attempt(ctx context.Context, l *liveLogin, c call) (a answer, err error) {
	out := &outbound.Call{Op: c.op, Method: http.MethodGet, URL: s.at(c.path), Header: s.header("")}
	out.URL.RawQuery = c.query
	if c.body != nil {
		out.Method, out.Header = http.MethodPost, s.header("application/json")
		if out.Body, err = json.Marshal(c.body); err != nil {
			return a, s.Permanent(c.op, "encoding", err)
		}
	}
	l.addTo(out.Header, out.Method)
	err = s.Calls.Do(ctx, c.op, func() error {
		res, failure := s.client.Do(ctx, out)
		if res != nil {
			l.update(res.Header)
		}
		a, failure = s.understand(c.op, res, failure)
		return failure
	}, errExpired, errCSRF)
	return a, err
}
