package orchestrator_test

import (
	"testing"
	"time"

	"handoff/orchestrator"
)

// isGivenUp lets the bot refuse a word as often as it is tried, while so many lanes sleep.
func isGivenUp(t *testing.T, r *rig, lanes int) {
	t.Helper()
	for _, pause := range orchestrator.ClassLive.Delays() {
		next(t, r.bot.calls, isMessage)
		r.clock.AwaitTimers(1 + lanes)
		r.clock.Advance(pause + pause/10 + time.Millisecond) // at most a tenth is added
	}
}

func silentAfter(r *rig) { r.flow = r.flowOf(testPolicy + "bot_silent_after: 60s\n") }

func TestCustomerOfADeadBotGetsAPersonWithHerWords(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	r.bot.answers(func(call) error { return failure(orchestrator.OutcomeRetry) })
	r.take(p, startsOnTheWeb("c-1"))
	id := r.take(p, customerSays("c-1", "m1", "is anybody there?")).Conversation.ID
	next(t, r.bot.calls, func(c call) bool { return c.notice == orchestrator.NoticeStarted })
	awaitSleeping(r)
	r.clock.Advance(6 * time.Second) // for its second attempt; then the word passes it
	isGivenUp(t, r, 2)
	next(t, r.desk.calls, isOpen)
	r.take(p, orchestrator.Event{
		ID: "taken", Type: orchestrator.EventAccepted, Conversation: id, Desk: "desk",
		Actor: orchestrator.Actor{Role: orchestrator.ActorDesk, ID: "desk"}, Agent: &orchestrator.Agent{ID: "anna"},
	})
	if got := next(t, r.desk.calls, isMessage); got.message != "is anybody there?" {
		t.Fatalf("the person is given %+v, want the word that the bot was not told", got)
	}
}

func TestCustomerOfABotWhoseCallbackIsGoneGetsAPersonAtOnce(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	r.bot.answers(func(call) error {
		return &orchestrator.ConnectorError{Connector: "shop", Op: "deliver", Status: 410, Code: orchestrator.CallbackGone,
			Outcome: orchestrator.OutcomePermanent}
	})
	r.take(p, startsOnTheWeb("c-1"))
	next(t, r.desk.calls, isOpen)
}

func TestBotThatDiesInMidChatIsReplaced(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	r.take(p, startsOnTheWeb("c-1"))
	r.take(p, customerSays("c-1", "m1", "hello"))
	next(t, r.bot.calls, isMessage)
	r.take(p, orchestrator.Event{
		ID: "b1", Type: orchestrator.EventMessage, Bot: "shop", External: "c-1", Actor: orchestrator.Actor{Role: orchestrator.ActorBot, ID: "shop"},
		Message: &orchestrator.Message{ID: "b1", Text: "How can I help?"},
	})
	r.bot.answers(func(call) error { return failure(orchestrator.OutcomeRetry) })
	r.take(p, customerSays("c-1", "m2", "my order"))
	isGivenUp(t, r, 1)
	next(t, r.desk.calls, isOpen)
}

func TestSilentBotIsReplacedAfterItsTime(t *testing.T) {
	r := newRig(t)
	silentAfter(r)
	p := r.start("one")
	r.take(p, startsOnTheWeb("c-1"))
	id := r.take(p, customerSays("c-1", "m1", "hello")).Conversation.ID
	next(t, r.bot.calls, isMessage)
	watch := p.Hub().Watch(id)
	defer watch.Close()
	awaitEntry(t, r, id, watch, orchestrator.EventBotReached)
	r.clock.Advance(61 * time.Second)
	sweep(t, orchestrator.NewReaper(p.Engine, nil, time.Hour))
	next(t, r.desk.calls, isOpen)
}

func TestBotThatIsSlowToTakeAWordIsNotSilent(t *testing.T) {
	r := newRig(t)
	silentAfter(r)
	p := r.start("one")
	r.take(p, startsOnTheWeb("c-1"))
	r.bot.answers(func(c call) error {
		if isMessage(c) {
			return failure(orchestrator.OutcomeRetry)
		}
		return nil
	})
	id := r.take(p, customerSays("c-1", "m1", "hello")).Conversation.ID
	next(t, r.bot.calls, isMessage)
	c, err := r.store.Load(t.Context(), id)
	if err != nil || c.AwaitingBot != 0 {
		t.Errorf("the clock runs since %v (%v), and the word has not arrived", c.AwaitingBot, err)
	}
}
