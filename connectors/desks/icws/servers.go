package icws

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/session"
	"handoff/connectors/internal/settings"
)

// hostMark stands in a configured URL for the server's name.
const hostMark = "{host}"

// validHost is a server's name, with a port where it differs from the configured one.
var validHost = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?$`)

// servers knows where the servers of one installation are. They share scheme, port and path; the host differs.
type servers struct {
	text  string
	first *url.URL // nil with hostMark
	seeds []string
}

// newServers reads where the servers are. Its errors begin with the keys url and hosts.
func newServers(text string, hosts []string, private bool) (*servers, error) {
	s := &servers{text: strings.TrimSuffix(text, "/")}
	f := &settings.Faults{}
	u, err := settings.Root(strings.ReplaceAll(s.text, hostMark, "host"), private)
	f.Check("url", err)
	if strings.Contains(s.text, hostMark) {
		if len(hosts) == 0 {
			f.Add("hosts", "are required where url has %s", hostMark)
		}
	} else if err == nil {
		s.first, s.seeds = u, []string{u.Hostname()}
	}
	f.AtMost("hosts", len(hosts), maxHosts)
	for i, host := range hosts {
		if !validHost.MatchString(host) {
			f.Add(fmt.Sprintf("hosts[%d]", i), "must be a host name, with :port where that differs")
		}
	}
	s.seeds = append(s.seeds, hosts...)
	return s, f.Err()
}

// at answers the address of a resource on a host; the path begins with "/icws" and is escaped.
func (s *servers) at(host, path string) (*url.URL, error) {
	if !validHost.MatchString(host) {
		return nil, errors.New("a server's name is not one")
	}
	if s.first == nil {
		return url.Parse(strings.ReplaceAll(s.text, hostMark, host) + path)
	}
	if port := s.first.Port(); port != "" && !strings.Contains(host, ":") {
		host = net.JoinHostPort(host, port)
	}
	return url.Parse(s.first.Scheme + "://" + host + s.first.EscapedPath() + path)
}

// order is in which order hosts are tried: the last good one, those that the server named, those that are configured.
func (s *servers) order(lastGood string, named []string) []string {
	var order []string
	for _, host := range slices.Concat([]string{lastGood}, named, s.seeds) {
		if validHost.MatchString(host) && !slices.Contains(order, host) && len(order) < maxHosts {
			order = append(order, host)
		}
	}
	return order
}

// tryHosts makes an attempt at one host after the other until one takes us: the last good one, those that servers name,
// those that are configured. Refused credentials end it, because trying them everywhere would lock the account.
func (b *base) tryHosts(ctx context.Context, attempt func(host string) (*login, error)) (*login, error) {
	var last *login
	if kept, err := b.Memory.Kept(ctx, b.Name, ""); err != nil {
		return nil, err
	} else if raw := kept["session"]; len(raw) > 0 {
		last, _ = readLogin(raw) // one that cannot be read tells no host
	}
	if last == nil {
		last = &login{}
	}
	hosts := b.client.servers.order(last.Host, last.Others)
	if failing := b.failed(); slices.Contains(hosts, failing) { // it answers, and did not serve: the others first
		hosts = append(slices.DeleteFunc(hosts, func(h string) bool { return h == failing }), failing)
	}
	var failure error
	for i := 0; i < len(hosts); i++ {
		s, err := attempt(hosts[i])
		if err == nil {
			return s, nil
		}
		failure = err
		b.Log.InfoContext(ctx, "a server does not take us", "host", hosts[i], "error", err)
		if other, ok := errors.AsType[*otherHosts](err); ok {
			hosts = b.client.servers.order("", append(hosts, other.hosts...))
		}
		if status := frame.StatusOf(err); status == http.StatusBadRequest && b.config.Seat == SeatAgent {
			return nil, fmt.Errorf("%w: %w", session.ErrRefused, err)
		}
		if ctx.Err() != nil {
			return nil, err
		}
	}
	return nil, failure
}

// fails notes which host did not serve although it took us; empty is none.
func (b *base) fails(host string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failing = host
}

func (b *base) failed() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failing
}
