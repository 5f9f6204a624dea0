package orchestrator_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"handoff/orchestrator"
)

func TestLanesOfADeadProcessAreTakenOverBeforeTheirLeasesRunOut(t *testing.T) {
	r := newRig(t)
	one := r.start("one")
	if _, err := r.store.Beat(t.Context(), "one", orchestrator.AliveFor, nil); err != nil { // and never again
		t.Fatal(err)
	}
	hangs, began := make(chan struct{}), make(chan struct{}, 1)
	defer close(hangs)
	r.bot.answers(func(call) error { began <- struct{}{}; <-hangs; return nil })
	r.take(one, asksForPeople("c-1"))
	<-began // the process is in the middle of a call, and dies
	r.bot.answers(nil)
	heartbeat := orchestrator.NewHeartbeat(r.start("two").Engine)
	heartbeat.Beat(t.Context())
	const soon = 6 * orchestrator.BeatEvery
	for range soon / orchestrator.BeatEvery {
		r.clock.Advance(orchestrator.BeatEvery)
		heartbeat.Beat(t.Context())
	}
	if c := next(t, r.bot.calls, func(c call) bool { return c.notice != "" }); c.notice != "handoff.queued" {
		t.Errorf("got %+v", c)
	}
	silent, err := r.store.Beat(t.Context(), "two", orchestrator.AliveFor, nil)
	if err != nil || len(silent) != 0 {
		t.Errorf("still missed are %v, %v", silent, err)
	}
}

func TestProcessThatIsHeardOfAgainKeepsItsLanes(t *testing.T) {
	r := newRig(t)
	r.start("one")
	two := orchestrator.NewHeartbeat(r.start("two").Engine)
	beat := func() {
		t.Helper()
		if _, err := r.store.Beat(t.Context(), "one", orchestrator.AliveFor, nil); err != nil {
			t.Fatal(err)
		}
	}
	beat()
	for range 10 {
		r.clock.Advance(orchestrator.AliveFor + time.Second) // a pause of the store: both are late
		two.Beat(t.Context())
		beat()
		two.Beat(t.Context())
	}
	if _, err := r.store.Beat(t.Context(), "three", orchestrator.AliveFor, nil); err != nil {
		t.Fatal(err)
	}
	r.clock.Advance(orchestrator.AliveFor + time.Second)
	silent, err := r.store.Beat(t.Context(), "three", orchestrator.AliveFor, nil)
	if err != nil || len(silent) != 2 {
		t.Errorf("missed are %v (%v), want both that were never taken over from", silent, err)
	}
}

func TestProcessThatCannotTellThatItLivesStopsCalling(t *testing.T) {
	r := newRig(t)
	one := r.start("one")
	heartbeat := orchestrator.NewHeartbeat(one.Engine)
	heartbeat.Beat(t.Context())
	began, ended := make(chan struct{}), make(chan error, 1)
	r.bot.waits(func(ctx context.Context) {
		close(began)
		<-ctx.Done()
		ended <- ctx.Err()
	})
	r.take(one, orchestrator.Event{ // it has one command, for the bot
		ID: "start", Type: orchestrator.EventStarted, Bot: "shop", External: "c-1", Channel: orchestrator.ChannelWeb,
		Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u-1"}, Customer: &orchestrator.Customer{ID: "u-1"},
	})
	<-began
	r.clock.Advance(orchestrator.AliveFor) // without a heartbeat
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the call ended with %v", err)
	}
	next(t, r.bot.calls, func(c call) bool { return c.notice != "" })
	r.bot.waits(nil)
	r.clock.AwaitTimers(2) // of the embedded store, and of the next attempt
	for range 3 {
		heartbeat.Beat(t.Context())
		r.clock.Advance(2 * time.Second)
	}
	if c := next(t, r.bot.calls, func(c call) bool { return c.notice != "" }); !c.unsure {
		t.Errorf("got %+v, want the same again, of which nobody knows whether it had arrived", c)
	}
}

func TestProcessThatStopsIsNotMissed(t *testing.T) {
	r := newRig(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // it stops before its first pause
	if err := orchestrator.NewHeartbeat(r.start("one").Engine).Run(ctx); err != nil {
		t.Fatal(err)
	}
	silent, err := r.store.Beat(t.Context(), "two", orchestrator.AliveFor, nil)
	if err != nil || len(silent) != 0 {
		t.Errorf("missed are %v, %v", silent, err)
	}
}

// longInheritance is a store in which a dead process has left many lanes: looking at them takes many steps.
type longInheritance struct {
	orchestrator.Store
	steps int
	step  func()
}

func (s *longInheritance) Inherit(
	context.Context, orchestrator.NodeID, orchestrator.NodeID, orchestrator.Moment, time.Duration, string, int,
) ([]orchestrator.LaneKey, string, error) {
	s.step()
	if s.steps--; s.steps == 0 {
		return nil, "", nil
	}
	return nil, "the next step", nil
}

func TestProcessThatTakesOverForLongIsNotMissedMeanwhile(t *testing.T) {
	r := newRig(t)
	store := &longInheritance{Store: r.store, steps: 8}
	store.step = func() {
		r.clock.Advance(orchestrator.BeatEvery)
		silent, err := r.store.Beat(t.Context(), "three", orchestrator.AliveFor, nil)
		if err != nil || slices.Contains(silent, "two") {
			t.Errorf("missed are %v, %v; two has much to take over and lives", silent, err)
		}
	}
	if _, err := r.store.Beat(t.Context(), "one", orchestrator.AliveFor, nil); err != nil { // and never again
		t.Fatal(err)
	}
	heartbeat := orchestrator.NewHeartbeat(r.startOn("two", store, r.flow).Engine)
	r.clock.Advance(orchestrator.AliveFor + time.Second)
	heartbeat.Beat(t.Context())
	heartbeat.Beat(t.Context())
	if store.steps != 0 {
		t.Errorf("%d steps of taking over are left", store.steps)
	}
}

func asksForPeople(external string) orchestrator.Event {
	return orchestrator.Event{
		ID: "ask-" + orchestrator.EventID(external), Type: orchestrator.EventHandoffRequested, Bot: "shop", External: external,
		Actor: orchestrator.Actor{Role: orchestrator.ActorBot}, Request: &orchestrator.Request{Priority: 5},
	}
}
