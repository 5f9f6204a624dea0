package orchestrator_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"handoff/orchestrator"
)

// foreign is a store whose lanes begin with a command of another version.
type foreign struct {
	orchestrator.Store
	asides atomic.Int32
}

func (s *foreign) Head(
	ctx context.Context, key orchestrator.LaneKey, node orchestrator.NodeID, now orchestrator.Moment, lease time.Duration,
) (*orchestrator.Command, error) {
	if s.asides.Load() == 0 {
		return nil, &orchestrator.UnreadableError{Lane: key, Stored: []byte("of another version"), Err: errors.New("form 2")}
	}
	return s.Store.Head(ctx, key, node, now, lease)
}

func (s *foreign) SetAside(
	ctx context.Context, key orchestrator.LaneKey, _ []byte, node orchestrator.NodeID, now orchestrator.Moment, lease time.Duration,
) (*orchestrator.Command, error) {
	s.asides.Add(1)
	return s.Store.Head(ctx, key, node, now, lease)
}

func TestCommandOfAnotherVersionDoesNotHoldItsLane(t *testing.T) {
	r := newRig(t)
	one := r.start("one")
	began, held := make(chan struct{}, 1), make(chan struct{})
	r.bot.answers(func(call) error { began <- struct{}{}; <-held; return failure(orchestrator.OutcomeRetry) })
	id := r.take(one, orchestrator.Event{
		ID: "start", Type: orchestrator.EventStarted, Bot: "shop", External: "c-1", Channel: orchestrator.ChannelWeb,
		Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u-1"}, Customer: &orchestrator.Customer{ID: "u-1"},
	}).Conversation.ID
	<-began
	close(held)
	awaitSleeping(r)
	one.stop() // its lane is another's now
	r.bot.answers(nil)
	r.clock.Advance(time.Minute)
	store := &foreign{Store: r.store}
	two := r.startOn("two", store, r.flow)
	if _, err := two.Dispatcher().Claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	next(t, r.bot.calls, func(c call) bool { return c.notice == "conversation.started" })
	next(t, r.bot.calls, func(c call) bool { return c.notice == "conversation.started" }) // the first was one's
	if n := store.asides.Load(); n != 1 {
		t.Errorf("set aside %d times in %s", n, id)
	}
}
