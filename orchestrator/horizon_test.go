package orchestrator_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"handoff/orchestrator"
)

// countedStore counts the partitions that are asked what is due.
type countedStore struct {
	orchestrator.Store
	asked atomic.Int64
}

func (s *countedStore) Ahead(ctx context.Context, partitions []int) ([]orchestrator.Ahead, error) {
	s.asked.Add(int64(len(partitions)))
	return s.Store.Ahead(ctx, partitions)
}

func (s *countedStore) Claim(
	ctx context.Context, node orchestrator.NodeID, now orchestrator.Moment, lease time.Duration, limit int,
) ([]orchestrator.LaneKey, error) {
	s.asked.Add(int64(s.Partitions())) // it looks at all
	return s.Store.Claim(ctx, node, now, lease, limit)
}

// watched is a reaper that hears of what changes, until the test ends.
func watched(t *testing.T, p *process) *orchestrator.Reaper {
	t.Helper()
	reaper := orchestrator.NewReaper(p.Engine, nil, time.Hour)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := reaper.Watch(ctx); err != nil {
			t.Errorf("watching: %v", err)
		}
	})
	t.Cleanup(func() { cancel(); running.Wait() })
	return reaper
}

// settle sweeps at a standing clock until nothing is asked any more: everything that changed has been heard of.
func settle(t *testing.T, store *countedStore, reaper *orchestrator.Reaper) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for before := int64(-1); before != store.asked.Load(); {
		if ctx.Err() != nil {
			t.Fatal("each sweep still asks although nothing changes")
		}
		before = store.asked.Load()
		sweep(t, reaper)
	}
}

func TestIdleProcessAsksNowAndThenWhatIsDue(t *testing.T) {
	r := newRig(t)
	store := &countedStore{Store: r.store}
	p := r.startOn("one", store, r.flow)
	reaper := watched(t, p)
	id := r.handedOver(p, "c-1")
	awaitNoLease(t, r, id)
	settle(t, store, reaper)
	before := store.asked.Load()
	const seconds = 60
	for range seconds {
		r.clock.Advance(time.Second)
		sweep(t, reaper)
	}
	every := int64(seconds / 15) // of each partition
	if asked, most := store.asked.Load()-before, (every+1)*int64(store.Partitions()); asked > most {
		t.Errorf("in a minute %d times a partition was asked, want at most %d", asked, most)
	}
}

func TestDeadlineThatAnotherProcessSetFiresInTheFirstSweepAfterIt(t *testing.T) {
	r := newRig(t)
	store := &countedStore{Store: r.store}
	p, other := r.startOn("one", store, r.flow), r.start("two")
	reaper := watched(t, p)
	settle(t, store, reaper)
	id := r.take(other, customerSays("c-1", "m1", "hello")).Conversation.ID
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for before := store.asked.Load(); store.asked.Load() == before; sweep(t, reaper) { // the clock stands: it was heard of
		if ctx.Err() != nil {
			t.Fatal("the sweeps never looked where another process has set a deadline")
		}
	}
	c, err := r.store.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(c.Deadline.Sub(p.Now()))
	if s := sweep(t, reaper); s.Fired != 0 {
		t.Fatalf("fired at the deadline itself: %+v", s)
	}
	r.clock.Advance(time.Millisecond)
	if s := sweep(t, reaper); s.Fired != 1 || s.Lag != time.Millisecond {
		t.Fatalf("the sweep did %+v, want the deadline fired a millisecond late", s)
	}
}

func TestLanesOfAProcessThatStoppedAreTakenInTheNextSweep(t *testing.T) {
	r := newRig(t)
	store := &countedStore{Store: r.store}
	p, other := r.startOn("one", store, r.flow), r.start("two")
	reaper := watched(t, p)
	for _, node := range []orchestrator.NodeID{"one", "two"} {
		if _, err := r.store.Beat(t.Context(), node, time.Minute, nil); err != nil {
			t.Fatal(err)
		}
	}
	r.bot.answers(func(call) error { return failure(orchestrator.OutcomeRetry) })
	r.handedOver(other, "c-1")
	next(t, r.bot.calls, func(call) bool { return true })
	awaitSleeping(r)
	settle(t, store, reaper)
	r.bot.answers(nil)
	other.stop() // its lane waits for the next attempt and is given back
	if err := r.store.Leave(t.Context(), "two"); err != nil {
		t.Fatal(err)
	}
	if s := sweep(t, reaper); s.Claimed == 0 {
		t.Fatalf("the sweep did %+v, want the lane taken over", s)
	}
}
