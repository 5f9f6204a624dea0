package genesys

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"handoff/connectors/internal/bayeux"
	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/outbound"
	"handoff/connectors/internal/session"
)

// login is the agent's session in the form that every process can use: the HTTP session with its cookies (JSESSIONID, and
// the stickiness cookie of a load balancer), the CSRF header, whose name is told as well, and who we are.
type login struct {
	Cookies    map[string]string `json:"cookies"`
	HeaderName string            `json:"header_name,omitempty"`
	Token      string            `json:"token,omitempty"`
	User       string            `json:"user"`
}

// Paths of the agent.
const (
	pathMe      = "/api/v2/me"
	pathChannel = "/api/v2/me/channels/chat"
)

// Login reads the agent: the first call makes the HTTP session and gives the CSRF token.
func (s *agentSeat) Login(ctx context.Context) ([]byte, error) {
	l := &liveLogin{now: login{Cookies: map[string]string{}}}
	a, err := s.attempt(ctx, l, call{op: "login", path: pathMe, query: "subresources=*"})
	if err != nil {
		if frame.Refused(err) || errors.Is(err, errExpired) {
			return nil, fmt.Errorf("%w: %w", session.ErrRefused, err)
		}
		return nil, err
	}
	if a.body.User == nil || a.body.User.ID == "" {
		return nil, s.Retry("login", frame.CodeUnclear, errors.New("the vendor does not say who we are"))
	}
	l.now.User = string(a.body.User.ID)
	return json.Marshal(l.now)
}

// Serve listens: handshake and subscriptions first, then the agent begins to work, then what is there already is adopted.
// After a new handshake, or an answer that got lost, only the last is done again: notifications are not repeated, and a
// second StartContactCenterSession is one too many.
func (s *agentSeat) Serve(ctx context.Context, raw []byte, ready func()) error {
	l, err := s.loginOf(raw)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	started := false
	channel := bayeux.New(bayeux.Options{
		Exchange: s.exchange(l), Clock: s.Clock, Channels: []string{s.dialect.topic, topicChannels},
		Hear: s.hear,
		Renewed: func(ctx context.Context) error {
			if !started {
				if err := s.start(ctx, l); err != nil {
					return err
				}
				started = true
			}
			if err := s.reconcile(ctx, l); err != nil {
				return err
			}
			ready()
			return nil
		},
	})
	s.guard.Lock()
	s.serving, s.channel, s.chats = ctx, channel, map[string]*agentChat{}
	s.guard.Unlock()
	s.wg.Go(func() { s.lookEvery(ctx) })
	defer func() {
		s.guard.Lock()
		s.serving = nil
		s.guard.Unlock()
		stop()
		s.wg.Wait()
	}()
	return channel.Run(ctx)
}

// Logout says that the agent works no more, unless chats are open: ending the contact centre's session would take them
// from the bot, and the process that takes over goes on with them. EndContactCenterSession ends the HTTP session, so it
// comes last.
func (s *agentSeat) Logout(ctx context.Context, raw []byte) error {
	l, err := s.loginOf(raw)
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

// start begins the agent's work and makes the chat channel ready. A session of the agent's that still stands is gone on
// with: whether it is really there, getting ready shows.
func (s *agentSeat) start(ctx context.Context, l *liveLogin) error {
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

// exchange posts a batch of Bayeux messages in a session. It goes past the breaker: a poll is held for long on purpose.
func (s *agentSeat) exchange(l *liveLogin) func(context.Context, []byte) ([]byte, error) {
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

func (s *agentSeat) post(ctx context.Context, l *liveLogin, batch []byte) ([]byte, error) {
	out := &outbound.Call{
		Op: "poll", URL: s.at(s.config.Notifications), Header: s.header("application/json;charset=UTF-8"), Body: batch,
	}
	l.addTo(out.Header, http.MethodPost)
	res, err := s.polls.Do(ctx, out)
	if res == nil {
		return nil, err
	}
	l.update(res.Header)
	if err == nil {
		return res.Body, nil
	}
	if _, err = s.understand("poll", res, err); errors.Is(err, errExpired) {
		return nil, s.Permanent("poll", "session", errExpired) // another poll would not help
	}
	return nil, err
}
