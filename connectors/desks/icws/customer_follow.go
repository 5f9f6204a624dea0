package icws

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

var (
	errNoWebChat = errors.New("the server has no web chat that can be started (feature web-chat, level 2)")
	errGone      = errors.New("the server does not know the chat")
)

// Login chooses the server that is used: the first of those known that answers. It needs no credentials.
func (s *customerSeat) Login(ctx context.Context) ([]byte, error) {
	chosen, err := s.tryHosts(ctx, func(host string) (*login, error) {
		f := feature{ID: featureWebChat}
		r := &request{op: "login", method: http.MethodGet, path: "/icws/connection/features/" + featureWebChat, host: host, into: &f}
		if err := s.client.do(ctx, r); err != nil {
			return nil, err
		}
		at := &login{Host: host}
		if at.learn(f); at.WebChat < levelStart {
			return nil, s.Permanent("login", "no-web-chat", errNoWebChat)
		}
		return at, nil
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(chosen)
}

// Serve follows every chat until ctx ends or the server is lost. What happened in the chats that are known at the beginning
// was missed and is named as drift.
func (s *customerSeat) Serve(ctx context.Context, raw []byte, ready func()) error {
	server, err := readLogin(raw)
	if err != nil {
		return err
	}
	ctx, lose := context.WithCancelCause(ctx)
	defer lose(nil)
	r := &round{customerSeat: s, server: server, lose: lose}
	err = s.chats.Follow(ctx, r.follow, ready)
	if lost := context.Cause(ctx); lost != nil {
		err = lost
	}
	if ctx.Err() != nil && !errors.Is(err, context.Canceled) { // a backup that is alive takes whoever asks it and serves no chat
		s.fails(server.Host)
	}
	return err
}

// round is the time for which one server is used: each chat is followed by itself.
type round struct {
	*customerSeat
	server *login
	lose   context.CancelCauseFunc // the server is lost
}

// isChat: a handle is that of a chat, not of what a command has opened.
func isChat(ref string) bool { return !strings.HasPrefix(ref, openedPrefix) }
