package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
)

func TestFullDeviceIsAnArchiveThatIsDown(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Log("this system has no /dev/full")
		return
	}
	archive, err := openArchive(ArchiveConfig{Path: "/dev/full", MaxMegabytes: 1, Keep: 1}, orchestrator.SystemClock{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err := archive.Archive(t.Context(), &orchestrator.Conversation{ID: "cv_1", State: orchestrator.StateCompleted}, nil)
		if !errors.Is(err, orchestrator.ErrArchiveDown) || !strings.Contains(err.Error(), "no space left on device") {
			t.Errorf("got %v", err)
		}
	}
	if err := archive.Close(); err != nil {
		t.Error(err)
	}
}

// fullArchive is a service whose archive's disk is full: the process may write files of a few kilobytes only.
type fullArchive struct {
	t     *testing.T
	path  string
	node  *proofNode
	bot   *caller
	ended map[string]bool
}

// chatsEnd lets conversations begin and end.
func (f *fullArchive) chatsEnd(first, beyond int) {
	f.t.Helper()
	for n := first; n < beyond; n++ {
		external := fmt.Sprintf("c-%d", n)
		id, customer, err := newParties(f.t, f.node).begin(f.t.Context(), f.node, f.bot, external)
		if err != nil {
			f.t.Fatal(err)
		}
		if _, err := customer.must(f.t.Context(), f.node, http.MethodPost, "/v1/conversations/"+id+"/messages", "",
			map[string]any{"text": strings.Repeat("Where is my parcel? ", 20)}); err != nil {
			f.t.Fatal(err)
		}
		if _, err := customer.must(f.t.Context(), f.node, http.MethodPost, "/v1/conversations/"+id+"/end", "", struct{}{}); err != nil {
			f.t.Fatal(err)
		}
		f.ended[id] = true
	}
}

// until waits for a condition that takes half of the retention.
func (f *fullArchive) until(what string, holds func() bool) {
	f.t.Helper()
	patience, cancel := context.WithTimeout(f.t.Context(), 3*time.Minute)
	defer cancel()
	for !holds() {
		if !rests(patience, time.Second/2) {
			f.t.Fatalf("not in time: %s\n%s", what, f.node.stderr.String())
		}
	}
}

func (f *fullArchive) text(path string) string {
	f.t.Helper()
	res, err := f.bot.send(f.t.Context(), http.MethodGet, path, nil, "application/json")
	if err != nil {
		f.t.Fatal(err)
	}
	defer res.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(res.Body); err != nil {
		f.t.Fatal(err)
	}
	return b.String()
}

// archived are the conversations that the archive's files hold, each of whose lines is whole.
func (f *fullArchive) archived() map[string]int {
	f.t.Helper()
	data, err := os.ReadFile(f.path)
	if err != nil {
		f.t.Fatal(err)
	}
	all := map[string]int{}
	for line := range bytes.Lines(data) {
		var record archiveRecord
		if err := json.Unmarshal(line, &record); err != nil {
			f.t.Fatalf("a broken line %q: %v", line, err)
		}
		all[string(record.ID)]++
	}
	return all
}

// TestProofFullDiskLosesNothing: conversations end while the archive's disk is full. It is told once in the log, and stands in
// /readyz and in the metrics until there is room; then everything is archived.
func TestProofFullDiskLosesNothing(t *testing.T) {
	const chats = 60
	shell, err := exec.LookPath("prlimit")
	if err != nil {
		t.Fatalf("prlimit, of util-linux, is needed: %v", err)
	}
	config := strings.Replace(readText(t, proofConfig(t, "")), "partitions: 16\n", "partitions: 16\nretention: 1m\narchive: {path: \""+
		filepath.Join(t.TempDir(), "archive.jsonl")+"\"}\n", 1)
	f := &fullArchive{t: t, ended: map[string]bool{}}
	_, after, _ := strings.Cut(config, "archive: {path: \"")
	f.path, _, _ = strings.Cut(after, "\"")
	f.node = startNode(t, writeConfig(t, config), redistest.Start(t).URL())
	f.bot = newParties(t, f.node).bearer(proofToken)
	limit := func(bytes string) {
		t.Helper()
		if out, err := exec.Command(shell, "--pid", strconv.Itoa(f.node.cmd.Process.Pid), "--fsize="+bytes).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	limit("8192:unlimited")
	f.chatsEnd(0, chats)
	f.until("/readyz warns", func() bool { return strings.Contains(f.text("/readyz"), "archive: cannot be written since") })
	f.until("the metrics say so", func() bool { return strings.Contains(f.text("/metrics"), "handoff_archive_down 1") })
	f.chatsEnd(chats, chats+5)
	if ready := f.text("/readyz"); !strings.Contains(ready, `"status":"ready"`) {
		t.Errorf("a full archive makes the service %s", ready)
	}
	rests(t.Context(), 45*time.Second) // beyond the retention of the first
	few := len(f.archived())
	if lines := strings.Count(f.node.stderr.String(), "\n"); lines > 3 {
		t.Errorf("the log has %d lines:\n%s", lines, f.node.stderr.String())
	}
	limit("unlimited:unlimited")
	f.until("everything is archived", func() bool { return len(f.archived()) == len(f.ended) })
	f.until("the warning is over", func() bool { return !strings.Contains(f.text("/readyz"), "archive:") })
	for id := range f.ended {
		if n := f.archived()[id]; n != 1 {
			t.Errorf("%s stands %d times in the archive", id, n)
		}
	}
	t.Logf("%d of %d were archived while the disk was full, the rest with room again; the log has %d lines", few, len(f.ended),
		strings.Count(f.node.stderr.String(), "\n"))
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
