package orchestrator_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"handoff/orchestrator"
)

var (
	botLane  = orchestrator.Party{Connector: "shop", Bot: true}.Lane(false)
	deskLane = orchestrator.Party{Connector: "desk"}.Lane(false)
)

// heldBot is a bot that answers nothing until it is released.
type heldBot struct {
	began   chan call
	release chan struct{}
}

// holds lets the bot keep every call that is of want.
func (r *rig) holds(want func(call) bool) *heldBot {
	h := &heldBot{began: make(chan call, 64), release: make(chan struct{})}
	r.bot.answers(func(c call) error {
		if want(c) {
			h.began <- c
			<-h.release
		}
		return nil
	})
	return h
}

// awaitLoad waits until a process is as busy with the bot as that.
func awaitLoad(t *testing.T, p *process, party orchestrator.Party, running, waiting int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		if l := p.Dispatcher().Load(party); l.Running == running && l.Waiting == waiting {
			return
		}
	}
	t.Fatalf("the load is %+v, want %d running and %d waiting", p.Dispatcher().Load(party), running, waiting)
}

var theBot = orchestrator.Party{Connector: "shop", Bot: true}

// pass lets time go by in a process that beats.
func (r *rig) pass(h *orchestrator.Heartbeat, d time.Duration) {
	for range d / orchestrator.BeatEvery {
		r.clock.Advance(orchestrator.BeatEvery)
		h.Beat(r.t.Context())
	}
}

// counts are what a process has counted.
type counts struct {
	orchestrator.NoMetrics
	mu     sync.Mutex
	hows   map[string]int
	waited int
	failed []orchestrator.BotFailure
}

func (c *counts) Delivered(_ orchestrator.CommandType, how string, _ time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hows == nil {
		c.hows = map[string]int{}
	}
	c.hows[how]++
}

func (c *counts) Waited(orchestrator.ConnectorName, time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waited++
}

func (c *counts) BotFailed(_ orchestrator.ConnectorName, why orchestrator.BotFailure) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed = append(c.failed, why)
}

func (c *counts) read() (hows map[string]int, waited int, failed []orchestrator.BotFailure) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.hows), c.waited, slices.Clone(c.failed)
}

// settled brings conversations to a person, with all of that told.
func (r *rig) settled(p *process, externals ...string) []orchestrator.ConversationID {
	r.t.Helper()
	var ids []orchestrator.ConversationID
	for _, external := range externals {
		id := r.handedOver(p, external)
		awaitNoLease(r.t, r, id)
		ids = append(ids, id)
	}
	for len(r.bot.calls) > 0 {
		<-r.bot.calls
	}
	return ids
}

func TestWaitingForASlotIsNoAttempt(t *testing.T) {
	r := newRig(t)
	counted := &counts{}
	r.metrics, r.concurrency = counted, map[orchestrator.Lane]int{botLane: 1}
	p := r.start("one")
	beat := orchestrator.NewHeartbeat(p.Engine)
	beat.Beat(t.Context())
	ids := r.settled(p, "c-1", "c-2")
	_, before, _ := counted.read()
	held := r.holds(isMessage)
	r.take(p, agentSays(ids[0], "w0", "slow"))
	<-held.began
	for _, text := range []string{"first", "second", "third"} {
		r.take(p, agentSays(ids[1], text, text))
	}
	awaitLoad(t, p, theBot, 1, 1)
	r.pass(beat, 5*time.Minute) // longer than any schedule, lease or limit
	close(held.release)
	next(t, r.bot.calls, func(c call) bool { return c.message == "slow" })
	for _, text := range []string{"first", "second", "third"} {
		if got := next(t, r.bot.calls, isMessage); got.message != text || got.attempt != 0 || got.unsure {
			t.Fatalf("got %+v, want %q as if it had never waited", got, text)
		}
	}
	awaitNoLease(t, r, ids[1])
	hows, waited, failed := counted.read()
	if len(hows) != 1 || waited <= before || len(failed) != 0 {
		t.Errorf("delivered %v after %d waits, failed %v; want everything done", hows, waited, failed)
	}
}

func TestWaitingBetweenTwoAttemptsDoesNotBringGivingUpNearer(t *testing.T) {
	r := newRig(t)
	r.concurrency = map[orchestrator.Lane]int{botLane: 1}
	p := r.start("one")
	beat := orchestrator.NewHeartbeat(p.Engine)
	beat.Beat(t.Context())
	ids := r.settled(p, "c-1", "c-2")
	r.bot.answers(func(call) error { return failure(orchestrator.OutcomeRetry) })
	r.take(p, agentSays(ids[1], "w1", "unlucky"))
	next(t, r.bot.calls, isMessage)
	r.clock.AwaitTimers(3) // of the store, the heartbeat, and the next attempt
	held := r.holds(func(c call) bool { return c.message == "slow" })
	r.take(p, agentSays(ids[0], "w0", "slow"))
	<-held.began
	r.pass(beat, 2*time.Second)
	awaitLoad(t, p, theBot, 1, 1) // its second attempt waits
	r.pass(beat, 2*time.Minute)
	var once sync.Once
	r.bot.answers(func(c call) (err error) {
		if c.message == "unlucky" {
			once.Do(func() { err = failure(orchestrator.OutcomeRetry) })
		}
		return err
	})
	close(held.release)
	if got := next(t, r.bot.calls, func(c call) bool { return c.message == "unlucky" }); got.attempt != 1 {
		t.Fatalf("got %+v, want the second attempt", got)
	}
	r.clock.AwaitTimers(3) // it failed again, and is not given up
	r.pass(beat, 4*time.Second)
	if got := next(t, r.bot.calls, isMessage); got.message != "unlucky" || got.attempt != 2 {
		t.Fatalf("got %+v, want the third attempt", got)
	}
}

func TestSlowDeskKeepsItsLanesWhileCallsWait(t *testing.T) {
	r := newRig(t)
	r.concurrency = map[orchestrator.Lane]int{deskLane: 1}
	one, two := r.start("one"), r.start("two")
	beat := orchestrator.NewHeartbeat(one.Engine)
	beat.Beat(t.Context())
	ids := r.settled(one, "c-1", "c-2")
	var mu sync.Mutex
	calls := map[string]int{}
	began, release := make(chan struct{}, 8), make(chan struct{})
	r.desk.fails(func(c call) error {
		if isMessage(c) {
			mu.Lock()
			calls[c.message]++
			mu.Unlock()
			began <- struct{}{}
			<-release
		}
		return nil
	})
	r.take(one, customerSays("c-1", "m1", "hello"))
	<-began
	r.take(one, customerSays("c-2", "m2", "are you there?"))
	awaitLoad(t, one, orchestrator.Party{Connector: "desk"}, 1, 1)
	for range 8 { // four minutes: the first call takes that long, the second waits as long
		r.pass(beat, orchestrator.DispatchLease)
		if n, err := two.Dispatcher().Claim(t.Context()); err != nil || n != 0 {
			t.Fatalf("another process claimed %d lanes of one that lives (%v)", n, err)
		}
	}
	close(release)
	for _, id := range ids {
		awaitNoLease(t, r, id)
	}
	mu.Lock()
	defer mu.Unlock()
	if calls["hello"] != 1 || calls["are you there?"] != 1 {
		t.Errorf("the desk was called %v times", calls)
	}
}

func TestLaneThatIsLostWhileItWaitsIsNotCalled(t *testing.T) {
	r := newRig(t)
	r.concurrency = map[orchestrator.Lane]int{botLane: 1}
	one := r.start("one") // it does not beat, so its leases run out
	r.concurrency = nil
	two := r.start("two")
	ids := r.settled(one, "c-1", "c-2")
	held := r.holds(func(c call) bool { return c.message == "slow" })
	r.take(one, agentSays(ids[0], "w0", "slow"))
	<-held.began
	r.take(one, agentSays(ids[1], "w1", "taken over"))
	awaitLoad(t, one, theBot, 1, 1)
	r.clock.Advance(orchestrator.DispatchLease + time.Second)
	if _, err := two.Dispatcher().Claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	next(t, r.bot.calls, func(c call) bool { return c.message == "taken over" })
	awaitNoLease(t, r, ids[1])
	close(held.release)
	awaitLoad(t, one, theBot, 0, 0)
	for len(r.bot.calls) > 0 {
		if c := <-r.bot.calls; c.message == "taken over" {
			t.Errorf("it was told again: %+v", c)
		}
	}
}

func TestLanesThatWaitAreHandedOverWhenTheProcessStops(t *testing.T) {
	r := newRig(t)
	r.concurrency = map[orchestrator.Lane]int{botLane: 1}
	one := r.start("one")
	r.concurrency = nil
	two := r.start("two")
	ids := r.settled(one, "c-1", "c-2")
	held := r.holds(func(c call) bool { return c.message == "slow" })
	r.take(one, agentSays(ids[0], "w0", "slow"))
	<-held.began
	r.take(one, agentSays(ids[1], "w1", "waits"))
	awaitLoad(t, one, theBot, 1, 1)
	stopped := make(chan struct{})
	go func() { one.stop(); close(stopped) }()
	awaitLoad(t, one, theBot, 1, 0) // whoever waits lets go at once
	close(held.release)
	<-stopped
	r.clock.Advance(time.Millisecond)
	if _, err := two.Dispatcher().Claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := next(t, r.bot.calls, func(c call) bool { return c.message == "waits" }); got.attempt != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestLanesThatWaitedInADeadProcessAreTakenOverAtOnce(t *testing.T) {
	r := newRig(t)
	r.concurrency = map[orchestrator.Lane]int{botLane: 1}
	one := r.start("one")
	r.concurrency = nil
	beat := orchestrator.NewHeartbeat(one.Engine)
	beat.Beat(t.Context())
	ids := r.settled(one, "c-1", "c-2")
	held := r.holds(func(c call) bool { return c.message == "slow" })
	defer close(held.release)
	r.take(one, agentSays(ids[0], "w0", "slow"))
	<-held.began
	for _, text := range []string{"first", "second"} {
		r.take(one, agentSays(ids[1], text, text))
	}
	awaitLoad(t, one, theBot, 1, 1)
	r.pass(beat, time.Minute)
	two := orchestrator.NewHeartbeat(r.start("two").Engine)
	r.pass(two, 6*orchestrator.BeatEvery) // one is not heard of any more
	for _, text := range []string{"first", "second"} {
		if got := next(t, r.bot.calls, isMessage); got.message != text {
			t.Fatalf("got %+v, want %q", got, text)
		}
	}
}

func TestTypingLeavesSlotsToWords(t *testing.T) {
	r := newRig(t)
	r.concurrency = map[orchestrator.Lane]int{botLane: 4}
	p := r.start("one")
	ids := r.settled(p, "c-1", "c-2", "c-3", "c-4", "c-5")
	held := r.holds(func(c call) bool { return c.kind == orchestrator.CommandTyping })
	for _, id := range ids[:3] {
		r.take(p, agentTypes(id, true))
		<-held.began
	}
	r.take(p, agentTypes(ids[3], true)) // dropped: the last slot is not for typing
	r.take(p, agentSays(ids[4], "w1", "hello"))
	if got := next(t, r.bot.calls, isMessage); got.message != "hello" {
		t.Fatalf("got %+v", got)
	}
	r.clock.Advance(orchestrator.DropAfter + time.Second)
	close(held.release)
	for range 3 {
		next(t, r.bot.calls, func(c call) bool { return c.kind == orchestrator.CommandTyping })
	}
}

func TestTypingThatHasBegunIsNotCutShort(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	ids := r.settled(p, "c-1")
	began, ended := make(chan struct{}), make(chan error, 1)
	release := make(chan struct{})
	r.bot.waits(func(ctx context.Context) {
		deadline, _ := ctx.Deadline()
		left := time.Until(deadline) //nolint:forbidigo // contexts go by the machine's clock
		if left <= time.Minute {
			ended <- errors.New("the call has only " + left.String())
		}
		close(began)
		<-release
		ended <- ctx.Err()
	})
	r.take(p, agentTypes(ids[0], true))
	<-began
	close(release)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
