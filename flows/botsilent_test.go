package flows

import (
	"testing"
	"time"

	"handoff/orchestrator"
)

const silentPolicy = fullPolicy + "bot_silent_after: 60s\n"

// reached is what the dispatcher tells when the bot's callback has taken the word of the newest decision.
func reached(t *testing.T, s *scene) orchestrator.Event {
	t.Helper()
	word := command(t, s.last, orchestrator.CommandSend)
	if !word.Confirm {
		t.Fatal("nobody hears that the word has arrived")
	}
	return orchestrator.Event{Type: orchestrator.EventBotReached, Actor: aSystem, Command: word.ID}
}

func TestBotThatTookAWordAndSaysNothingHasFailed(t *testing.T) {
	s := bring(t, testFlow(t, silentPolicy), "web", bot, "")
	s.take(reached(t, s))
	if want := s.now.Add(time.Minute); s.c.Deadline != want || s.c.DeadlineRule != dueSilent {
		t.Fatalf("%s fires at %s, want %s", s.c.DeadlineRule, s.c.Deadline, want)
	}
	d := s.due()
	same(t, "steps", "handoff_requested bot→queued", steps(d)[2])
	same(t, "reason", reasonSilent, d.Entries[0].Event.Reason)
	s.replay()
}

func TestWordThatHasNotArrivedStartsNoClock(t *testing.T) {
	s := bring(t, testFlow(t, silentPolicy), "web", bot, "")
	same(t, "rule", dueIdle, s.c.DeadlineRule)
}

func TestAnswerStopsTheClockAlsoWhenItOvertakesTheConfirmation(t *testing.T) {
	s := bring(t, testFlow(t, silentPolicy), "web", bot, "")
	late := reached(t, s)
	s.take(word(aBot, "hello"))
	if d := s.take(late); d.Stored() {
		t.Errorf("a word that is answered waits again: %v", steps(d))
	}
	s.take(word(aCustomer, "and now"))
	s.take(reached(t, s))
	s.pass(time.Second)
	s.take(word(aBot, "so"))
	same(t, "rule", dueIdle, s.c.DeadlineRule)
	s.replay()
}

func TestSeveralWordsCountFromTheFirst(t *testing.T) {
	s := bring(t, testFlow(t, silentPolicy), "web", bot, "")
	s.take(reached(t, s))
	first := s.c.Deadline
	s.pass(10 * time.Second)
	s.take(word(aCustomer, "hello?"))
	s.take(reached(t, s))
	same(t, "deadline", first, s.c.Deadline)
}

func TestBotThatTypesIsNotSilent(t *testing.T) {
	s := bring(t, testFlow(t, silentPolicy), "web", bot, "")
	s.take(reached(t, s))
	typing := orchestrator.Event{Type: orchestrator.EventTyping, Actor: aBot, Typing: true}
	s.pass(10 * time.Second)
	if d := s.take(typing); d.Then != nil {
		t.Error("early typing is written down")
	}
	s.pass(30 * time.Second)
	d := s.take(typing)
	if d.Then == nil {
		t.Fatal("typing leaves the clock as it is")
	}
	s.take(*d.Then)
	same(t, "deadline", s.now.Add(time.Minute), s.c.Deadline)
	s.replay()
}

func TestPolicyWithoutALimitConfirmsNothing(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", bot, "")
	if command(t, s.last, orchestrator.CommandSend).Confirm {
		t.Error("each word costs a commit that nothing reads")
	}
	for _, channel := range []string{"bot"} {
		s = bring(t, testFlow(t, silentPolicy), channel, bot, "")
		same(t, "rule", dueIdle, s.c.DeadlineRule)
	}
}
