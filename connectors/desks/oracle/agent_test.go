package oracle_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"handoff/connectors/desks/oracle"
	"handoff/connectors/desks/oracle/sim"
	"handoff/connectors/desktest"
	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// withBot lets a customer come to the bot.
func withBot(t desktest.TB, p *desktest.Play, id orchestrator.ConversationID) {
	p.Expect(id)
	p.Script.CustomerBegins(t)
	p.AwaitState(t, id, orchestrator.StateBot)
}

func handOver(t desktest.TB, p *desktest.Play) {
	p.HandOver("c-1", orchestrator.Waiting{Queue: billing})
	p.Settle(t)
}

func TestPeopleGetTheContextBeforeTheHandoff(t *testing.T) {
	quirk(t, oracle.SeatAgent, func(t desktest.TB, p *desktest.Play, r *rig) {
		withBot(t, p, "c-1")
		cmd := openCommand("c-1", billing)
		cmd.To.Ref = r.memory.Handle("c-1")
		if _, err := p.Desk.Open(context.Background(), cmd); err != nil {
			t.Fatalf("handing over: %v", err)
		}
		chat := r.chat("c-1")
		has(t, "context", chat.Context, "PRODUCT_ID: 12")
		has(t, "context", chat.Context, "CATEGORY_ID: 5")
		has(t, "context", chat.Context, "QUESTION: Summary: wants her money back\nReason: refund")
		if len(chat.Words) != 1 || !chat.Words[0].Hidden || !strings.HasPrefix(chat.Words[0].Text, "Summary: wants her money back") {
			t.Errorf("the note for agents is %+v", chat.Words)
		}
		if chat.State != simkit.ChatWaiting {
			t.Errorf("it is %s", chat.State)
		}
	})
}

func TestALostAnswerOfTheHandoffHandsOverOnce(t *testing.T) {
	for _, status := range []int{409, 500} { // CONFLICT is a code without a status of its own
		quirk(t, oracle.SeatAgent, func(t desktest.TB, p *desktest.Play, r *rig) {
			withBot(t, p, "c-1")
			r.loseAnswer("rerouteEngagement")
			handOver(t, p)
			p.AwaitState(t, "c-1", orchestrator.StateCompleted)
			if failed := p.Failures(); len(failed) > 0 {
				t.Errorf("the handoff failed: %v", failed[0].Err)
			}
			if chat := r.chat("c-1"); chat.State != simkit.ChatWaiting || chat.Queue != queueID {
				t.Errorf("it is %s in queue %s", chat.State, chat.Queue)
			}
		}, func(o *sim.Options, _ *oracle.Config) { o.ConflictStatus = status })
	}
}

func TestAfterTheHandoffTheBotsWordsAreRefusedForGood(t *testing.T) {
	quirk(t, oracle.SeatAgent, func(t desktest.TB, p *desktest.Play, r *rig) {
		withBot(t, p, "c-1")
		handOver(t, p)
		if err := say(p, "one more thing"); orchestrator.OutcomeOf(err) != orchestrator.OutcomePermanent {
			t.Errorf("a late word was answered with %v", err)
		}
		if words := r.chat("c-1").Words; len(words) != 0 {
			t.Errorf("the customer saw %+v", words)
		}
	})
}

func TestWhereNobodyIsThereTheBotKeepsTheChat(t *testing.T) {
	quirk(t, oracle.SeatAgent, func(t desktest.TB, p *desktest.Play, r *rig) {
		withBot(t, p, "c-1")
		r.sim.Nobody(true)
		cmd := openCommand("c-1", billing)
		cmd.To.Ref = r.memory.Handle("c-1")
		if _, err := p.Desk.Open(context.Background(), cmd); orchestrator.OutcomeOf(err) != orchestrator.OutcomePermanent || err == nil {
			t.Errorf("handing over answered %v", err)
		}
		if err := say(p, "I am still with you"); err != nil {
			t.Errorf("send: %v", err)
		}
		has(t, "the customer saw", p.Script.SeenByCustomer("c-1"), "I am still with you")
	}, func(_ *sim.Options, c *oracle.Config) { c.AskBeforeHandoff = true })
}

// An engagement that is concluded and not released keeps its seat: with one seat, no other would ever come.
func TestASeatIsReleasedHoweverTheChatEnds(t *testing.T) {
	ends := map[string]func(t desktest.TB, p *desktest.Play, id orchestrator.ConversationID){
		"the customer leaves": func(t desktest.TB, p *desktest.Play, id orchestrator.ConversationID) {
			p.Script.CustomerLeaves(t, id)
			p.AwaitState(t, id, orchestrator.StateCompleted)
		},
		"the bot ends it": func(t desktest.TB, p *desktest.Play, id orchestrator.ConversationID) {
			p.Do(t, orchestrator.Event{
				Type: orchestrator.EventCompleted, Conversation: id, Actor: orchestrator.Actor{Role: orchestrator.ActorBot},
			})
		},
		"it is handed over": func(_ desktest.TB, p *desktest.Play, id orchestrator.ConversationID) {
			p.HandOver(id, orchestrator.Waiting{Queue: billing})
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			quirk(t, oracle.SeatAgent, func(t desktest.TB, p *desktest.Play, _ *rig) {
				withBot(t, p, "c-1")
				p.Expect("c-2")
				p.Script.CustomerBegins(t) // waits: there is one seat
				end(t, p, "c-1")
				p.AwaitState(t, "c-2", orchestrator.StateBot)
			}, func(_ *sim.Options, c *oracle.Config) { c.MaxChats = 1 })
		})
	}
}

func TestAnOfferThatNobodyAnswersGoesToPeople(t *testing.T) {
	quirk(t, oracle.SeatAgent, func(t desktest.TB, p *desktest.Play, r *rig) {
		withBot(t, p, "c-1")
		desktest.Until(t, r.sim.Switches(), "the bot asks for the next one", r.sim.Asks)
		release := r.sim.Hold() // its answers do not arrive from here on
		p.Script.CustomerBegins(t)
		r.theirs.Advance(61 * time.Second)
		release()
		chats := r.sim.Chats()
		if err := r.sim.Accept(chats[1].ID, "Anna"); err != nil {
			t.Errorf("it is %s: %v", chats[1].State, err)
		}
	})
}

// If every process dies, Oracle misses the bot and gives its engagements to people. When the bot comes back it learns so, and
// our part ends.
func TestWhatPeopleGotWhileTheBotWasMissedIsTold(t *testing.T) {
	quirk(t, oracle.SeatAgent, func(t desktest.TB, p *desktest.Play, r *rig) {
		withBot(t, p, "c-1")
		if err := r.sim.Miss(); err != nil {
			t.Fatalf("%v", err)
		}
		if chat := r.chat("c-1"); chat.State != simkit.ChatWaiting {
			t.Errorf("it is %s", chat.State)
		}
		p.AwaitState(t, "c-1", orchestrator.StateCompleted)
		if got := p.Events("c-1", orchestrator.EventCompleted); len(got) != 1 || !strings.Contains(got[0].Reason, "not visible") {
			t.Errorf("completed: %+v", got)
		}
		if err := say(p, "are you there?"); orchestrator.OutcomeOf(err) != orchestrator.OutcomePermanent {
			t.Errorf("a word for it was answered with %v", err)
		}
	})
}

func TestAnEngagementThatIsGoneAfterALossIsNamed(t *testing.T) {
	quirk(t, oracle.SeatAgent, func(t desktest.TB, p *desktest.Play, r *rig) {
		withBot(t, p, "c-1")
		r.sim.Forget(r.memory.Handle("c-1"))
		p.Faults.LoseSession(func() {})
		p.AwaitState(t, "c-1", orchestrator.StateCompleted)
		got := p.Events("c-1", orchestrator.EventCustomerLeft)
		if len(got) != 1 || got[0].Reason != "drift: unknown_to_desk" {
			t.Errorf("the customer left: %+v", got)
		}
		r.log.Await(t, "our record differed")
		health := p.Desk.(orchestrator.HealthReporter).Health()
		if health.Drift["unknown_to_desk"] != 1 {
			t.Errorf("drift is counted as %v", health.Drift)
		}
	})
}

func TestAPoolChangeMovesTheBotWithoutALogin(t *testing.T) {
	quirk(t, oracle.SeatAgent, func(t desktest.TB, p *desktest.Play, r *rig) {
		withBot(t, p, "c-1")
		r.sim.MovePool("298:1")
		p.Script.CustomerSays(t, "c-1", "still here?")
		p.Await(t, "the word after it", func() bool { return len(p.Events("c-1", orchestrator.EventMessage)) == 1 })
		if err := say(p, "yes"); err != nil {
			t.Errorf("send: %v", err)
		}
		if r.sim.Logins() > 2 { // a poll that left with the old pool just then finds it gone
			t.Errorf("logged in %d times", r.sim.Logins())
		}
		has(t, "the customer saw", p.Script.SeenByCustomer("c-1"), "yes")
	})
}

func TestAChatThatComesBackIsANewConversation(t *testing.T) {
	quirk(t, oracle.SeatAgent, func(t desktest.TB, p *desktest.Play, r *rig) {
		withBot(t, p, "c-1")
		ref := r.memory.Handle("c-1")
		handOver(t, p)
		p.AwaitState(t, "c-1", orchestrator.StateCompleted)
		p.Expect("c-2")
		r.theirs.Advance(time.Second)
		if err := r.sim.BackToBot(ref); err != nil {
			t.Fatalf("%v", err)
		}
		c := p.AwaitState(t, "c-2", orchestrator.StateBot)
		if c.ChannelRef != ref {
			t.Errorf("its handle is %q, want %q again", c.ChannelRef, ref)
		}
	})
}

func TestCustomersWordsBeforeTheBotCameAreHeardInOrder(t *testing.T) {
	quirk(t, oracle.SeatAgent, func(t desktest.TB, p *desktest.Play, r *rig) {
		withBot(t, p, "c-1")
		release := r.sim.Hold()
		p.Expect("c-2")
		ref, err := r.sim.Begin(simkit.Customer{Name: "Ann"}, queueID)
		if err != nil {
			t.Fatalf("%v", err)
		}
		for _, text := range []string{"one", "two"} {
			if err := r.sim.CustomerSays(ref, text); err != nil {
				t.Errorf("%v", err)
			}
		}
		release()
		var heard []string
		p.Await(t, "both words", func() bool {
			heard = nil
			for _, ev := range p.Events("c-2", orchestrator.EventMessage) {
				heard = append(heard, ev.Message.Text)
			}
			return len(heard) == 2
		})
		if !slices.Equal(heard, []string{"one", "two"}) {
			t.Errorf("heard %q", heard)
		}
	})
}
