package redisstore

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

// moving is the commit that moves a conversation to a state.
func moving(c *orchestrator.Conversation, to orchestrator.State, now orchestrator.Moment) *orchestrator.Commit {
	commit := message(c, now)
	commit.Next.State, commit.Next.EnteredAt = to, now
	commit.Entries[0].From, commit.Entries[0].To = c.State, to
	return commit
}

// mustStand fails unless so many of the flow stand in state agent and in state queued.
func mustStand(t *testing.T, s *Store, flow string, agent, queued int64) {
	t.Helper()
	got, err := s.Standing(t.Context(), flow)
	if err != nil {
		t.Fatal(err)
	}
	want := map[orchestrator.State]int64{}
	for _, state := range orchestrator.LiveStates() {
		want[state] = 0
	}
	want[orchestrator.StateAgent], want[orchestrator.StateQueued] = agent, queued
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("standing of %q: got (+), want (-):\n%s", flow, diff)
	}
}

func recountAll(t *testing.T, s *Store) (mended int) {
	t.Helper()
	for p := range s.Partitions() {
		n, err := s.Recount(t.Context(), p, s.now())
		if err != nil {
			t.Fatal(err)
		}
		mended += n
	}
	return mended
}

// forgetStanding leaves what an installation has that was never counted by flow.
func forgetStanding(t *testing.T, s *Store) {
	t.Helper()
	for i := range s.keys.partitions {
		if err := s.client.Del(t.Context(), s.keys.partitions[i].standing).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestConversationsOfAnOlderVersionAreCountedBySweeping(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(Options) *Store) {
		s := open(Options{Partitions: 1})
		first := beginChat(t, s, "first")
		beginChat(t, s, "second")
		forgetStanding(t, s)
		mustStand(t, s, "default", 0, 0)
		if _, err := s.Commit(t.Context(), moving(first, orchestrator.StateQueued, s.now())); err != nil {
			t.Fatal(err)
		}
		mustStand(t, s, "default", 0, 1) // never below nothing
		if mended := recountAll(t, s); mended != 1 {
			t.Errorf("%d counters were mended, want that of agent", mended)
		}
		mustStand(t, s, "default", 1, 1)
		if mended := recountAll(t, s); mended != 0 {
			t.Errorf("%d counters were mended again", mended)
		}
	})
}

// A version that does not count may move as many one way as the other: the sums are right, the flows are not.
func TestCountersWhoseSumsAreRightAreCountedAnewAfterADay(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(Options) *Store) {
		clock := orchestrator.NewStepClock(testStart)
		s := open(Options{Partitions: 1, Clock: clock})
		beginChat(t, s, "chat")
		recountAll(t, s)
		p := &s.keys.partitions[0]
		for field, by := range map[string]int64{"default\x1fagent": -1, "other\x1fagent": 1} {
			if err := s.client.HIncrBy(t.Context(), p.standing, field, by).Err(); err != nil {
				t.Fatal(err)
			}
		}
		clock.Advance(23 * time.Hour)
		if mended := recountAll(t, s); mended != 0 {
			t.Fatalf("%d counters were mended before the day was over", mended)
		}
		clock.Advance(time.Hour)
		if mended := recountAll(t, s); mended != 2 {
			t.Errorf("%d counters were mended, want two", mended)
		}
		mustStand(t, s, "default", 1, 0)
		mustStand(t, s, "other", 0, 0)
	})
}

func TestRecordThatIsGoneDoesNotHoldUpTheRecount(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(Options) *Store) {
		s := open(Options{Partitions: 1})
		gone := beginChat(t, s, "gone")
		beginChat(t, s, "chat")
		forgetStanding(t, s)
		p, err := s.keys.locate(gone.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.client.Del(t.Context(), p.record(gone.ID)).Err(); err != nil {
			t.Fatal(err)
		}
		recountAll(t, s)
		mustStand(t, s, "default", 1, 0)
		if mended := recountAll(t, s); mended != 0 {
			t.Errorf("%d counters are mended again and again", mended)
		}
	})
}

func TestRecountBesideCommitsAndAnotherEndsRight(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(Options) *Store) {
		s := open(Options{Partitions: 1})
		const chats, moves = 8, 20
		var all []*orchestrator.Conversation
		for i := range chats {
			all = append(all, beginChat(t, s, fmt.Sprintf("chat-%d", i)))
		}
		forgetStanding(t, s)
		var workers sync.WaitGroup
		for _, c := range all {
			workers.Go(func() {
				for i := range moves + 1 { // the last move is to state queued
					commit := moving(c, []orchestrator.State{orchestrator.StateQueued, orchestrator.StateAgent}[i%2], s.now())
					if _, err := s.Commit(t.Context(), commit); err != nil {
						t.Error(err)
						return
					}
					c = commit.Next
				}
			})
		}
		for range 2 {
			workers.Go(func() {
				if _, err := s.Recount(t.Context(), 0, s.now()); err != nil {
					t.Error(err)
				}
			})
		}
		workers.Wait()
		mustStand(t, s, "default", 0, chats)
		if mended := recountAll(t, s); mended != 0 {
			t.Errorf("%d counters were wrong afterwards", mended)
		}
	})
}

// The same call of the script again, as go-redis makes it when its connection broke, changes nothing.
func TestRecountThatIsSentTwiceMendsOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(Options) *Store) {
		s := open(Options{Partitions: 1})
		beginChat(t, s, "chat")
		forgetStanding(t, s)
		keys, args := []string{s.keys.partitions[0].standing}, []any{"", momentArg(s.now()), "default\x1fagent", 1}
		for i, want := range []int64{1, 0} {
			answer, err := s.run(t.Context(), recountScript, keys, args...)
			if err != nil || answer != want {
				t.Errorf("call %d is answered %v, %v", i, answer, err)
			}
		}
		mustStand(t, s, "default", 1, 0)
	})
}
