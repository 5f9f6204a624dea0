package flows

import (
	"testing"
	"time"

	"handoff/orchestrator"
)

// said is a customer's word with the moment at which it was said.
func said(text string, at orchestrator.Moment) orchestrator.Event {
	ev := word(aCustomer, text)
	ev.At = at
	return ev
}

func TestWordSpokenBeforeTheEndMovesNothingWhateverThePolicy(t *testing.T) {
	for _, policy := range []string{afterEndKeep, afterEndBot, afterEndQueue} {
		s := bring(t, testFlow(t, fullPolicy+"on_word_after_end: "+policy+"\n"), "web", wrapUp, "")
		end := s.c.ServedUntil
		s.pass(time.Second)
		same(t, "steps", []string{"message"}, steps(s.take(said("late", end.Add(-time.Second)))))
		same(t, "state", wrapUp, s.c.State)
		same(t, "an unanswered word", 0, int(s.c.WordAfterEnd))
		done := event(completedEvent, anAgent("anna"))
		done.Disposition = "solved"
		s.take(done)
		same(t, "state", completed, s.c.State)
		s.replay()
	}
}

func TestWordAfterTheEndIsKeptForThePersonInWrapUp(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", wrapUp, "")
	s.pass(time.Second)
	same(t, "steps", []string{"message"}, steps(s.take(word(aCustomer, "thanks"))))
	same(t, "state", wrapUp, s.c.State)
	invalid(t, s, event(completedEvent, anAgent("anna")), "disposition", "is missing; it is solved, follow_up or spam")
	done := event(completedEvent, anAgent("anna"))
	done.Disposition = "solved"
	s.take(done)
	same(t, "completed: no answer is needed", completed, s.c.State)
	s.replay()
}

func TestWordAfterTheEndThatNobodyAnswersQueuesTheCustomer(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", wrapUp, "")
	s.pass(time.Second)
	s.take(word(aCustomer, "and the invoice?"))
	d := s.due()
	same(t, "steps", []string{"wrap_up_timed_out", "handoff_closed", "customer_returned wrap_up→queued"}, steps(d)[:3])
	same(t, "preferred", "anna", string(s.c.Preferred))
	s.take(event(accepted, anAgent("anna")))
	same(t, "answered", 0, int(s.c.WordAfterEnd))
	s.replay()
}

func TestWordAfterTheEndGoesToTheBotWhereThePolicySaysSo(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy+"on_word_after_end: bot\n"), "web", wrapUp, "")
	s.pass(time.Second)
	d := s.take(word(aCustomer, "one more"))
	same(t, "steps", []string{"message", "resumed wrap_up→bot"}, steps(d)[:2])
	flushes := commandsOf(d, orchestrator.CommandFlush)
	same(t, "the bot is given words", 1, len(flushes))
	if said := s.c.Sequence - uint64(len(d.Entries)) + 1; flushes[0].From != said || flushes[0].Until < said {
		t.Errorf("the bot is given %d..%d, the word is %d", flushes[0].From, flushes[0].Until, said)
	}
	same(t, "held", 0, int(s.c.HeldFrom))
	s.replay()
}

func commandsOf(d *orchestrator.Decision, what orchestrator.CommandType) []orchestrator.Command {
	var all []orchestrator.Command
	for _, c := range d.Commands {
		if c.Type == what {
			all = append(all, c)
		}
	}
	return all
}

func TestPersonInWrapUpReopensTheChat(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", wrapUp, "")
	epoch := s.c.Epoch
	s.pass(time.Second)
	s.take(word(aCustomer, "wait"))
	rejected(t, s, event(reopened, anAgent("ben")), orchestrator.CodeNotInControl, "only anna, who served, can reopen the chat")
	d := s.take(event(reopened, anAgent("anna")))
	same(t, "told", []string{"house accept", "shop handoff.accepted"}, told(d))
	same(t, "reason", "reopened", notice(t, d, "handoff.accepted").Reason)
	same(t, "state", agent, s.c.State)
	same(t, "answered", 0, int(s.c.WordAfterEnd))
	if s.c.Epoch <= epoch {
		t.Error("the epoch stays")
	}
	s.take(word(anAgent("anna"), "here"))
	s.replay()

	s = bring(t, testFlow(t, fullPolicy), "web", wrapUp, orchestrator.OnEndReturn)
	rejected(t, s, event(reopened, anAgent("anna")), orchestrator.CodeStateConflict, "the bot has the conversation back")
}
