package main

import (
	"log/slog"
	"net"
	"testing"

	"handoff/orchestrator"
)

// serveInside runs a service inside the test until it is over, and answers its address.
func serveInside(t *testing.T, yaml []byte, clock orchestrator.Clock) string {
	t.Helper()
	cfg, err := parseConfig(yaml, nil)
	if err != nil {
		t.Fatal(err)
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a, err := start(t.Context(), cfg, parts{clock: clock, listener: listener}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.stop(); err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}
