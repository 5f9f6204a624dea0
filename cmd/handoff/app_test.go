package main

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"handoff/orchestrator"
)

func TestEndedConversationsAreArchivedBeforeTheyAreForgotten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "archive.jsonl")
	cfg, err := parseConfig([]byte(minimal+"archive: {path: '"+path+"'}\nretention: 1h"), nil)
	if err != nil {
		t.Fatal(err)
	}
	clock := orchestrator.NewStepClock(time.UnixMilli(1795292100000))
	a, err := start(t.Context(), cfg, parts{clock: clock}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for i, kind := range []orchestrator.EventType{orchestrator.EventContextUpdated, orchestrator.EventCompleted} {
		_, err := a.engine.Receive(t.Context(), orchestrator.Event{
			ID: orchestrator.EventID(kind), Type: kind, Bot: "shop", External: "c-1", Actor: orchestrator.Actor{Role: orchestrator.ActorBot, ID: "shop"},
		})
		if err != nil {
			t.Fatalf("event %d: %v", i, err)
		}
	}
	sweep := func(want int) {
		t.Helper()
		done, err := a.reaper.Sweep(t.Context())
		if err != nil || done.Retired != want {
			t.Fatalf("retired %d, want %d: %v", done.Retired, want, err)
		}
	}
	sweep(0) // it has just ended: a rating may still come
	clock.Advance(31 * time.Minute)
	sweep(1)
	sweep(0)
	if err := a.stop(); err != nil {
		t.Fatal(err)
	}
	records := readArchive(t, path)
	if len(records) != 1 || records[0].ConversationID != "c-1" || records[0].State != orchestrator.StateCompleted {
		t.Fatalf("the archive holds %+v", records)
	}
	last := records[0].Timeline[len(records[0].Timeline)-1]
	if last.Type != orchestrator.EventCompleted || last.Why == nil {
		t.Errorf("the timeline ends with %+v", last)
	}
}
