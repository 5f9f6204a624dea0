package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pages serves a page around frames, and what is shown in them.
func pages(t *testing.T, around func(base string) []string) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	t.Cleanup(server.Close)
	base := "http://" + server.Listener.Addr().String()
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, `<!doctype html><html lang="en"><title>around</title><link rel="icon" href="data:,"><main><h1>Around</h1></main>`)
		for _, address := range around(base) {
			_, _ = fmt.Fprintf(w, `<iframe title="inner" src=%q></iframe>`, address)
		}
	})
	mux.HandleFunc("/inner", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprint(w, `<!doctype html><html lang="en"><title>inner</title><main><h1>Inner</h1><input></main>`)
	})
	mux.HandleFunc("/closed", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "frame-ancestors 'none'")
		_, _ = fmt.Fprint(w, "closed")
	})
	server.Config.Handler = mux
	server.Start()
	return server
}

func TestFrameOfAnotherSiteIsATabOfItsOwn(t *testing.T) {
	server := pages(t, func(base string) []string { return []string{base + "/inner"} })
	tab := Open(t).Tab(t, Desktop)
	tab.Goto(strings.Replace(server.URL, "127.0.0.1", "localhost", 1))
	inner := tab.Frame(server.URL)
	inner.Shows("h1", "Inner")
	inner.Type("input", "typed")
	inner.Until("it is typed", `document.querySelector('input').value === 'typed'`)
	if found := inner.Audit(); !strings.Contains(found, "label at input") {
		t.Errorf("axe-core finds in the frame %q", found)
	}
	tab.Shows("h1", "Around")
}

func TestFramesTellsWhichAreRefused(t *testing.T) {
	server := pages(t, func(base string) []string { return []string{base + "/inner", base + "/closed"} })
	tab := Open(t).Tab(t, Desktop)
	tab.Expects("frame-ancestors")
	tab.Expects("ERR_BLOCKED_BY_RESPONSE")
	tab.Goto(server.URL)
	want := []Framed{{Address: server.URL + "/inner"}, {Address: server.URL + "/closed", Refused: true}}
	if diff := cmp.Diff(want, tab.Frames()); diff != "" {
		t.Errorf("frames (-want +got):\n%s", diff)
	}
}
