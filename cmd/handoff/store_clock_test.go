package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
)

// wrongClock is that of a machine whose clock is off.
type wrongClock struct {
	orchestrator.SystemClock
	off time.Duration
}

func (c wrongClock) Now() time.Time { return c.SystemClock.Now().Add(c.off) }

// TestProcessOnAMachineThatIsOffGoesByTheStoresClock: two processes, one of which runs an hour ahead. Both have one time, and the
// one that is off warns.
func TestProcessOnAMachineThatIsOffGoesByTheStoresClock(t *testing.T) {
	server := redistest.Start(t)
	running := func(off time.Duration) (*app, string) {
		cfg, err := loadConfig(servedConfig(t, ""), []string{"HANDOFF_REDIS_URL=" + server.URL()})
		if err != nil {
			t.Fatal(err)
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		a, err := start(t.Context(), cfg, parts{clock: wrongClock{off: off}, follow: true, listener: listener, jobs: true}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := a.stop(); err != nil {
				t.Error(err)
			}
		})
		return a, "http://" + listener.Addr().String()
	}
	for _, off := range []time.Duration{0, time.Hour, -3 * time.Second} {
		a, base := running(off)
		if apart := a.engine.Now().Sub(orchestrator.MomentOf(proofClock.Now())).Abs(); apart > time.Second {
			t.Errorf("a process whose machine is %v off is %v off", off, apart)
		}
		warned := strings.Contains(strings.Join(a.warnings(), "\n"), "redis clock: ")
		if warned != (off.Abs() > 2*time.Second) {
			t.Errorf("a process whose machine is %v off warns of %q", off, a.warnings())
		}
		nobody, err := newClient(base)
		if err != nil {
			t.Fatal(err)
		}
		var begun struct {
			Deadline time.Time `json:"deadline"`
		}
		if err := nobody.with("a-token-of-sixteen").call(context.Background(), http.MethodPost, "/v1/conversations",
			map[string]any{"bot": "shop", "conversation_id": off.String(), "user": map[string]any{"id": "u-1"}}, &begun); err != nil {
			t.Fatal(err)
		}
		const patience = 30 * time.Minute // of the default policy, with the bot
		if apart := begun.Deadline.Sub(proofClock.Now().Add(patience)).Abs(); apart > 10*time.Second {
			t.Errorf("a process whose machine is %v off sets a deadline that is %v off", off, apart)
		}
	}
}
