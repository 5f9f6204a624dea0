package icws

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
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

func newServers(text string, hosts []string, allowHTTP bool) (*servers, error) {
	s := &servers{text: strings.TrimSuffix(text, "/")}
	u, err := url.Parse(strings.ReplaceAll(s.text, hostMark, "host"))
	switch {
	case err != nil: // the error would show the URL
		return nil, errors.New("url: is not a URL")
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return nil, errors.New("url: must be an https URL, such as https://ic1.example.com:8019")
	case u.Scheme == "http" && !allowHTTP:
		return nil, errors.New("url: must be https (http is for private addresses, with allow_private_address)")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return nil, errors.New("url: must have no user, query or fragment")
	}
	if strings.Contains(s.text, hostMark) {
		if len(hosts) == 0 {
			return nil, errors.New("hosts: are required where url has {host}")
		}
	} else {
		s.first = u
		s.seeds = append(s.seeds, u.Hostname())
	}
	if len(hosts) > maxHosts {
		return nil, fmt.Errorf("hosts: at most %d", maxHosts)
	}
	for i, host := range hosts {
		if !validHost.MatchString(host) {
			return nil, fmt.Errorf("hosts[%d]: must be a host name, with :port where that differs", i)
		}
	}
	s.seeds = append(s.seeds, hosts...)
	return s, nil
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
