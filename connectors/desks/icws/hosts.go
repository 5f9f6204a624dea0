package icws

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"

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
