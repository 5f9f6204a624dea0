package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

func endedConversation(n int) (*orchestrator.Conversation, []orchestrator.Entry) {
	id := orchestrator.ConversationID(fmt.Sprintf("cv_00_%d", n))
	c := &orchestrator.Conversation{
		ID: id, Bot: "shop", External: fmt.Sprint(n), State: orchestrator.StateCompleted, Version: 2, Sequence: 2,
		ReplyContext: []byte(`{"k":1}`), EndedAt: 1795292100000,
	}
	return c, []orchestrator.Entry{
		{Sequence: 1, At: 1795292100000, Version: 1, Event: orchestrator.Event{
			ID: "e1", Type: orchestrator.EventMessage, Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer},
			Message: &orchestrator.Message{ID: "m1", Text: "hello"},
		}},
		{Sequence: 2, At: 1795292100000, Version: 2, From: orchestrator.StateBot, To: orchestrator.StateCompleted,
			Event: orchestrator.Event{ID: "e2", Type: orchestrator.EventCompleted}, Why: &orchestrator.Why{Cause: "completed", Rule: "table"}},
	}
}

func TestArchiveKeepsEachConversationAsOneLine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "archive.jsonl")
	a, err := openArchive(ArchiveConfig{Path: path, MaxMegabytes: 1, Keep: 2}, orchestrator.SystemClock{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	var writers sync.WaitGroup
	for n := range 50 {
		writers.Go(func() {
			c, entries := endedConversation(n)
			if err := a.Archive(t.Context(), c, entries); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range readArchive(t, path) {
		seen[r.ConversationID] = true
		if r.Timeline[0].Message.Text != "hello" || r.Timeline[1].To != orchestrator.StateCompleted || string(r.ReplyContext) != `{"k":1}` {
			t.Errorf("a line lost something: %+v", r)
		}
	}
	if len(seen) != 50 {
		t.Errorf("got %d conversations, want 50", len(seen))
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != archiveMode {
		t.Errorf("mode %v (%v), want %v: it holds what customers wrote", info.Mode(), err, archiveMode)
	}
}

func TestArchiveRotatesBySizeAndKeepsTheNewest(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "archive.jsonl")
	clock := orchestrator.NewStepClock(time.UnixMilli(1795292100000))
	a, err := openArchive(ArchiveConfig{Path: path, MaxMegabytes: 1, Keep: 2}, clock, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	a.maxBytes = 1 // every line fills a file
	for n := range 5 {
		c, entries := endedConversation(n)
		if err := a.Archive(t.Context(), c, entries); err != nil {
			t.Fatal(err)
		}
		clock.Advance(time.Second)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	var got []string
	files, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		for _, r := range readArchive(t, f) {
			got = append(got, r.ConversationID)
		}
	}
	if want := []string{"4", "2", "3"}; !cmp.Equal(want, got) { // the file itself, then the rotated ones by age
		t.Error(cmp.Diff(want, got))
	}
}

func TestArchiveFollowsWhenAnotherProcessRotates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "archive.jsonl")
	a, err := openArchive(ArchiveConfig{Path: path, MaxMegabytes: 1, Keep: 2}, orchestrator.SystemClock{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c, entries := endedConversation(1)
	if err := a.Archive(t.Context(), c, entries); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".20260101T000000.000"); err != nil {
		t.Fatal(err)
	}
	c, entries = endedConversation(2)
	if err := a.Archive(t.Context(), c, entries); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if got := readArchive(t, path); len(got) != 1 || got[0].ConversationID != "2" {
		t.Errorf("the new file holds %+v, want the second conversation only", got)
	}
}

func TestArchiveGoesOnWhenItsFileCanBeOpenedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "archive.jsonl")
	a, err := openArchive(ArchiveConfig{Path: path, MaxMegabytes: 1, Keep: 2}, orchestrator.SystemClock{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".20260101T000000.000"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o700); err != nil { // for a while there is no file to write to
		t.Fatal(err)
	}
	c, entries := endedConversation(1)
	for range 2 {
		if err := a.Archive(t.Context(), c, entries); err == nil {
			t.Error("a line is said to be on the disk that is not")
		}
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := a.Archive(t.Context(), c, entries); err != nil {
		t.Errorf("the file can be written again, and is not: %v", err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	if got := readArchive(t, path); len(got) != 1 {
		t.Errorf("the file holds %d conversations, want one", len(got))
	}
}

func TestArchiveRemovesNoFilesButItsOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "archive")
	clock := orchestrator.NewStepClock(time.UnixMilli(1795292100000))
	others := []string{path + ".1.bak", path + ".20250101T000000.000.gz", path + ".jsonl", path + ".20250101"}
	for _, name := range others {
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a, err := openArchive(ArchiveConfig{Path: path, MaxMegabytes: 1, Keep: 1}, clock, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	a.maxBytes = 1
	for n := range 4 { // twice in the same moment
		c, entries := endedConversation(n)
		if err := a.Archive(t.Context(), c, entries); err != nil {
			t.Fatal(err)
		}
		if n == 1 {
			clock.Advance(time.Second)
		}
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil {
		t.Fatal(err)
	}
	if want := len(others) + 2; len(files) != want { // the file, and one that was renamed
		t.Errorf("there are %d files, want %d: %v", len(files), want, files)
	}
	for _, name := range others {
		if !slices.Contains(files, name) {
			t.Errorf("%s is gone", name)
		}
	}
}

func TestArchiveThatCannotBeWrittenShowsAtStart(t *testing.T) {
	_, err := openArchive(ArchiveConfig{Path: filepath.Join(t.TempDir(), "no", "such")}, orchestrator.SystemClock{}, slog.New(slog.DiscardHandler))
	if err == nil {
		t.Error("opened a file in a folder that does not exist")
	}
}

func readArchive(t *testing.T, path string) []archiveRecord {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var records []archiveRecord
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var r archiveRecord
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatalf("line %q: %v", lines.Text(), err)
		}
		records = append(records, r)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return records
}
