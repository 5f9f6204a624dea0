package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// base is where browsers and bots find this installation: at a path of a host that it shares with others, or at a host of its own.
// Inside, every path is as the tables name it; what is answered with a path of ours is written with at.
type base struct {
	origin string // "https://example.com"; empty: not known
	path   string // "/handoff"; empty: a host of its own
}

// parseBase reads Options.BaseURL.
func parseBase(text string) (base, error) {
	if text == "" {
		return base{}, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || (u.Scheme != "https" && u.Scheme != "http") {
		return base{}, fmt.Errorf("%q is not an address like https://example.com/handoff", text)
	}
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	if !validBasePath(path) {
		return base{}, fmt.Errorf("the path %q must be made of a-z, A-Z, 0-9, dot, dash, underscore and slashes", path)
	}
	if own := ownSegment(path); own != "" {
		return base{}, fmt.Errorf("the path %q begins with %s, which is a path of the service itself", path, own)
	}
	return base{origin: u.Scheme + "://" + u.Host, path: path}, nil
}

// CheckBaseURL answers what is wrong with a base URL, nil if it can be used.
func CheckBaseURL(text string) error {
	_, err := parseBase(text)
	return err
}

// validBasePath: a path whose parts need no escapes, in URLs, in cookies and in pages.
func validBasePath(path string) bool {
	if path == "" {
		return true
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if part == "" || part == "." || part == ".." || strings.ContainsFunc(part, func(r rune) bool {
			return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_", r)
		}) {
			return false
		}
	}
	return true
}

// ownSegment is the first part of a path where one of our own paths begins alike; empty if none does. Such a path could not be
// told from one of ours that a proxy has passed on without the base.
func ownSegment(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	for _, rows := range [][]route{table, pageTable} {
		for i := range rows {
			own, _, _ := strings.Cut(strings.TrimPrefix(rows[i].path, "/"), "/")
			if own != "" && own == first {
				return "/" + own
			}
		}
	}
	return ""
}

// at is a path of ours as others have to ask for it.
func (b base) at(path string) string { return b.path + path }

// cookiePath is below which paths our cookies are sent.
func (b base) cookiePath() string {
	if b.path == "" {
		return "/"
	}
	return b.path
}

// without is a path that somebody asked for as ours are named; false if it is not below the base.
func (b base) without(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, b.path)
	switch {
	case !ok || b.path == "":
		return path, false
	case rest == "":
		return "/", true
	}
	return rest, rest[0] == '/'
}

// stripped lets requests below the base in as if it were not there. A proxy may take it away itself, and who asks the process
// directly need not know it.
func (b base) stripped(next http.Handler) http.Handler {
	if b.path == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, below := b.without(r.URL.Path)
		if !below {
			next.ServeHTTP(w, r)
			return
		}
		inner := new(http.Request)
		*inner = *r
		inner.URL = new(url.URL)
		*inner.URL = *r.URL
		inner.URL.Path = path
		inner.URL.RawPath, _ = b.without(r.URL.RawPath)
		next.ServeHTTP(w, inner)
	})
}
