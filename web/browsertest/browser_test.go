package browsertest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const faultyPage = `<!doctype html><html><head><title>x</title></head><body>
<input name="nameless"><img src="/gone.png"><p style="width: 3000px">wide</p>
<script src="/fails.js"></script><script>inline()</script></body></html>`

// A rig that finds nothing wrong proves nothing: here everything is wrong.
func TestTabNamesEachPlantedFault(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone.png" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'")
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(faultyPage))
	})
	mux.HandleFunc("/fails.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write([]byte(`console.error("says so"); throw new Error("breaks")`))
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	tab := Open(t).Tab(t, Phone)
	tab.Goto(server.URL)
	faults := strings.Join(tab.Faults(), "\n")
	for _, want := range []string{"says so", "Error: breaks", "Content Security Policy", "/gone.png"} {
		if !strings.Contains(faults, want) {
			t.Errorf("of %q nothing is said:\n%s", want, faults)
		}
	}
	audit := tab.Audit()
	for _, want := range []string{"label at input", "image-alt at img", "html-has-lang at html"} {
		if !strings.Contains(audit, want) {
			t.Errorf("axe-core does not say %q:\n%s", want, audit)
		}
	}
	if wide := tab.TooWide(); !strings.Contains(wide, "P.") {
		t.Errorf("too wide is %q", wide)
	}
	tab.Expects("") // all that was planted
}

// A line that grows after the page was painted pushes the rest down.
const restlessPage = `<!doctype html><html lang="en"><head><title>x</title></head><body>
<div id="grows"></div><p style="height: 400px; background: silver">pushed</p></body></html>`

func TestTabMeasuresWhatMovesByItself(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(restlessPage))
	}))
	defer server.Close()
	tab := Open(t).Tab(t, Desktop)
	tab.Expects("favicon")
	tab.Goto(server.URL)
	tab.Until("it has been painted", `performance.getEntriesByName("first-contentful-paint").length === 1`)
	if still := tab.Shift(); still != 0 {
		t.Errorf("a page that stands still has moved by %v", still)
	}
	Ask[int](tab, `new Promise((done) => requestAnimationFrame(() => {
		new PerformanceObserver(() => done(1)).observe({type: "layout-shift"});
		document.getElementById("grows").style.height = "300px";
	}))`)
	if moved := tab.Shift(); moved < MostShift {
		t.Errorf("a page that jumped has moved by %v", moved)
	}
}
