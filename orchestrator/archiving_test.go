package orchestrator_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore"
)

// fullDisk is an archive that takes nothing while it is full.
type fullDisk struct {
	mu    sync.Mutex
	full  bool
	tries int
	kept  []orchestrator.ConversationID
}

func (f *fullDisk) Archive(_ context.Context, c *orchestrator.Conversation, _ []orchestrator.Entry) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tries++
	if f.full {
		return fmt.Errorf("%w: no space left", orchestrator.ErrArchiveDown)
	}
	f.kept = append(f.kept, c.ID)
	return nil
}

func (f *fullDisk) Erased(context.Context, orchestrator.Erasure) error { return nil }

// TestFullArchiveIsToldOnceAndLosesNothing: while the disk is full each sweep tries it once; what has ended stays, however long
// it takes, and is archived when there is room again.
func TestFullArchiveIsToldOnceAndLosesNothing(t *testing.T) {
	r := newRig(t)
	store, err := redisstore.OpenEmbedded(t.Context(), redisstore.Options{Partitions: 2, Clock: r.clock, Log: logTo(t), Archive: true, Retention: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	var log bytes.Buffer // of sweeps, which write one at a time here
	r.store, r.heard = store, &log
	p := r.start("one")
	archive := &fullDisk{full: true}
	reaper := orchestrator.NewReaper(p.Engine, archive, time.Hour)
	var ended []orchestrator.ConversationID
	for i := range 40 {
		id := r.take(p, customerSays(fmt.Sprintf("c-%d", i), "m1", "hello")).Conversation.ID
		r.take(p, orchestrator.Event{
			ID: "gone", Type: orchestrator.EventCustomerLeft, Conversation: id, Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer},
		})
		ended = append(ended, id)
	}
	r.clock.Advance(31 * time.Minute)
	const sweeps = 100
	for n := range sweeps {
		s, err := reaper.Sweep(t.Context())
		if err != nil || !s.ArchiveDown || s.Retired > 0 {
			t.Fatalf("sweep %d did %+v, %v", n, s, err)
		}
		r.clock.Advance(2 * time.Minute) // in all far beyond the retention
	}
	if most := sweeps + 8; archive.tries > most { // the first sweep finds out in several partitions at once
		t.Errorf("the archive was tried %d times in %d sweeps", archive.tries, sweeps)
	}
	state := reaper.Archiving()
	if state.Fault == nil || !errors.Is(state.Fault, orchestrator.ErrArchiveDown) || state.Since == 0 {
		t.Errorf("the state is %+v", state)
	}
	archive.full = false
	first, second := sweep(t, reaper), sweep(t, reaper) // the first may try the archive in one partition only
	if first.Retired+second.Retired != len(ended) || second.ArchiveDown || first.Lost+second.Lost > 0 {
		t.Fatalf("with room again the sweeps did %+v and %+v, want %d retired", first, second, len(ended))
	}
	slices.Sort(ended)
	slices.Sort(archive.kept)
	if !slices.Equal(ended, archive.kept) {
		t.Errorf("archived are %v, ended were %v", archive.kept, ended)
	}
	if reaper.Archiving() != (orchestrator.Archiving{}) {
		t.Errorf("the state is still %+v", reaper.Archiving())
	}
	for _, line := range []string{"nothing can be archived", "the archive is written again"} {
		if n := strings.Count(log.String(), line); n != 1 {
			t.Errorf("%d lines say %q", n, line)
		}
	}
	if strings.Contains(log.String(), "is not archived") {
		t.Error("each conversation has a line of its own")
	}
}
