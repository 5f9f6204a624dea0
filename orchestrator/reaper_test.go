package orchestrator_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"handoff/orchestrator"
)

func sweep(t *testing.T, r *orchestrator.Reaper) orchestrator.Sweep {
	t.Helper()
	s, err := r.Sweep(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestIdleBotConversationExpires(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	reaper := orchestrator.NewReaper(p.Engine, nil, time.Hour)
	id := r.take(p, customerSays("c-1", "m1", "hello")).Conversation.ID
	if s := sweep(t, reaper); s.Checked != 0 {
		t.Fatalf("nothing is due yet, but %+v", s)
	}
	r.clock.Advance(31 * time.Minute)
	s := sweep(t, reaper)
	if s.Fired != 1 || s.Lag != time.Minute {
		t.Fatalf("the sweep did %+v, want one fired with a minute's lag", s)
	}
	if c, err := r.store.Load(t.Context(), id); err != nil || c.State != orchestrator.StateExpired {
		t.Fatalf("state %v, %v", c.State, err)
	}
	if last, ok := reaper.Last(); !ok || last.Fired != 1 {
		t.Fatalf("the last sweep is %+v", last)
	}
}

func TestWordMovesTheDeadlineAndTheSweepFollows(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	reaper := orchestrator.NewReaper(p.Engine, nil, time.Hour)
	r.take(p, customerSays("c-1", "m1", "hello"))
	r.clock.Advance(20 * time.Minute)
	r.take(p, customerSays("c-1", "m2", "still here"))
	r.clock.Advance(11 * time.Minute)
	if s := sweep(t, reaper); s.Rearmed != 1 || s.Fired != 0 || s.Lag != 0 {
		t.Fatalf("the sweep did %+v, want it to find a later deadline", s)
	}
	if s := sweep(t, reaper); s.Checked != 0 {
		t.Fatalf("the index was not moved: %+v", s)
	}
	r.clock.Advance(20 * time.Minute)
	if s := sweep(t, reaper); s.Fired != 1 {
		t.Fatalf("the sweep did %+v, want one fired", s)
	}
}

func TestReaperAsksTheDeskBeforeItCloses(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	reaper := orchestrator.NewReaper(p.Engine, nil, time.Hour)
	id := r.handedOver(p, "c-1")
	seen := func() (orchestrator.Liveness, error) {
		return orchestrator.Liveness{Alive: true, LastSeen: p.Now()}, nil
	}
	r.desk.lives(seen)
	r.clock.Advance(9 * time.Minute) // the warning
	sweep(t, reaper)
	r.clock.Advance(2 * time.Minute) // idle: but the desk has just seen the customer
	if s := sweep(t, reaper); s.Repaired != 1 || s.Fired != 0 {
		t.Fatalf("the sweep did %+v, want one repaired", s)
	}
	if c, err := r.store.Load(t.Context(), id); err != nil || c.State != orchestrator.StateAgent {
		t.Fatalf("state %v, %v; want the chat to go on", c.State, err)
	}
	r.desk.lives(func() (orchestrator.Liveness, error) { return orchestrator.Liveness{}, errors.New("desk unreachable") })
	r.clock.Advance(30 * time.Minute)
	for range 2 {
		if s := sweep(t, reaper); s.Fired > 1 {
			t.Fatalf("closed without the desk's agreement: %+v", s)
		}
	}
	r.desk.lives(nil)
	r.clock.Advance(time.Hour)
	for range 3 {
		sweep(t, reaper)
	}
	if c, err := r.store.Load(t.Context(), id); err != nil || c.State == orchestrator.StateAgent {
		t.Fatalf("state %v, %v; want it closed once the desk agrees", c.State, err)
	}
}

func (d *fakeDesk) lives(f func() (orchestrator.Liveness, error)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.life = f
}

func TestPanicOverOneConversationDoesNotKeepTheSweepFromOthers(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	reaper := orchestrator.NewReaper(p.Engine, nil, time.Hour)
	poisoned := r.handedOver(p, "c-1")
	others := make([]orchestrator.ConversationID, 0, 20)
	for i := range 20 {
		others = append(others, r.take(p, customerSays(fmt.Sprintf("d-%d", i), "m1", "hello")).Conversation.ID)
	}
	r.desk.lives(func() (orchestrator.Liveness, error) { panic("planted") })
	r.clock.Advance(9 * time.Minute)
	sweep(t, reaper)
	r.clock.Advance(time.Hour)
	s := sweep(t, reaper)
	if s.Failed != 1 || s.Fired != len(others) {
		t.Fatalf("the sweep did %+v, want one failed and %d fired", s, len(others))
	}
	r.desk.lives(nil)
	sweep(t, reaper)
	if c, err := r.store.Load(t.Context(), poisoned); err != nil || c.State == orchestrator.StateAgent {
		t.Fatalf("state %v, %v; want the next sweep to close it", c.State, err)
	}
}

func TestConversationsThatFailDoNotHideThoseBehindThem(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	reaper := orchestrator.NewReaper(p.Engine, nil, time.Hour)
	const stuck = 600 // more than a batch in each of the two partitions
	var running sync.WaitGroup
	for worker := range 8 {
		running.Go(func() {
			for i := worker; i < stuck; i += 8 {
				r.handedOver(p, fmt.Sprintf("c-%d", i))
			}
		})
	}
	running.Wait()
	r.clock.Advance(9 * time.Minute)
	sweep(t, reaper) // the warnings
	healthy := r.take(p, customerSays("healthy", "m1", "hello")).Conversation.ID
	r.desk.lives(func() (orchestrator.Liveness, error) { return orchestrator.Liveness{}, errors.New("desk unreachable") })
	r.clock.Advance(time.Hour)
	if s := sweep(t, reaper); s.Failed != stuck {
		t.Fatalf("the sweep did %+v, want %d failed", s, stuck)
	}
	if c, err := r.store.Load(t.Context(), healthy); err != nil || c.State != orchestrator.StateExpired {
		t.Fatalf("state %v, %v; want the one behind them to be swept", c.State, err)
	}
}

func TestCustomerWhoseClientStoppedFetchingIsGone(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	reaper := orchestrator.NewReaper(p.Engine, nil, time.Hour)
	ev := customerSays("c-1", "m1", "hello")
	ev.Channel = orchestrator.ChannelWeb
	id := r.take(p, ev).Conversation.ID
	if err := r.store.Touch(t.Context(), id, p.Now()); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(80 * time.Second)
	if s := sweep(t, reaper); s.Reaped != 0 {
		t.Fatalf("reaped too early: %+v", s)
	}
	r.clock.Advance(20 * time.Second)
	if s := sweep(t, reaper); s.Reaped != 1 {
		t.Fatalf("the sweep did %+v, want one reaped", s)
	}
	if c, err := r.store.Load(t.Context(), id); err != nil || c.State != orchestrator.StateExpired {
		t.Fatalf("state %v, %v", c.State, err)
	}
}

func TestTwoReapersFireEachDeadlineOnce(t *testing.T) {
	r := newRig(t)
	one, two := r.start("one"), r.start("two")
	for i := range 200 {
		r.take(one, customerSays(fmt.Sprintf("c-%d", i), "m1", "hello"))
	}
	r.clock.Advance(time.Hour)
	var fired int
	var mu sync.Mutex
	var running sync.WaitGroup
	for _, p := range []*process{one, two} {
		reaper := orchestrator.NewReaper(p.Engine, nil, time.Hour)
		running.Go(func() {
			s, err := reaper.Sweep(context.Background())
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			fired += s.Fired
		})
	}
	running.Wait()
	if fired != 200 {
		t.Fatalf("fired %d deadlines, want 200", fired)
	}
}

// shelf is an archive in memory.
type shelf struct {
	mu   sync.Mutex
	kept map[orchestrator.ConversationID]int
}

func (s *shelf) Archive(_ context.Context, c *orchestrator.Conversation, entries []orchestrator.Entry) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept[c.ID] = len(entries)
	return nil
}

func (s *shelf) Erased(context.Context, orchestrator.Erasure) error { return nil }

func TestEndedConversationIsArchivedWithItsWholeTimeline(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	archive := &shelf{kept: map[orchestrator.ConversationID]int{}}
	reaper := orchestrator.NewReaper(p.Engine, archive, time.Hour)
	id := r.take(p, customerSays("c-1", "m1", "hello")).Conversation.ID
	ended := r.take(p, orchestrator.Event{
		ID: "gone", Type: orchestrator.EventCustomerLeft, Conversation: id, Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer},
	})
	r.clock.Advance(31 * time.Minute)
	if s := sweep(t, reaper); s.Retired != 1 {
		t.Fatalf("the sweep did %+v, want one retired", s)
	}
	if got := archive.kept[id]; uint64(got) != ended.Conversation.Sequence {
		t.Fatalf("archived %d entries of %d", got, ended.Conversation.Sequence)
	}
	if s := sweep(t, reaper); s.Retired != 0 {
		t.Fatalf("retired twice: %+v", s)
	}
}

// miscounted is a store some of whose counters are wrong until they are counted anew.
type miscounted struct {
	orchestrator.Store
	wrong map[int]int // by partition
	asked int
	fails error
}

func (s *miscounted) Recount(_ context.Context, partition int, _ orchestrator.Moment) (int, error) {
	s.asked++
	mended := s.wrong[partition]
	delete(s.wrong, partition)
	return mended, s.fails
}

func TestSweepMendsTheCountersOnceAMinute(t *testing.T) {
	r := newRig(t)
	store := &miscounted{Store: r.store, wrong: map[int]int{0: 2, 1: 3}}
	reaper := orchestrator.NewReaper(r.startOn("one", store, r.flow).Engine, nil, time.Hour)
	if s := sweep(t, reaper); s.Recounted != 5 || store.asked != 2 {
		t.Fatalf("the sweep did %+v and asked %d times, want five counters mended in two partitions", s, store.asked)
	}
	r.clock.Advance(59 * time.Second)
	if s := sweep(t, reaper); s.Recounted != 0 || store.asked != 2 {
		t.Fatalf("the sweep within the minute did %+v and asked %d times", s, store.asked)
	}
	store.wrong[1], store.fails = 1, errors.New("a partition cannot be read")
	r.clock.Advance(time.Second)
	if s, err := reaper.Sweep(t.Context()); !errors.Is(err, store.fails) || s.Recounted != 1 || store.asked != 4 {
		t.Fatalf("the sweep after a minute did %+v, %v, and asked %d times", s, err, store.asked)
	}
}

func TestCustomerWhoComesBackWhileTheDeskIsAskedIsNotDead(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	reaper := orchestrator.NewReaper(p.Engine, nil, time.Hour)
	id := r.take(p, orchestrator.Event{
		ID: "start", Type: orchestrator.EventStarted, Bot: "shop", External: "c-1", Channel: orchestrator.ChannelWeb,
		Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u-1"}, Customer: &orchestrator.Customer{ID: "u-1"},
	}).Conversation.ID
	r.handedOver(p, "c-1")
	if err := r.store.Touch(t.Context(), id, p.Now()); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(2 * time.Minute)
	r.desk.life = func() (orchestrator.Liveness, error) {
		return orchestrator.Liveness{}, r.store.Touch(t.Context(), id, p.Now())
	}
	sweep(t, reaper)
	if c, err := r.store.Load(t.Context(), id); err != nil || c.State != orchestrator.StateAgent {
		t.Errorf("the customer is back and the chat is in %s, %v", c.State, err)
	}
}
