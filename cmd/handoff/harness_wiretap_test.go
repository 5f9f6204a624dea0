package main

import (
	"bytes"
	"encoding/base64"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// wiretap lies between the service and a vendor, and collects the credentials that go over the wire.
type wiretap struct {
	mu    sync.Mutex
	found map[string]string // how each was sent, by its text
}

// Where vendors carry credentials.
var (
	secretHeaders = []string{"X-Csrf-Token", "Inin-Icws-Csrf-Token", "X-Jsessionid"}
	secretMembers = regexp.MustCompile(`"(secureKey|csrfToken|sessionToken|channelToken|Token|Ticket|password|participantId)" *: *"([^"]+)"`)
	secretFields  = regexp.MustCompile(`(?:^|&)(secureKey)=([^&]+)`)
)

// shortestSecret keeps words of everyday language out of the collection.
const shortestSecret = 8

// taps answers an address at which the vendor can be reached through the wiretap.
func (w *wiretap) taps(t *testing.T, base string) string {
	t.Helper()
	target, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{
		FlushInterval: -1, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo), // what breaks is broken on purpose
		Rewrite: func(r *httputil.ProxyRequest) {
			w.readHeader(r.In.Header)
			r.SetURL(target)
			r.Out.Body = w.reading(r.In.Body)
		},
		ModifyResponse: func(res *http.Response) error {
			w.readHeader(res.Header)
			res.Body = w.reading(res.Body)
			return nil
		},
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) {
			panic(http.ErrAbortHandler) // a lost answer is lost behind the wiretap as well
		},
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}

// reading collects from a body as it goes by.
func (w *wiretap) reading(body io.ReadCloser) io.ReadCloser {
	if body == nil || body == http.NoBody {
		return body
	}
	return &tapped{ReadCloser: body, tap: w}
}

type tapped struct {
	io.ReadCloser
	tap  *wiretap
	seen bytes.Buffer
}

func (b *tapped) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.seen.Write(p[:n])
	if err != nil {
		b.tap.readBody(b.seen.String())
	}
	return n, err
}

func (w *wiretap) readBody(body string) {
	for _, member := range secretMembers.FindAllStringSubmatch(body, -1) {
		w.keep(member[1], member[2])
	}
	for _, field := range secretFields.FindAllStringSubmatch(body, -1) {
		w.keep(field[1], field[2])
	}
}

func (w *wiretap) readHeader(h http.Header) {
	if kind, value, ok := strings.Cut(h.Get("Authorization"), " "); ok {
		w.keep("Authorization", value)
		if plain, err := base64.StdEncoding.DecodeString(value); kind == "Basic" && err == nil {
			_, password, _ := strings.Cut(string(plain), ":")
			w.keep("password", password)
		}
	}
	for _, name := range secretHeaders {
		w.keep(name, h.Get(name))
	}
	for _, line := range append(h.Values("Set-Cookie"), h.Values("Cookie")...) {
		for cookie := range strings.SplitSeq(line, ";") {
			if _, value, ok := strings.Cut(cookie, "="); ok && !strings.Contains(cookie, "Path=") {
				w.keep("cookie", value)
			}
		}
	}
}

func (w *wiretap) keep(how, secret string) {
	if len(secret) < shortestSecret {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.found == nil {
		w.found = map[string]string{}
	}
	w.found[secret] = how
}

// kinds are the ways in which credentials were seen to be sent.
func (w *wiretap) kinds() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	ways := map[string]bool{}
	for _, how := range w.found {
		ways[how] = true
	}
	return sortedKeys(ways)
}

// shows reports what of it can be read in a text, each with how it was sent; the secrets themselves are not repeated.
func (w *wiretap) shows(text string) (leaks []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for secret, how := range w.found {
		if at := strings.Index(text, secret); at >= 0 {
			leaks = append(leaks, how+" in …"+text[max(0, at-120):at])
		}
	}
	return leaks
}
