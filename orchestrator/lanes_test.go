package orchestrator_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"handoff/orchestrator"
)

// slowHead lets the answer of one Head be late.
type slowHead struct {
	orchestrator.Store
	once    sync.Once
	lane    orchestrator.Lane
	asked   chan struct{}
	release chan struct{}
}

func (s *slowHead) Head(
	ctx context.Context, key orchestrator.LaneKey, node orchestrator.NodeID, now orchestrator.Moment, lease time.Duration,
) (*orchestrator.Command, error) {
	cmd, err := s.Store.Head(ctx, key, node, now, lease)
	if key.Lane == s.lane && errors.Is(err, orchestrator.ErrNotLeased) {
		s.once.Do(func() {
			close(s.asked)
			<-s.release
		})
	}
	return cmd, err
}

func TestWordThatComesWhileItsLaneIsLeftIsNotForgotten(t *testing.T) {
	r := newRig(t)
	lane := orchestrator.Party{Connector: "shop", Bot: true}.Lane(false)
	slow := &slowHead{Store: r.store, lane: lane, asked: make(chan struct{}), release: make(chan struct{})}
	one, other := r.startOn("one", slow, r.flow), r.start("other")
	id := r.handedOver(other, "c-1")
	next(t, r.bot.calls, func(c call) bool { return c.message != "" }) // the last that the handover tells: who has joined
	one.Dispatcher().Kick(orchestrator.LaneKey{Conversation: id, Lane: lane})
	<-slow.asked // the lane is not leased
	awaitNoLease(t, r, id)
	r.take(one, agentSays(id, "w1", "hello")) // now it is
	close(slow.release)
	if got := next(t, r.bot.calls, isMessage); got.message != "hello" {
		t.Fatalf("got %+v", got)
	}
}

// awaitNoLease waits until nothing is to be done for a conversation.
func awaitNoLease(t *testing.T, r *rig, id orchestrator.ConversationID) {
	t.Helper()
	for {
		pending, err := r.store.Pending(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if len(pending) == 0 {
			return
		}
	}
}

func TestTakenOverLaneWaitsNoLongerForItsHeadThanAMinute(t *testing.T) {
	r := newRig(t)
	one, two := r.start("one"), r.start("two")
	r.bot.answers(func(c call) error {
		if c.notice == "handoff.queued" {
			return failure(orchestrator.OutcomeRetry)
		}
		return nil
	})
	r.handedOver(one, "c-1")
	queued := func(c call) bool { return c.notice == "handoff.queued" }
	next(t, r.bot.calls, queued)
	awaitSleeping(r)
	r.clock.Advance(6 * time.Second)
	next(t, r.bot.calls, queued) // the next attempt is five minutes away
	awaitSleeping(r)
	one.stop()
	r.clock.Advance(time.Second)
	if n, err := two.Dispatcher().Claim(t.Context()); err != nil || n == 0 {
		t.Fatalf("claimed %d lanes, %v", n, err)
	}
	awaitSleeping(r)
	r.clock.Advance(time.Minute)
	if got := next(t, r.bot.calls, func(c call) bool { return c.notice != "" }); got.notice != "handoff.accepted" {
		t.Fatalf("after a minute came %+v, want the newer notice", got)
	}
}

func TestWordThatHasFailedForAMinuteIsGivenUpAndTheNextOneGoes(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	id := r.handedOver(p, "c-1")
	watch := p.Hub().Watch(id)
	defer watch.Close()
	r.bot.answers(func(c call) error {
		if c.message == "stuck" {
			return &orchestrator.ConnectorError{Connector: "shop", Outcome: orchestrator.OutcomeRetry, RetryAfter: time.Hour}
		}
		return nil
	})
	r.take(p, agentSays(id, "w1", "stuck"))
	r.take(p, agentSays(id, "w2", "next"))
	next(t, r.bot.calls, isMessage)
	awaitSleeping(r)
	r.clock.Advance(time.Minute + time.Second)
	if got := next(t, r.bot.calls, isMessage); got.message != "next" {
		t.Fatalf("got %+v, want the next word", got)
	}
	if entry := awaitEntry(t, r, id, watch, orchestrator.EventMessageFailed); entry.Event.Message.ID != "w1" {
		t.Fatalf("the failure names %+v", entry.Event.Message)
	}
}

func TestConnectorThatPanicsFailsAtOneCommandOnly(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	id := r.handedOver(p, "c-1")
	watch := p.Hub().Watch(id)
	defer watch.Close()
	r.bot.answers(func(c call) error {
		if c.message == "poison" {
			panic("planted")
		}
		return nil
	})
	r.take(p, agentSays(id, "w1", "poison"))
	r.take(p, agentSays(id, "w2", "next"))
	if got := next(t, r.bot.calls, isMessage); got.message != "next" {
		t.Fatalf("got %+v", got)
	}
	awaitEntry(t, r, id, watch, orchestrator.EventMessageFailed)
}

func TestCommandsOfACallThatEndsWhileTheProcessStopsAreHandedOver(t *testing.T) {
	r := newRig(t)
	one, two := r.start("one"), r.start("two")
	opening, release := make(chan struct{}), make(chan struct{})
	r.desk.fails(func(c call) error {
		if c.kind == orchestrator.CommandOpen {
			close(opening)
			<-release
			return failure(orchestrator.OutcomePermanent)
		}
		return nil
	})
	r.take(one, orchestrator.Event{
		ID: "ask", Type: orchestrator.EventHandoffRequested, Bot: "shop", External: "c-1",
		Actor: orchestrator.Actor{Role: orchestrator.ActorBot}, Request: &orchestrator.Request{Priority: 5},
	})
	<-opening
	next(t, r.bot.calls, func(c call) bool { return c.message != "" })
	stopped := make(chan struct{})
	go func() { one.stop(); close(stopped) }()
	r.clock.AwaitTimers(2) // it waits for the call
	close(release)
	<-stopped
	r.clock.Advance(time.Millisecond)
	if _, err := two.Dispatcher().Claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := next(t, r.bot.calls, func(c call) bool { return c.notice != "" && c.notice != "handoff.queued" }); got.notice != "handoff.failed" {
		t.Fatalf("got %+v, want the news that nobody comes", got)
	}
}

func TestCommandOfAnOldStayDoesNotTouchThePresentOne(t *testing.T) {
	r := newRig(t)
	r.desk.ours = true
	r.flow = r.flowOf(testPolicy)
	p := r.start("one")
	ended := func(c call) bool { return c.kind == orchestrator.CommandEnd }
	r.desk.fails(func(c call) error {
		if ended(c) {
			return failure(orchestrator.OutcomeRetry)
		}
		return nil
	})
	bot := orchestrator.Actor{Role: orchestrator.ActorBot}
	ask := orchestrator.Event{
		ID: "ask", Type: orchestrator.EventHandoffRequested, Bot: "shop", External: "c-1", Actor: bot, Request: &orchestrator.Request{Priority: 5},
	}
	id := r.take(p, ask).Conversation.ID
	r.take(p, orchestrator.Event{ID: "no", Type: orchestrator.EventHandoffCancelled, Conversation: id, Actor: bot})
	ask.ID = "again"
	r.take(p, ask)
	next(t, r.desk.calls, ended)
	for _, d := range []time.Duration{6 * time.Second, 40 * time.Second} {
		awaitSleeping(r)
		r.clock.Advance(d)
		next(t, r.desk.calls, ended)
	}
	awaitSleeping(r)
	r.clock.Advance(time.Minute) // it steps aside, and the open behind it goes
	next(t, r.desk.calls, func(c call) bool { return c.kind == orchestrator.CommandOpen })
	r.desk.fails(nil)
	awaitSleeping(r)
	r.clock.Advance(20 * time.Minute)
	awaitNoLease(t, r, id)
	for {
		select {
		case c := <-r.desk.calls:
			if ended(c) {
				t.Fatalf("the old end was carried out on the new stay: %+v", c)
			}
			continue
		default:
		}
		break
	}
}

func TestCommandBehindASlowOpenNamesTheChatThatItOpened(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	opening, release := make(chan struct{}), make(chan struct{})
	r.desk.fails(func(c call) error {
		if c.kind == orchestrator.CommandOpen {
			close(opening)
			<-release
		}
		return nil
	})
	id := r.handedOver(p, "c-1") // accepted at our API before the desk has answered
	<-opening
	r.take(p, customerSays("c-1", "m1", "hello"))
	close(release)
	got := next(t, r.desk.calls, isMessage)
	if want := "ref-" + string(id); got.ref != want {
		t.Fatalf("the word went to %q, want %q", got.ref, want)
	}
}

func TestChatThatOpensTooLateIsEnded(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	opening, release := make(chan struct{}), make(chan struct{})
	r.desk.fails(func(c call) error {
		if c.kind == orchestrator.CommandOpen {
			close(opening)
			<-release
		}
		return nil
	})
	id := r.take(p, orchestrator.Event{
		ID: "ask", Type: orchestrator.EventHandoffRequested, Bot: "shop", External: "c-1",
		Actor: orchestrator.Actor{Role: orchestrator.ActorBot}, Request: &orchestrator.Request{Priority: 5},
	}).Conversation.ID
	<-opening
	r.take(p, orchestrator.Event{
		ID: "no", Type: orchestrator.EventHandoffCancelled, Conversation: id, Actor: orchestrator.Actor{Role: orchestrator.ActorBot},
	})
	close(release)
	var ended []string
	for !slices.Contains(ended, "ref-"+string(id)) {
		ended = append(ended, next(t, r.desk.calls, func(c call) bool { return c.kind == orchestrator.CommandEnd }).ref)
	}
}
