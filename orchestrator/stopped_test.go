package orchestrator_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"handoff/orchestrator"
)

// gone is the answer of a receiver that wants no more calls.
func gone(call) error {
	return &orchestrator.ConnectorError{
		Connector: "shop", Op: "deliver", Status: 410, Code: orchestrator.CallbackGone, Outcome: orchestrator.OutcomePermanent,
	}
}

// awaitUndelivered waits until so many commands are undelivered.
func (r *rig) awaitUndelivered(n int) []orchestrator.Command {
	r.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; {
		commands, _, err := r.store.Undelivered(r.t.Context(), "", 100)
		if err != nil {
			r.t.Fatal(err)
		}
		if len(commands) == n {
			return commands
		}
		if time.Now().After(end) {
			r.t.Fatalf("%d commands are undelivered, want %d", len(commands), n)
		}
	}
}

// quiet fails the test if the bot is called.
func (r *rig) quiet() {
	r.t.Helper()
	select {
	case c := <-r.bot.calls:
		r.t.Fatalf("a stopped callback was called: %+v", c)
	default:
	}
}

func TestCallbackThatIsGoneIsStoppedInAllProcesses(t *testing.T) {
	r := newRig(t)
	counted := &counts{}
	r.metrics = counted
	one, two := r.start("one"), r.start("two")
	beat := orchestrator.NewHeartbeat(two.Engine)
	ids := r.settled(one, "c-1", "c-2")
	other := r.handedOver(two, "c-3") // the other process has called it as well
	awaitNoLease(t, r, other)
	for len(r.bot.calls) > 0 {
		<-r.bot.calls
	}
	r.bot.answers(gone)
	watch := one.Hub().Watch(ids[0])
	defer watch.Close()
	r.take(one, agentSays(ids[0], "w1", "hello"))
	next(t, r.bot.calls, isMessage)
	if got := r.awaitUndelivered(1); got[0].Message.Text != "hello" || got[0].Attempt != 1 {
		t.Fatalf("undelivered is %+v", got[0])
	}
	if entry := awaitEntry(t, r, ids[0], watch, orchestrator.EventMessageFailed); entry.Event.Message.ID != "w1" {
		t.Errorf("the failure names %+v", entry.Event.Message)
	}
	beat.Beat(t.Context())
	r.take(one, agentSays(ids[1], "w2", "in the same process"))
	r.awaitUndelivered(2)
	r.take(two, agentSays(other, "w3", "in another"))
	r.awaitUndelivered(3)
	r.quiet()
	one.stop()
	two.stop()
	after := r.start("three")
	r.take(after, agentSays(ids[0], "w4", "after a restart"))
	r.awaitUndelivered(4)
	r.quiet()
	all, err := after.Dispatcher().Stopped(t.Context())
	if err != nil || all["shop"].At == 0 || all["shop"].Failure == "" {
		t.Errorf("stopped are %+v (%v)", all, err)
	}
	if _, _, failed := counted.read(); len(failed) != 4 || failed[0] != orchestrator.BotStopped || failed[3] != orchestrator.BotStopped {
		t.Errorf("the bot has failed with %v", failed)
	}
}

func TestStoppedCallbackIsStartedAgain(t *testing.T) {
	r := newRig(t)
	one, two := r.start("one"), r.start("two")
	ids := r.settled(one, "c-1")
	r.bot.answers(gone)
	for _, text := range []string{"first", "second"} {
		r.take(one, agentSays(ids[0], text, text))
	}
	undelivered := r.awaitUndelivered(2)
	next(t, r.bot.calls, isMessage)
	if _, err := two.Dispatcher().Stopped(t.Context()); err != nil { // the other knows of it
		t.Fatal(err)
	}
	r.bot.answers(nil)
	if was, err := one.Dispatcher().StartCallback(t.Context(), "shop"); !was || err != nil {
		t.Fatalf("started %v, %v", was, err)
	}
	for i := range undelivered {
		key, mine, err := r.store.Revive(t.Context(), ids[0], undelivered[i].ID, "two", two.Now(), orchestrator.DispatchLease)
		if err != nil {
			t.Fatal(err)
		}
		if mine {
			two.Dispatcher().Kick(key)
		}
	}
	for _, text := range []string{"first", "second"} {
		if got := next(t, r.bot.calls, isMessage); got.message != text {
			t.Fatalf("got %+v, want %q", got, text)
		}
	}
	if was, err := one.Dispatcher().StartCallback(t.Context(), "shop"); was || err != nil {
		t.Errorf("started again: %v, %v", was, err)
	}
}

func TestAnotherAddressEndsTheStop(t *testing.T) {
	r := newRig(t)
	r.bot.address = "old"
	one := r.start("one")
	ids := r.settled(one, "c-1")
	r.bot.answers(gone)
	r.take(one, agentSays(ids[0], "w1", "hello"))
	r.awaitUndelivered(1)
	next(t, r.bot.calls, isMessage)
	one.stop()
	r.bot.answers(nil)
	r.bot.mu.Lock()
	r.bot.address = "new"
	r.bot.mu.Unlock()
	two := r.start("two")
	r.take(two, agentSays(ids[0], "w2", "at the new address"))
	if got := next(t, r.bot.calls, isMessage); got.message != "at the new address" {
		t.Fatalf("got %+v", got)
	}
}

func TestWhatWaitsForALaterAttemptIsUndeliveredWhenTheCallbackIsStopped(t *testing.T) {
	r := newRig(t)
	one, two := r.start("one"), r.start("two")
	r.bot.answers(func(c call) error {
		if c.notice == "handoff.queued" {
			return failure(orchestrator.OutcomeRetry)
		}
		return nil
	})
	r.handedOver(one, "c-1")
	next(t, r.bot.calls, func(c call) bool { return c.notice == "handoff.queued" })
	awaitSleeping(r)
	r.clock.Advance(6 * time.Second)
	next(t, r.bot.calls, func(c call) bool { return c.notice == "handoff.queued" })
	awaitSleeping(r) // the next attempt is minutes away, and two more notices wait behind it
	r.bot.answers(nil)
	other := r.handedOver(two, "c-2")
	awaitNoLease(t, r, other)
	r.bot.answers(gone)
	r.take(two, agentSays(other, "w1", "hello"))
	next(t, r.bot.calls, func(c call) bool { return c.message == "hello" })
	beat := orchestrator.NewHeartbeat(one.Engine)
	var notices []string
	for end := time.Now().Add(20 * time.Second); !slices.Contains(notices, "handoff.accepted") || !slices.Contains(notices, "handoff.queued"); {
		notices = nil
		beat.Beat(t.Context())
		commands, _, err := r.store.Undelivered(t.Context(), "", 100)
		if err != nil || time.Now().After(end) {
			t.Fatalf("undelivered are %v (%v)", notices, err)
		}
		for i := range commands {
			if commands[i].Notice != nil && commands[i].External == "c-1" {
				notices = append(notices, commands[i].Notice.Type)
			}
		}
	}
}

func TestDeskThatSaysGoneStopsNothing(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	ids := r.settled(p, "c-1")
	watch := p.Hub().Watch(ids[0])
	defer watch.Close()
	r.desk.fails(func(c call) error {
		if isMessage(c) {
			return gone(c)
		}
		return nil
	})
	r.take(p, customerSays("c-1", "m1", "hello"))
	awaitEntry(t, r, ids[0], watch, orchestrator.EventMessageFailed)
	if all, err := p.Dispatcher().Stopped(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("stopped are %v (%v)", all, err)
	}
}

// startsOnTheWeb begins a conversation that the bot does not see by itself.
func startsOnTheWeb(external string) orchestrator.Event {
	return orchestrator.Event{
		ID: "start-" + orchestrator.EventID(external), Type: orchestrator.EventStarted, Bot: "shop", External: external,
		Channel: orchestrator.ChannelWeb, Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u-1"},
		Customer: &orchestrator.Customer{ID: "u-1"},
	}
}

func TestStartNoticeThatFailsTwiceDoesNotHoldTheFirstWord(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	started := func(c call) bool { return c.notice == orchestrator.NoticeStarted }
	r.bot.answers(func(c call) error {
		if started(c) {
			return failure(orchestrator.OutcomeRetry)
		}
		return nil
	})
	r.take(p, startsOnTheWeb("c-1"))
	r.take(p, customerSays("c-1", "m1", "hello"))
	first := next(t, r.bot.calls, started)
	awaitSleeping(r)
	r.clock.Advance(6 * time.Second)
	if got := next(t, r.bot.calls, started); got.attempt != 1 {
		t.Fatalf("got %+v, want the second attempt", got)
	}
	if got := next(t, r.bot.calls, isMessage); got.message != "hello" {
		t.Fatalf("got %+v, want the first word", got)
	}
	r.bot.answers(nil)
	awaitSleeping(r)
	r.clock.Advance(6 * time.Minute)
	if got := next(t, r.bot.calls, started); got.id != first.id || !got.late {
		t.Fatalf("got %+v, want the same notice, late", got)
	}
}

// openBreaker is the failure of a call that was not made.
func openBreaker() error {
	return &orchestrator.ConnectorError{
		Connector: "shop", Op: "deliver", Code: orchestrator.CircuitOpen, Outcome: orchestrator.OutcomeRetry, RetryAfter: 10 * time.Second,
		Err: errors.New("not called"),
	}
}

func TestCallThatIsHeldBackIsNoAttempt(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	ids := r.settled(p, "c-1")
	r.bot.answers(func(call) error { return openBreaker() })
	r.take(p, agentSays(ids[0], "w1", "hello"))
	for i := range 5 { // as often as a word is tried
		if got := next(t, r.bot.calls, isMessage); got.attempt != 0 {
			t.Fatalf("got %+v", got)
		}
		awaitSleeping(r)
		if i == 4 {
			r.bot.answers(nil)
		}
		r.clock.Advance(11 * time.Second)
	}
	if got := next(t, r.bot.calls, isMessage); got.message != "hello" {
		t.Fatalf("got %+v", got)
	}
	awaitNoLease(t, r, ids[0])
}

func TestBotThatIsKnownToBeDownIsNotAskedToHearOfTheStartFirst(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	r.bot.answers(func(call) error { return openBreaker() })
	r.take(p, startsOnTheWeb("c-1"))
	r.take(p, customerSays("c-1", "m1", "hello"))
	if got := next(t, r.bot.calls, isMessage); got.message != "hello" { // without any time passing
		t.Fatalf("got %+v", got)
	}
}

func TestNewsOfTheStartThatIsHeldBackComesSoonAfterTheBotIsUpAgain(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	started := func(c call) bool { return c.notice == orchestrator.NoticeStarted }
	r.bot.answers(func(call) error { return openBreaker() })
	r.take(p, startsOnTheWeb("c-1"))
	for i := range 8 { // more often than the schedule has attempts
		if got := next(t, r.bot.calls, started); got.attempt != 0 {
			t.Fatalf("got %+v: a call that was not made is no attempt", got)
		}
		awaitSleeping(r)
		if i == 7 {
			r.bot.answers(nil)
		}
		r.clock.Advance(34 * time.Second)
	}
	if got := next(t, r.bot.calls, started); !got.late {
		t.Fatalf("got %+v", got)
	}
}

func TestWordThatIsHeldBackForAMinuteIsGivenUp(t *testing.T) {
	r := newRig(t)
	counted := &counts{}
	r.metrics = counted
	p := r.start("one")
	id := r.settled(p, "c-1")[0]
	watch := p.Hub().Watch(id)
	defer watch.Close()
	r.bot.answers(func(call) error { return openBreaker() })
	r.take(p, agentSays(id, "w1", "hello"))
	for range 6 {
		next(t, r.bot.calls, isMessage)
		awaitSleeping(r)
		r.clock.Advance(11 * time.Second)
	}
	awaitEntry(t, r, id, watch, orchestrator.EventMessageFailed)
	if _, _, failed := counted.read(); len(failed) != 1 || failed[0] != orchestrator.BotWordGivenUp {
		t.Errorf("the bot has failed with %v", failed)
	}
}

func TestSlowBotHasAtLeastTwoAttempts(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	ids := r.settled(p, "c-1")
	r.bot.answers(func(call) error {
		r.clock.Advance(time.Minute) // its time-out
		return failure(orchestrator.OutcomeUnknown)
	})
	r.take(p, agentSays(ids[0], "w1", "hello"))
	next(t, r.bot.calls, isMessage)
	r.bot.answers(nil)
	awaitSleeping(r)
	r.clock.Advance(2 * time.Second)
	if got := next(t, r.bot.calls, isMessage); got.message != "hello" || got.attempt != 1 {
		t.Fatalf("got %+v, want the second attempt", got)
	}
}

func TestHeldWordsHaveATurnEachAndAreNotToldTwice(t *testing.T) {
	r := newRig(t)
	one := r.start("one")
	id := r.take(one, asksForPeople("c-1")).Conversation.ID
	awaitNoLease(t, r, id)
	for _, text := range []string{"a", "b", "c"} {
		r.take(one, customerSays("c-1", text, text))
	}
	dies := make(chan struct{})
	began := make(chan struct{}, 4)
	r.desk.fails(func(c call) error {
		if c.message == "b" {
			began <- struct{}{}
			<-dies
		}
		return nil
	})
	beat := orchestrator.NewHeartbeat(one.Engine)
	beat.Beat(t.Context())
	r.take(one, orchestrator.Event{
		ID: "accept", Type: orchestrator.EventAccepted, Conversation: id, Agent: &orchestrator.Agent{ID: "anna", Name: "Anna"},
		Actor: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna", Name: "Anna"},
	})
	if got := next(t, r.desk.calls, isMessage); got.message != "a" {
		t.Fatalf("got %+v", got)
	}
	<-began
	r.desk.fails(nil)
	r.pass(orchestrator.NewHeartbeat(r.start("two").Engine), 6*orchestrator.BeatEvery)
	for _, text := range []string{"b", "c"} {
		if got := next(t, r.desk.calls, isMessage); got.message != text {
			t.Fatalf("got %+v, want %q", got, text)
		}
	}
	close(dies)
}
