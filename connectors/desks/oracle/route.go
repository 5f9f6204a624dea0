package oracle

import (
	"errors"
	"net"
	"net/url"
	"sync"
)

// route is where a chat server takes calls.
type route struct {
	Root string `json:"root"` // scheme, host and port
	Site string `json:"site"` // fqSiteName
	Pool string `json:"pool"`
}

// routeOf makes a route of what the site says. The chat server is spoken to as the site is.
func (b *base) routeOf(s serviceSettings) (route, error) {
	if s.Domain == "" || s.SiteName == "" || s.Pool == "" {
		return route{}, errors.New("the site's answer names no chat server")
	}
	u := url.URL{Scheme: b.site.Scheme, Host: s.Domain}
	if s.Port != "" {
		u.Host = net.JoinHostPort(s.Domain, string(s.Port))
	}
	return route{Root: u.String(), Site: s.SiteName, Pool: s.Pool}, nil
}

// operation is the address of one operation: api is "agent" or "consumer". The pool is missing in the parameter tables of
// the Agent API and there in all of its examples; it is always sent.
func (r route) operation(api, name string, query url.Values) (*url.URL, error) {
	u, err := url.Parse(r.Root)
	if err != nil {
		return nil, errors.New("the chat server's address is not a URL")
	}
	u = below(u, "engagement", "api", api, r.Site, "v1", name)
	if query == nil {
		query = url.Values{}
	}
	query.Set("pool", r.Pool)
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

// places is where chat servers are now, for those routes under which they are not found any more. A route is kept as the site
// or a message of Oracle's told it, and either may have been missed: the site has the last word.
type places struct {
	mu    sync.Mutex
	newer map[route]route
}

// now is where to call for a route that is kept.
func (p *places) now(known route) route {
	p.mu.Lock()
	defer p.mu.Unlock()
	if next, moved := p.newer[known]; moved {
		return next
	}
	return known
}

// mostMoves is how many moves are remembered: a route is forgotten with the engagements that began under it.
const mostMoves = 64

func (p *places) moved(known, next route) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.newer == nil || len(p.newer) >= mostMoves {
		p.newer = map[route]route{}
	}
	p.newer[known] = next
}
