package house

import (
	"context"
	"log/slog"
	"testing"

	"handoff/connectors/desktest"
	"handoff/orchestrator"
	"handoff/orchestrator/redisstore"
)

// embedded opens a store on the Redis inside this process; its roster is the one that the program uses.
func embedded(t desktest.TB) (roster orchestrator.Roster, done func()) {
	t.Helper()
	store, err := redisstore.OpenEmbedded(context.Background(), redisstore.Options{
		Clock: orchestrator.NewStepClock(start), Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return store, func() {
		if err := store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
}

func TestHouseIsADeskOnRedis(t *testing.T) {
	desktest.Run(t, subject(embedded))
}

func TestTwoProcessesShareOneFloorOnRedis(t *testing.T) {
	roster, done := embedded(t)
	t.Cleanup(done) // after the desks have stopped, whose cleanups come later and run first
	twoProcesses(t, roster)
}
