package flows

import (
	"strings"
	"testing"
	"time"

	"handoff/orchestrator"
)

// botGivenUp is what the dispatcher tells when it has given up a word for the bot: the newest one.
func botGivenUp(c *orchestrator.Conversation) orchestrator.Event {
	return orchestrator.Event{
		Type: orchestrator.EventBotFailed, Actor: aSystem, Command: "cv_00_TEST.1.0", Reason: "HTTP 502", Word: c.Sequence,
		Looked: &orchestrator.Looked{Known: true, Online: 2, Ready: 1, Waiting: 3},
	}
}

func TestCustomerOfABotThatDoesNotAnswerIsToldAndGetsAPerson(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", bot, "")
	wrote := s.c.Sequence
	d := s.take(botGivenUp(s.c))
	same(t, "steps", []string{
		"bot_failed", "says: Our assistant cannot be reached at the moment.", "handoff_requested bot→queued", "says: You are number 4.",
	}, steps(d))
	same(t, "commands", []string{"house open", "shop handoff.queued"}, told(d))
	same(t, "reason", "bot_failed", s.c.Request.Reason)
	same(t, "priority", middlePriority, s.c.Request.Priority)
	same(t, "what the bot was not told is held for the person", wrote, s.c.HeldFrom)
	same(t, "handoff", 1, s.c.Handoff)
	s.take(event(accepted, anAgent("anna")))
	s.replay()
}

func TestVendorsPeopleAreGivenTheWordsThatTheBotWasNotTold(t *testing.T) {
	s := bring(t, testFlow(t, relayPolicy), "web", bot, "")
	wrote := s.c.Sequence
	s.take(word(aCustomer, "anybody?"))
	failed := botGivenUp(s.c)
	failed.Word = wrote
	s.take(failed)
	d := s.take(vendorSays(s, accepted, "anna"))
	flush := command(t, d, orchestrator.CommandFlush)
	same(t, "from", wrote, flush.From)
	s.replay()
}

func TestCustomerIsToldOncePerOutageWhereNobodyCanCome(t *testing.T) {
	nobody := &orchestrator.Looked{Known: true}
	for _, policy := range []string{fullPolicy, fullPolicy + "on_bot_failed: tell\n"} {
		f := testFlow(t, policy)
		s := bring(t, f, "web", bot, "")
		failed := botGivenUp(s.c)
		failed.Looked = nobody
		d := s.take(failed)
		same(t, "first", "says: Our assistant cannot be reached at the moment.", steps(d)[1])
		same(t, "state", bot, s.c.State)
		s.take(word(aCustomer, "hello?"))
		failed.ID, failed.Word = "", s.c.Sequence
		same(t, "again", []string{"bot_failed"}, steps(s.take(failed)))
		s.take(word(aBot, "here I am"))
		same(t, "over", 0, int(s.c.BotFailedAt))
		failed.ID = ""
		if d := s.take(failed); len(d.Entries) < 2 {
			t.Errorf("the next outage is not told: %v", steps(d))
		}
		s.replay()
	}
}

func TestSomebodyWhoIsThereLaterIsFetchedWithTheNextWord(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", bot, "")
	failed := botGivenUp(s.c)
	failed.Looked = &orchestrator.Looked{Known: true}
	s.take(failed)
	s.take(word(aCustomer, "hello?"))
	s.take(botGivenUp(s.c))
	same(t, "state", queued, s.c.State)
}

func TestBotThatDoesNotHaveTheConversationCannotFailIt(t *testing.T) {
	for _, state := range live {
		onEnd := ""
		s := bring(t, testFlow(t, fullPolicy), "web", state, onEnd)
		if state == bot {
			continue
		}
		if err := s.try(botGivenUp(s.c)); err == nil {
			t.Errorf("taken in state %s: %v", state, steps(s.last))
		}
	}
	s := bring(t, testFlow(t, fullPolicy), "bot", bot, "")
	rejected(t, s, botGivenUp(s.c), orchestrator.CodeStateConflict, "the customer is reached through the bot alone")
}

func TestBotThatGotTheChatBackAndFailsIsReplacedByTheSamePerson(t *testing.T) {
	s := bring(t, testFlow(t, strings.Replace(fullPolicy, "cool_down: 30s", "cool_down: 0s", 1)), "web", wrapUp, orchestrator.OnEndReturn)
	s.take(word(aCustomer, "and now?"))
	s.take(botGivenUp(s.c))
	same(t, "state", queued, s.c.State)
	same(t, "preferred", "anna", string(s.c.Preferred))
	same(t, "handoff", 2, s.c.Handoff)
	s.replay()
}

func TestLimitsHoldForBotsThatFail(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", agent, orchestrator.OnEndReturn)
	s.take(orchestrator.Event{Type: returnedToBot, Actor: anAgent("anna"), Reason: "solved"})
	s.pass(time.Second)
	s.take(word(aCustomer, "more"))
	d := s.take(botGivenUp(s.c))
	same(t, "state", bot, s.c.State)
	same(t, "steps", []string{
		"bot_failed", "says: Our assistant cannot be reached at the moment.", "says: " + builtIn[textNotAgain],
	}, steps(d))
}

func TestCustomerGivenBackToABotThatIsStillDownIsToldAgain(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", bot, "")
	s.take(botGivenUp(s.c))
	s.take(event(accepted, anAgent("anna")))
	s.now = s.now.Add(time.Second)
	s.take(orchestrator.Event{Type: returnedToBot, Actor: anAgent("anna"), Reason: "the bot knows"})
	s.take(word(aCustomer, "hello?"))
	d := s.take(botGivenUp(s.c))
	same(t, "told", []string{
		"bot_failed", "says: Our assistant cannot be reached at the moment.", "says: A colleague cannot be asked for again right now.",
	}, steps(d))
	same(t, "limits.cool_down", bot, s.c.State)
	s.take(word(aCustomer, "hello?"))
	same(t, "once", []string{"bot_failed"}, steps(s.take(botGivenUp(s.c))))
	s.replay()
}

func TestNobodyIsFetchedForWhatAnAddressBeginsBeyondItsLimit(t *testing.T) {
	s := newScene(t, testFlow(t, fullPolicy), "web")
	begun := event(orchestrator.EventStarted, aCustomer)
	begun.OverAskLimit = true
	s.take(begun)
	s.take(word(aCustomer, "hello?"))
	d := s.take(botGivenUp(s.c))
	same(t, "told", []string{"bot_failed", "says: Our assistant cannot be reached at the moment."}, steps(d))
	same(t, "why", true, d.Entries[0].Why.LookedAt["over_ask_limit"])
	same(t, "state", bot, s.c.State)
	asked := request("")
	asked.Actor = aCustomer
	same(t, "she may ask", queued, s.take(asked).Next.State)
	s.replay()
}
