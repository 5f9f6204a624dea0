package desktest

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/simkit"
)

// Serve serves a simulated vendor. It does not log what faults do to its connections; shut closes it with whatever is still
// open.
func Serve(vendor http.Handler) (server *httptest.Server, shut func()) {
	server = httptest.NewUnstartedServer(vendor)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.Start()
	return server, func() {
		server.CloseClientConnections()
		server.Close()
	}
}

// Until waits until something is so at a simulated vendor, looking after each change there, and fails the test when it does
// not become so in time.
func Until(t TB, vendor *simkit.Faults, what string, so func() bool) {
	t.Helper()
	late := time.NewTimer(awaitTimeout)
	defer late.Stop()
	for {
		_, changed := vendor.Watch()
		if so() {
			return
		}
		select {
		case <-changed:
		case <-late.C:
			t.Fatalf("waited %s in vain: %s", awaitTimeout, what)
		}
	}
}

// Same fails the test when two values differ, and shows where.
func Same(t TB, what string, want, have any) {
	t.Helper()
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
