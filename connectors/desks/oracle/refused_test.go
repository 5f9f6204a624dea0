package oracle_test

import (
	"slices"
	"strings"
	"testing"

	"handoff/connectors/desks/oracle"
	"handoff/connectors/desks/oracle/sim"
	"handoff/connectors/desktest"
	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// What Oracle refuses about one engagement costs the others nothing.

func noResume(o *sim.Options, _ *oracle.Config) { o.NoResume = true }

// heardOf waits until the customer of a conversation, or its person, is heard with a text.
func heardOf(t desktest.TB, p *desktest.Play, id orchestrator.ConversationID, text string) {
	t.Helper()
	p.Await(t, text+" is heard", func() bool {
		return slices.ContainsFunc(p.Events(id, orchestrator.EventMessage), func(ev orchestrator.Event) bool {
			return ev.Message.Text == text
		})
	})
}

func TestAnEngagementThatPeopleGotDuringASessionLossStopsNoOther(t *testing.T) {
	quirk(t, oracle.SeatAgent, func(t desktest.TB, p *desktest.Play, r *rig) {
		withBot(t, p, "c-1")
		withBot(t, p, "c-2")
		before := r.sim.Logins()
		p.Faults.LoseSession(func() {
			if err := r.sim.TakeFromBot(r.memory.Handle("c-1")); err != nil {
				t.Errorf("%v", err)
			}
		})
		if c := p.AwaitState(t, "c-1", orchestrator.StateCompleted); c.ID == "" {
			return
		}
		p.Script.CustomerSays(t, "c-2", "are you there?")
		heardOf(t, p, "c-2", "are you there?")
		if n := r.sim.Logins() - before; n != 1 {
			t.Errorf("the bot logged in %d times, want once", n)
		}
		if state := r.chat("c-1").State; state != simkit.ChatWaiting {
			t.Errorf("the chat that people got is %s", state)
		}
	})
}

func TestALostAnswerOfTheAcceptanceBeginsTheConversationAtOnce(t *testing.T) {
	quirk(t, oracle.SeatAgent, func(t desktest.TB, p *desktest.Play, r *rig) {
		r.loseAnswer("assignmentAcknowledgement")
		withBot(t, p, "c-1") // the customer says nothing
		if n := r.sim.Logins(); n != 1 {
			t.Errorf("the bot logged in %d times, want once", n)
		}
	})
}

func TestARefusalOfOneEngagementKeepsTheSession(t *testing.T) {
	quirk(t, oracle.SeatAgent, func(t desktest.TB, p *desktest.Play, r *rig) {
		withBot(t, p, "c-1")
		withBot(t, p, "c-2")
		_, end := r.sim.Refuse(r.memory.Handle("c-1"), 403, 0) // documented: the session is not known
		defer end()
		if err := say(p, "hello"); orchestrator.OutcomeOf(err) != orchestrator.OutcomePermanent {
			t.Errorf("a word that is refused was answered with %v", err)
		}
		p.Script.CustomerSays(t, "c-2", "are you there?")
		heardOf(t, p, "c-2", "are you there?")
		if n := r.sim.Logins(); n != 1 {
			t.Errorf("the bot logged in %d times, want once", n)
		}
	})
}

func TestThePoolIsAskedForWhereTheNewsOfItWasLost(t *testing.T) {
	quirk(t, oracle.SeatCustomer, func(t desktest.TB, p *desktest.Play, r *rig) {
		served(t, p, r)
		r.sim.MovePoolUnheard("298:1")
		if err := say(p, "still here"); err != nil {
			t.Errorf("send: %v", err)
		}
		for _, text := range []string{"by the poll that was under way", "by the next one"} {
			p.Script.AgentSays(t, "c-1", people[0], text)
			heardOf(t, p, "c-1", text)
		}
		has(t, "people saw", p.Script.Seen("c-1"), "still here")
		if chats := r.sim.Chats(); len(chats) != 1 || chats[0].State != simkit.ChatServed {
			t.Errorf("the engagements are %+v", chats)
		}
	}, noResume)
	quirk(t, oracle.SeatAgent, func(t desktest.TB, p *desktest.Play, r *rig) {
		withBot(t, p, "c-1")
		r.sim.MovePoolUnheard("298:1")
		if err := say(p, "still here"); err != nil {
			t.Errorf("send: %v", err)
		}
		for _, text := range []string{"by the poll that was under way", "by the next one"} {
			p.Script.CustomerSays(t, "c-1", text)
			heardOf(t, p, "c-1", text)
		}
		if n := r.sim.Logins(); n != 1 {
			t.Errorf("the bot logged in %d times, want once", n)
		}
	})
}

func TestAnEngagementThatCannotBeResumedIsAskedForOnce(t *testing.T) {
	quirk(t, oracle.SeatCustomer, func(t desktest.TB, p *desktest.Play, r *rig) {
		served(t, p, r)
		p.Faults.LoseSession(func() {})
		if err := say(p, "anybody?"); orchestrator.OutcomeOf(err) != orchestrator.OutcomePermanent {
			t.Errorf("a word for it was answered with %v", err)
		}
		p.AwaitState(t, "c-1", orchestrator.StateWrapUp)
		if n := len(r.sim.Chats()); n != 2 {
			t.Errorf("there are %d engagements, want the first and the one that was begun in its place", n)
		}
	}, noResume)
}

func TestAnEngagementIsConcludedAndReleasedOnce(t *testing.T) {
	quirk(t, oracle.SeatAgent, func(t desktest.TB, p *desktest.Play, r *rig) {
		withBot(t, p, "c-1")
		p.Script.CustomerLeaves(t, "c-1")
		p.AwaitState(t, "c-1", orchestrator.StateCompleted)
		p.Settle(t)
		withBot(t, p, "c-2") // so whoever listens is done with the first
		if c, l := r.calls("concludeChat"), r.calls("releaseChat"); c > 1 || l != 1 {
			t.Errorf("concluded %d times and released %d times, want once each", c, l)
		}
	})
}

func TestAPollThatIsRefusedWithEverySessionIsMadeAgainAfterAPause(t *testing.T) {
	quirk(t, oracle.SeatCustomer, func(t desktest.TB, p *desktest.Play, r *rig) {
		served(t, p, r)
		met, end := r.sim.Refuse(r.memory.Handle("c-1"), 403, 0)
		defer end()
		p.Script.AgentSays(t, "c-1", people[0], "hello") // which ends the poll that is under way
		p.Await(t, "a poll has failed", func() bool { return strings.Contains(r.log.String(), "could not be listened to") })
		if n := met(); n > 2 {
			t.Errorf("%d calls were refused before the first pause, want 2 at most", n)
		}
	})
}
