package orchestrator_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"handoff/orchestrator"
)

func TestWordsReachTheBotInOrderWhileCallsFail(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	failed := map[orchestrator.CommandID]bool{}
	r.bot.answers(func(c call) error {
		if isMessage(c) && !failed[c.id] {
			failed[c.id] = true
			return failure(orchestrator.OutcomeRetry)
		}
		return nil
	})
	id := r.handedOver(p, "c-1")
	for i := range 3 {
		r.take(p, agentSays(id, fmt.Sprintf("w%d", i), fmt.Sprintf("word %d", i)))
	}
	for i := range 3 {
		want := fmt.Sprintf("word %d", i)
		first := next(t, r.bot.calls, isMessage)
		awaitSleeping(r)
		r.clock.Advance(2 * time.Second) // one second and its jitter
		second := next(t, r.bot.calls, isMessage)
		if first.message != want || second.message != want || first.id != second.id {
			t.Fatalf("call %d: %+v, then %+v; want %q twice under one id", i, first, second, want)
		}
	}
}

// awaitSleeping waits until the one failing lane waits for its next attempt, which only the clock brings. The other timer
// is the embedded store's.
func awaitSleeping(r *rig) { r.clock.AwaitTimers(2) }

func TestBotThatIsDownNeverDelaysTheDesk(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	r.bot.answers(func(call) error { return failure(orchestrator.OutcomeRetry) })
	r.handedOver(p, "c-1")
	r.take(p, customerSays("c-1", "m1", "are you there?"))
	got := next(t, r.desk.calls, isMessage)
	if got.message != "are you there?" {
		t.Fatalf("the desk got %+v", got)
	}
}

func TestPermanentFailureOfAWordIsToldOnTheTimeline(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	id := r.handedOver(p, "c-1")
	r.bot.answers(func(c call) error {
		if c.message == "lost" {
			return failure(orchestrator.OutcomePermanent)
		}
		return nil
	})
	watch := p.Hub().Watch(id)
	defer watch.Close()
	r.take(p, agentSays(id, "w1", "lost"))
	r.take(p, agentSays(id, "w2", "found"))
	if got := next(t, r.bot.calls, func(c call) bool { return c.message == "found" }); got.message != "found" {
		t.Fatal("the word after it was held up")
	}
	entry := awaitEntry(t, r, id, watch, orchestrator.EventMessageFailed)
	if entry.Event.Message == nil || entry.Event.Message.ID != "w1" || entry.Event.Author != orchestrator.ActorAgent {
		t.Fatalf("the failure names %+v of %q", entry.Event.Message, entry.Event.Author)
	}
}

// awaitEntry waits for an entry of a type.
func awaitEntry(t *testing.T, r *rig, id orchestrator.ConversationID, watch *orchestrator.Watch, want orchestrator.EventType) orchestrator.Entry {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		entries, err := r.store.Timeline(ctx, id, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if entry.Event.Type == want {
				return entry
			}
		}
		select {
		case <-watch.C:
		case <-ctx.Done():
			t.Fatalf("no %s on the timeline", want)
		}
	}
}

func TestUnknownOutcomeIsRepeatedUnderTheSameIDAndSaid(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	id := r.handedOver(p, "c-1")
	first := true
	r.bot.answers(func(c call) error {
		if isMessage(c) && first {
			first = false
			return failure(orchestrator.OutcomeUnknown)
		}
		return nil
	})
	watch := p.Hub().Watch(id)
	defer watch.Close()
	r.take(p, agentSays(id, "w1", "hello"))
	one := next(t, r.bot.calls, isMessage)
	awaitSleeping(r)
	r.clock.Advance(2 * time.Second)
	two := next(t, r.bot.calls, isMessage)
	if one.id != two.id || !two.unsure {
		t.Fatalf("%+v, then %+v; want the same id, marked unsure", one, two)
	}
	entry := awaitEntry(t, r, id, watch, orchestrator.EventDelivery)
	if entry.Event.Command != one.id || entry.Event.Reason != "repeated_under_same_id" {
		t.Fatalf("the timeline says %+v", entry.Event)
	}
}

func TestFailingNoticeStepsAsideAfterAMinute(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	down := true
	r.bot.answers(func(c call) error {
		if c.notice == "handoff.queued" && down {
			return failure(orchestrator.OutcomeRetry)
		}
		return nil
	})
	r.handedOver(p, "c-1")
	first := next(t, r.bot.calls, func(c call) bool { return c.notice == "handoff.queued" })
	awaitSleeping(r)
	r.clock.Advance(6 * time.Second) // second attempt; the third is due in five minutes
	next(t, r.bot.calls, func(c call) bool { return c.id == first.id })
	awaitSleeping(r)
	r.clock.Advance(time.Minute)
	if got := next(t, r.bot.calls, func(c call) bool { return c.notice != "" }); got.notice != "handoff.accepted" {
		t.Fatalf("after a minute came %+v, want the newer notice", got)
	}
	r.bot.answers(nil)
	down = false
	awaitSleeping(r)
	r.clock.Advance(6 * time.Minute)
	if got := next(t, r.bot.calls, func(c call) bool { return c.id == first.id }); !got.late {
		t.Fatalf("the old notice came as %+v, want it marked late", got)
	}
}

func TestLifecycleNoticeThatNeverArrivesIsBuriedAndCanBeRevived(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	r.bot.answers(func(c call) error {
		if c.notice == "handoff.queued" {
			return failure(orchestrator.OutcomePermanent)
		}
		return nil
	})
	id := r.handedOver(p, "c-1")
	next(t, r.bot.calls, func(c call) bool { return c.notice == "handoff.accepted" })
	buried, _, err := r.store.Undelivered(t.Context(), "", 10)
	if err != nil || len(buried) != 1 || buried[0].Failure == "" {
		t.Fatalf("undelivered: %+v, %v; want the one notice with its failure", buried, err)
	}
	r.bot.answers(nil)
	key, mine, err := r.store.Revive(t.Context(), id, buried[0].ID, "one", p.Now(), orchestrator.DispatchLease)
	if err != nil || !mine {
		t.Fatalf("revive: mine %v, %v", mine, err)
	}
	p.Dispatcher().Kick(key)
	if got := next(t, r.bot.calls, func(c call) bool { return c.notice == "handoff.queued" }); got.id != buried[0].ID {
		t.Fatalf("revived as %s, want %s", got.id, buried[0].ID)
	}
}

func TestConversationThatCannotBeOpenedFallsBackToTheBot(t *testing.T) {
	for name, cause := range map[string]error{
		"the desk refuses it":       failure(orchestrator.OutcomePermanent),
		"the desk is known as down": &orchestrator.ConnectorError{Code: orchestrator.CircuitOpen, Outcome: orchestrator.OutcomeRetry},
	} {
		t.Run(name, func(t *testing.T) { fallsBackToTheBot(t, cause) })
	}
}

// fallsBackToTheBot: it does so at once, without the clock being moved.
func fallsBackToTheBot(t *testing.T, cause error) {
	r := newRig(t)
	p := r.start("one")
	r.desk.fails(func(c call) error {
		if c.kind == orchestrator.CommandOpen {
			return cause
		}
		return nil
	})
	receipt := r.take(p, orchestrator.Event{
		ID: "ask", Type: orchestrator.EventHandoffRequested, Bot: "shop", External: "c-1",
		Actor: orchestrator.Actor{Role: orchestrator.ActorBot}, Request: &orchestrator.Request{Priority: 5},
	})
	watch := p.Hub().Watch(receipt.Conversation.ID)
	defer watch.Close()
	awaitEntry(t, r, receipt.Conversation.ID, watch, orchestrator.EventReturnedToBot)
	c, err := r.store.Load(t.Context(), receipt.Conversation.ID)
	if err != nil || c.State != orchestrator.StateBot {
		t.Fatalf("state %v, %v; want the bot to have it", c.State, err)
	}
}

func TestLaneOfADeadProcessIsTakenOver(t *testing.T) {
	r := newRig(t)
	one, two := r.start("one"), r.start("two")
	block := make(chan struct{})
	t.Cleanup(func() { close(block) })
	hangs := make(chan struct{})
	r.bot.answers(func(c call) error {
		if c.message == "stuck" {
			close(hangs)
			<-block // the process hangs in the call and never comes back
		}
		return nil
	})
	id := r.handedOver(one, "c-1")
	next(t, r.bot.calls, func(c call) bool { return c.notice == "handoff.accepted" })
	r.take(one, agentSays(id, "w1", "stuck"))
	<-hangs
	r.take(two, agentSays(id, "w2", "next"))
	r.clock.Advance(orchestrator.DispatchLease + time.Second)
	r.bot.answers(nil)
	if n, err := two.Dispatcher().Claim(t.Context()); err != nil || n == 0 {
		t.Fatalf("claimed %d lanes, %v; want at least the one that hangs", n, err)
	}
	for _, want := range []string{"stuck", "next"} {
		if got := next(t, r.bot.calls, isMessage); got.message != want {
			t.Fatalf("the second process sent %q, want %q", got.message, want)
		}
	}
}

func TestStoppingProcessHandsItsLanesOver(t *testing.T) {
	r := newRig(t)
	one, two := r.start("one"), r.start("two")
	id := r.handedOver(one, "c-1")
	next(t, r.bot.calls, func(c call) bool { return c.notice == "handoff.accepted" })
	r.bot.answers(func(c call) error {
		if isMessage(c) {
			return failure(orchestrator.OutcomeRetry)
		}
		return nil
	})
	r.take(one, agentSays(id, "w1", "hello"))
	next(t, r.bot.calls, isMessage)
	awaitSleeping(r)
	one.stop()
	r.bot.answers(nil)
	r.clock.Advance(time.Second + time.Second) // the attempt is due; the lease would have run far longer
	if n, err := two.Dispatcher().Claim(t.Context()); err != nil || n == 0 {
		t.Fatalf("claimed %d lanes, %v; want at least the one that was handed over", n, err)
	}
	if got := next(t, r.bot.calls, isMessage); got.message != "hello" {
		t.Fatalf("got %+v", got)
	}
}

func TestHeldWordsReachTheDeskOnceAndFirst(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	r.take(p, orchestrator.Event{
		ID: "ask", Type: orchestrator.EventHandoffRequested, Bot: "shop", External: "c-1",
		Actor: orchestrator.Actor{Role: orchestrator.ActorBot}, Request: &orchestrator.Request{Priority: 5},
	})
	var id orchestrator.ConversationID
	for i := range 3 {
		id = r.take(p, customerSays("c-1", fmt.Sprintf("m%d", i), fmt.Sprintf("held %d", i))).Conversation.ID
	}
	r.take(p, orchestrator.Event{
		ID: "accept", Type: orchestrator.EventAccepted, Conversation: id, Agent: &orchestrator.Agent{ID: "anna"},
		Actor: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna"},
	})
	r.take(p, customerSays("c-1", "m3", "new"))
	for _, want := range []string{"held 0", "held 1", "held 2", "new"} {
		if got := next(t, r.desk.calls, isMessage); got.message != want {
			t.Fatalf("the desk got %q, want %q", got.message, want)
		}
	}
}

func TestReturnGivesTheBotWhatPeopleSaid(t *testing.T) {
	for _, deaf := range []bool{false, true} {
		testReturnGivesTheBotWhatPeopleSaid(t, deaf)
	}
}

func testReturnGivesTheBotWhatPeopleSaid(t *testing.T, deaf bool) {
	t.Helper()
	r := newRig(t)
	r.bot.deafToNotes = deaf
	notes := 1
	if deaf {
		notes = 0
	}
	p := r.start("one")
	id := r.handedOver(p, "c-1")
	r.take(p, customerSays("c-1", "m1", "my order is late"))
	r.take(p, agentSays(id, "w1", "it leaves today"))
	r.take(p, orchestrator.Event{
		ID: "note", Type: orchestrator.EventNote, Conversation: id, Note: "order 4711",
		Actor: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna"},
	})
	r.take(p, orchestrator.Event{
		ID: "back", Type: orchestrator.EventReturnedToBot, Conversation: id, Reason: "solved",
		Actor: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna"},
	})
	got := next(t, r.bot.calls, func(c call) bool { return c.back != nil })
	if got.notice != "handoff.ended" || len(got.back.Messages) < 2 || len(got.back.Notes) != notes || got.back.Reason != "solved" {
		t.Fatalf("the handback is %+v with %+v", got, got.back)
	}
}
