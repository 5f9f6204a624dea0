package oracle

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"sync"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/outbound"
	"handoff/connectors/internal/session"
	"handoff/orchestrator"
)

// server is where a chat server takes calls.
type server struct {
	Root string `json:"root"` // scheme, host and port
	Site string `json:"site"` // fqSiteName
	Pool string `json:"pool"`
}

// serverOf is what the site says of where its chat server is. The chat server is spoken to as the site is.
func (b *base) serverOf(s serviceSettings) (server, error) {
	if s.Domain == "" || s.SiteName == "" || s.Pool == "" {
		return server{}, errors.New("the site's answer names no chat server")
	}
	u := url.URL{Scheme: b.site.Scheme, Host: s.Domain}
	if s.Port != "" {
		u.Host = net.JoinHostPort(s.Domain, string(s.Port))
	}
	return server{Root: u.String(), Site: s.SiteName, Pool: s.Pool}, nil
}

// operation is the address of one operation: api is "agent" or "consumer". The pool is missing in the parameter tables of
// the Agent API and there in all of its examples; it is always sent.
func (s server) operation(api, name string, query url.Values) (*url.URL, error) {
	u, err := url.Parse(s.Root)
	if err != nil {
		return nil, errors.New("the chat server's address is not a URL")
	}
	u = below(u, "engagement", "api", api, s.Site, "v1", name)
	if query == nil {
		query = url.Values{}
	}
	query.Set("pool", s.Pool)
	u.RawQuery = query.Encode()
	return u, nil
}

// below is an address below a root. A URL without a path would get one without a slash in front.
func below(root *url.URL, parts ...string) *url.URL {
	u := *root
	if u.Path == "" {
		u.Path = "/"
	}
	return u.JoinPath(parts...)
}

// moves is where chat servers are now that are not found any more where they were. An address is kept as the site
// or a message of Oracle's told it, and either may have been missed: the site has the last word.
type moves struct {
	mu    sync.Mutex
	newer map[server]server
}

// now is where to call for an address that is kept.
func (p *moves) now(known server) server {
	p.mu.Lock()
	defer p.mu.Unlock()
	if next, moved := p.newer[known]; moved {
		return next
	}
	return known
}

// mostMoves is how many moves are remembered: an address is forgotten with the engagements that began under it.
const mostMoves = 64

func (p *moves) moved(known, next server) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.newer == nil || len(p.newer) >= mostMoves {
		p.newer = map[server]server{}
	}
	p.newer[known] = next
}

// Calls of the site, which knows the staff account and hands out tokens for the chat server.

// sitePath is where the site's part of the chat API lies.
const sitePath = "services/rest/crossChannelServices/latest"

// fromSite makes one call of the site and reads its answer. Every 2xx is a success: the reference names no single one.
func (b *base) fromSite(ctx context.Context, op string, body, into any) error {
	call := outbound.Call{Op: op, Method: http.MethodGet, URL: below(b.site, sitePath, op), Header: http.Header{
		"Authorization": {"Basic " + b.basic()}, "Osvc-Crest-Application-Context": {applicationContext}, "Accept": {"application/json"},
	}}
	if body != nil {
		var err error
		call.Method = http.MethodPost
		call.Header.Set("Content-Type", "application/json; charset=utf-8")
		if call.Body, err = json.Marshal(body); err != nil {
			return b.Permanent(op, frame.CodeInvalid, errors.New("the request cannot be written as JSON"))
		}
	}
	return b.Calls.Do(ctx, op, func() error {
		res, err := b.client.Do(ctx, &call)
		if res != nil && (res.Status == http.StatusUnauthorized || res.Status == http.StatusForbidden) {
			return &orchestrator.ConnectorError{Connector: b.Name, Op: op, Status: res.Status, Code: "credentials",
				Outcome: orchestrator.OutcomePermanent, Err: session.ErrRefused}
		}
		if err != nil {
			return err
		}
		if json.Unmarshal(res.Body, into) != nil {
			return b.Retry(op, frame.CodeUnclear, errors.New("the site's answer is not what it documents"))
		}
		return nil
	})
}

// findServer asks the site for its chat server (serviceSettings), whose siteName is the one that paths need.
func (b *base) findServer(ctx context.Context) (server, error) {
	var s serviceSettings
	if err := b.fromSite(ctx, "serviceSettings/1", nil, &s); err != nil {
		return server{}, err
	}
	return b.serverOf(s)
}
