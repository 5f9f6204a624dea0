package icws

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"handoff/connectors/internal/frame"
)

// login is what a call needs, as it lies in the desk's memory: every process may use it. In the seat customer it is only
// the server that is used and what that can do. It is a credential: it appears in no error, log or timeline.
type login struct {
	Host   string   `json:"host"`
	Others []string `json:"others,omitempty"` // hosts that the server named
	ID     string   `json:"id,omitempty"`
	Token  string   `json:"token,omitempty"`  // CSRF
	Cookie string   `json:"cookie,omitempty"` // name=value: behind a proxy a cookie jar would not find it by its path
	User   string   `json:"user,omitempty"`   // as the server spells it
	// Levels of the features that matter; 0: the server does not have it.
	Interactions int `json:"interactions,omitempty"`
	Messaging    int `json:"messaging,omitempty"`
	WebChat      int `json:"web_chat,omitempty"`
}

// Levels of features (ICWS help, Versioning).
const (
	levelStream         = 2  // messaging: server-sent events
	levelQueueID        = 13 // interactions: queueID of a transfer
	levelStart          = 2  // web-chat: start
	levelChatHistory    = 6  // web-chat: message-history
	featureWebChat      = "web-chat"
	featureMessaging    = "messaging"
	featureInteractions = "interactions"
)

func readLogin(raw []byte) (*login, error) {
	var s login
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, errors.New("the kept session cannot be read")
	}
	return &s, nil
}

func (s *login) learn(f feature) {
	switch f.ID {
	case featureInteractions:
		s.Interactions = int(f.Version)
	case featureMessaging:
		s.Messaging = int(f.Version)
	case featureWebChat:
		s.WebChat = int(f.Version)
	}
}

// path is a resource of the session.
func (s *login) path(format string, args ...any) string {
	for i, arg := range args {
		if text, ok := arg.(string); ok {
			args[i] = url.PathEscape(text)
		}
	}
	return "/icws/" + url.PathEscape(s.ID) + fmt.Sprintf(format, args...)
}

// sessionCookie finds icws_<session>, else whatever cookie an older server sets.
func sessionCookie(header http.Header, id string) string {
	found := ""
	for _, line := range header.Values("Set-Cookie") {
		pair, _, _ := strings.Cut(line, ";")
		if name, _, ok := strings.Cut(pair, "="); ok && (found == "" || name == "icws_"+id) {
			found = strings.TrimSpace(pair)
		}
	}
	return found
}

// connect logs in at one host.
func (c *client) connect(ctx context.Context, host, user, password, language string) (*login, error) {
	r := &request{
		op: "login", method: http.MethodPost, path: "/icws/connection?include=version,features", host: host,
		body: connectionRequest{
			Type:        "urn:inin.com:connection:icAuthConnectionRequestSettings",
			Application: "handoff", UserID: user, Password: password,
		},
	}
	out, err := c.call(r)
	if err != nil {
		return nil, err
	}
	out.Header.Set("Accept-Language", language)
	res, err := c.http.Do(ctx, out)
	if err != nil {
		return nil, c.refused(r, res, err)
	}
	s, err := sessionOf(host, user, res.Body)
	if err != nil {
		return nil, c.Retry("login", frame.CodeUnclear, err)
	}
	if s.Cookie = sessionCookie(res.Header, s.ID); s.Cookie == "" {
		return nil, c.Retry("login", "no-cookie", errors.New("the answer sets no session cookie"))
	}
	return s, nil
}

// sessionOf reads connectionResponse.
func sessionOf(host, user string, body []byte) (*login, error) {
	var said connectionResponse
	if err := json.Unmarshal(body, &said); err != nil || said.SessionID == "" || said.CSRFToken == "" {
		return nil, errors.New("the answer holds no session")
	}
	s := &login{Host: host, Others: said.Hosts, ID: said.SessionID, Token: said.CSRFToken, User: cmp.Or(said.UserID, user)}
	for _, f := range said.Features {
		s.learn(f)
	}
	return s, nil
}

// inSession makes a call in the session, wherever it is held. Where the server says that the session has ended, the call is
// made once more in the next one.
func (b *base) inSession(ctx context.Context, build func(in *login) *request) error {
	expired := func(err error) bool { return b.config.Seat == SeatAgent && isUnauthorized(err) }
	return b.Keeper.Call(ctx, expired, func(raw []byte) error {
		in, err := readLogin(raw)
		if err != nil {
			return b.Broken("session", err)
		}
		r := build(in)
		if r.host = in.Host; in.ID != "" {
			r.session = in
		}
		return b.client.guarded(ctx, r)
	})
}
