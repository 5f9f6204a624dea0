package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/web/browsertest"
)

// framer is a page that shows others in frames, over which it could lay something else. Its address is known before it is served.
func framer(t *testing.T) (server *httptest.Server, address string) {
	t.Helper()
	server = httptest.NewUnstartedServer(nil)
	t.Cleanup(server.Close)
	return server, "http://" + server.Listener.Addr().String()
}

func showing(addresses []string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		var frames strings.Builder
		for _, address := range addresses {
			fmt.Fprintf(&frames, `<iframe src=%q></iframe>`, address)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = fmt.Fprintf(w, `<!doctype html><title>Win a prize</title><link rel="icon" href="data:,">%s`, &frames)
	})
}

// The hostile page is of the same site, so that a frame would have the cookie of whoever is signed in.
func TestHostilePageShowsNothingOfOursInAFrame(t *testing.T) {
	alone(t)
	hostile, hostileAddress := framer(t)
	friendly, friendlyAddress := framer(t)
	s := newPlay(t, policy{allowedOrigins: []string{friendlyAddress}})
	shown := s.scenery().begins("Ann", "Where is my parcel?")
	var framed []string
	for _, path := range []string{"/", "/login", "/board", "/board/c/" + shown, "/board/flow/default", "/board/undelivered", "/desk",
		"/chat/" + storyBot} {
		framed = append(framed, s.base+path)
	}
	for _, server := range []*httptest.Server{hostile, friendly} {
		server.Config.Handler = showing(framed)
		server.Start()
	}
	sam, nobody := s.looks(s.browser, browsertest.Desktop), s.looks(s.browser, browsertest.Desktop)
	sam.opens("/board", "sam")
	for who, v := range map[string]*viewer{"sam": sam, "nobody": nobody} {
		v.Expects("frame-ancestors")
		v.Expects("ERR_BLOCKED_BY_RESPONSE")
		v.Goto(hostileAddress)
		if diff := cmp.Diff([]string(nil), v.framed(len(framed))); diff != "" {
			t.Errorf("of ours a hostile page shows %s (-want +got):\n%s", who, diff)
		}
		v.Goto(friendlyAddress) // the same page of an allowed origin: frames do show what may be framed
		if diff := cmp.Diff([]string{s.base + "/chat/" + storyBot}, v.framed(len(framed))); diff != "" {
			t.Errorf("of ours an allowed origin shows %s (-want +got):\n%s", who, diff)
		}
	}
}

// framed are the addresses that are shown in the frames of the page, of so many.
func (v *viewer) framed(total int) (shown []string) {
	v.at.t.Helper()
	all := v.Frames()
	for _, frame := range all {
		if !frame.Refused {
			shown = append(shown, frame.Address)
		}
	}
	if len(all) != total {
		v.at.t.Errorf("the page has %d frames in place of %d: %v", len(all), total, all)
	}
	return shown
}
