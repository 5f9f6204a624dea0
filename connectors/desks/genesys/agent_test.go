package genesys_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"handoff/connectors/desks/genesys"
	"handoff/connectors/desks/genesys/sim"
	"handoff/connectors/desktest"
	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// asAgent plays something of this vendor's alone, in each dialect.
func asAgent(t *testing.T, o sim.Options, configure func(*genesys.Config), check func(t desktest.TB, c *centre, p *desktest.Play)) {
	t.Helper()
	for _, dialect := range []string{genesys.Dialect851, genesys.Dialect852} {
		t.Run(dialect, func(t *testing.T) {
			var c *centre
			desktest.One(t, desktest.Behaviour{Name: t.Name(), Check: func(t desktest.TB, p *desktest.Play) {
				check(t, c, p)
				p.Settle(t)
			}}, func(t desktest.TB) *desktest.Subject {
				o := o
				o.Dialect = dialect
				c = build(t, genesys.SeatAgent, o)
				c.still()
				if configure != nil {
					configure(&c.config)
				}
				return outOfSight(c.subject(t))
			})
		})
	}
}

// arrive lets a chat come to the bot.
func arrive(t desktest.TB, p *desktest.Play, id orchestrator.ConversationID) (chat string) {
	t.Helper()
	p.Expect(id)
	p.Script.CustomerBegins(t)
	return p.AwaitState(t, id, orchestrator.StateBot).ChannelRef
}

// says lets the customer say something and waits until the bot has heard everything so far.
func says(t desktest.TB, p *desktest.Play, id orchestrator.ConversationID, text string) {
	t.Helper()
	p.Script.CustomerSays(t, id, text)
	p.Await(t, fmt.Sprintf("%q is heard", text), func() bool { return slices.Contains(customersWords(p, id), text) })
}

func customersWords(p *desktest.Play, id orchestrator.ConversationID) []string {
	var words []string
	for _, ev := range p.Events(id, orchestrator.EventMessage) {
		if ev.Actor.Role == orchestrator.ActorCustomer {
			words = append(words, ev.Message.Text)
		}
	}
	return words
}

func TestWordsThatALostNotificationSessionSwallowedAreHeardOnce(t *testing.T) {
	asAgent(t, sim.Options{}, nil, func(t desktest.TB, c *centre, p *desktest.Play) {
		chat := arrive(t, p, "c-1")
		says(t, p, "c-1", "before")
		c.Stall(func() {
			if err := c.CustomerSays(chat, "while nobody heard"); err != nil {
				t.Fatalf("saying: %v", err)
			}
		})
		c.ForgetListeners()
		p.Await(t, "the words", func() bool { return len(customersWords(p, "c-1")) == 2 })
		says(t, p, "c-1", "after")
		desktest.Same(t, "heard", []string{"before", "while nobody heard", "after"}, customersWords(p, "c-1"))
		if n := p.Desk.(orchestrator.HealthReporter).Health().Session.Logins; n != 1 {
			t.Errorf("logged in %d times: a new handshake needs no login", n)
		}
	})
}

func TestAHoleInTheLogHoldsNothingUp(t *testing.T) {
	asAgent(t, sim.Options{Gaps: true}, nil, func(t desktest.TB, _ *centre, p *desktest.Play) {
		arrive(t, p, "c-1")
		for n := range 4 {
			p.Script.CustomerSays(t, "c-1", fmt.Sprint(n))
		}
		p.Await(t, "four words", func() bool { return len(customersWords(p, "c-1")) == 4 })
		desktest.Same(t, "heard", []string{"0", "1", "2", "3"}, customersWords(p, "c-1"))
	})
}

func TestAChangedCSRFTokenIsLearnedWithoutALogin(t *testing.T) {
	asAgent(t, sim.Options{}, nil, func(t desktest.TB, c *centre, p *desktest.Play) {
		arrive(t, p, "c-1")
		c.RotateTokens()
		p.SayAsBot("c-1", "still here")
		p.Settle(t)
		desktest.Same(t, "seen", []string{"still here"}, p.Script.SeenByCustomer("c-1"))
		says(t, p, "c-1", "good")
		if n := p.Desk.(orchestrator.HealthReporter).Health().Session.Logins; n != 1 {
			t.Errorf("logged in %d times", n)
		}
	})
}

func TestAnOutcomeMayBeToldBeforeTheAnswer(t *testing.T) {
	asAgent(t, sim.Options{EventsFirst: true}, nil, func(t desktest.TB, c *centre, p *desktest.Play) {
		arrive(t, p, "c-1")
		p.HandOver("c-1", orchestrator.Waiting{Queue: "line"})
		p.AwaitState(t, "c-1", orchestrator.StateCompleted)
		arrive(t, p, "c-2")
		p.Do(t, orchestrator.Event{
			Type: orchestrator.EventCompleted, Conversation: "c-2", Actor: orchestrator.Actor{Role: orchestrator.ActorBot},
		})
		p.Settle(t)
		desktest.Same(t, "states", []simkit.ChatState{simkit.ChatWaiting, simkit.ChatEnded},
			[]simkit.ChatState{c.Chats()[0].State, c.Chats()[1].State})
		if f := p.Failures(); len(f) > 0 {
			t.Errorf("%v", f[0].Err)
		}
	})
}

func knowsAnna(c *genesys.Config) {
	c.Users = map[orchestrator.AgentID]string{"anna": sim.UserID("anna")}
	c.JoinWithin = genesys.MinJoin
}

func TestAPersonWhoIsKnownIsAskedInAndTheBotLeavesWhenTheyCome(t *testing.T) {
	asAgent(t, sim.Options{}, func(c *genesys.Config) { knowsAnna(c); c.JoinWithin = time.Minute },
		func(t desktest.TB, c *centre, p *desktest.Play) {
			chat := arrive(t, p, "c-1")
			p.HandOver("c-1", orchestrator.Waiting{Queue: "line", Prefer: "anna"})
			p.Settle(t)
			desktest.Same(t, "rings at", []string{"anna"}, c.Chats()[0].Ringing)
			desktest.Same(t, "with", simkit.ChatWithBot, c.Chats()[0].State)
			if err := c.Accept(chat, "anna"); err != nil {
				t.Fatalf("accepting: %v", err)
			}
			p.AwaitState(t, "c-1", orchestrator.StateCompleted)
			p.Settle(t)
			accepted := p.Events("c-1", orchestrator.EventAccepted)
			desktest.Same(t, "accepted by", []orchestrator.Agent{{ID: "anna", Name: "anna"}}, []orchestrator.Agent{*accepted[0].Agent})
			desktest.Same(t, "in the chat", []string{"anna"}, c.Chats()[0].Agents)
			desktest.Same(t, "state", simkit.ChatServed, c.Chats()[0].State)
		})
}

// inDialect picks a name of an operation by the dialect of a test.
func inDialect(t desktest.TB, in851, in852 string) string {
	if strings.HasSuffix(t.(*testing.T).Name(), genesys.Dialect851) {
		return in851
	}
	return in852
}

// TestARefusalToLeaveIsAnsweredByReadingTheChat: in 8.5.1 the vendor says "error" and no more, also where the bot is out of the
// chat already. It is not repeated, and a chat that is transferred back is accepted.
func TestARefusalToLeaveIsAnsweredByReadingTheChat(t *testing.T) {
	for _, times := range []int{1, 1000} {
		t.Run(fmt.Sprint(times), func(t *testing.T) { leavingIsRefused(t, times) })
	}
}

func leavingIsRefused(t *testing.T, times int) {
	asAgent(t, sim.Options{}, func(c *genesys.Config) { knowsAnna(c); c.JoinWithin = time.Minute },
		func(t desktest.TB, c *centre, p *desktest.Play) {
			leave := inDialect(t, "LeaveConference", "Leave")
			chat := arrive(t, p, "c-1")
			c.Refuse(leave, times)
			p.HandOver("c-1", orchestrator.Waiting{Queue: "line", Prefer: "anna"})
			p.Settle(t)
			must(t, c.Accept(chat, "anna"))
			c.log.Await(t, "the vendor refuses what is to be done with a chat")
			p.Await(t, "anna has it", func() bool { return len(p.Events("c-1", orchestrator.EventAccepted)) == 1 })
			says(t, p, "c-1", "hello anna") // the chat is looked after
			if asked := c.Asked(leave); asked > 2 {
				t.Errorf("%s was asked for %d times", leave, asked)
			}
			c.Refuse(leave, 0)
			for n := 0; n < 3 && p.Conversation("c-1").State != orchestrator.StateCompleted; n++ {
				c.clock.(*orchestrator.StepClock).Advance(2 * time.Second) // beats
			}
			p.AwaitState(t, "c-1", orchestrator.StateCompleted)
			p.Expect("c-2")
			must(t, c.Transfer(chat, "anna", simkit.Destination{Queue: sim.BotQueue}))
			p.AwaitState(t, "c-2", orchestrator.StateBot)
		})
}

func must(t desktest.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("playing: %v", err)
	}
}

// TestAnOfferThatCannotBeAcceptedIsRejected: somebody else is asked at once, in place of when the ringing ends.
func TestAnOfferThatCannotBeAcceptedIsRejected(t *testing.T) {
	asAgent(t, sim.Options{}, nil, func(t desktest.TB, c *centre, p *desktest.Play) {
		c.Refuse("Accept", 1)
		p.Script.CustomerBegins(t)
		desktest.Until(t, c.Switches(), "it is rejected", func() bool { return c.Asked("Reject") == 1 })
		desktest.Until(t, c.Switches(), "it rings here no more", func() bool { return c.Chats()[0].State == simkit.ChatWaiting })
		must(t, c.Accept(c.Chats()[0].ID, "bob"))
		arrive(t, p, "c-1") // the next one is served
	})
}

func TestWhoDoesNotJoinInTimeIsNotWaitedFor(t *testing.T) {
	asAgent(t, sim.Options{}, knowsAnna, func(t desktest.TB, c *centre, p *desktest.Play) {
		arrive(t, p, "c-1")
		p.HandOver("c-1", orchestrator.Waiting{Queue: "bills", Prefer: "anna"})
		p.Settle(t)
		c.clock.(*orchestrator.StepClock).Advance(2 * time.Second) // one beat
		p.AwaitState(t, "c-1", orchestrator.StateCompleted)
		desktest.Same(t, "waits in", "billing", c.Chats()[0].Queue)
		desktest.Same(t, "told", orchestrator.Agent{ID: "gen", Name: "bills"}, *p.Events("c-1", orchestrator.EventAccepted)[0].Agent)
	})
}

func TestAHandoffToOnePersonOnlyFailsWithThem(t *testing.T) {
	asAgent(t, sim.Options{}, knowsAnna, func(t desktest.TB, c *centre, p *desktest.Play) {
		chat := arrive(t, p, "c-1")
		p.HandOver("c-1", orchestrator.Waiting{Queue: "line", Only: "anna"})
		p.Settle(t)
		if err := c.Decline(chat, "anna"); err != nil {
			t.Fatalf("declining: %v", err)
		}
		c.clock.(*orchestrator.StepClock).Advance(2 * time.Second) // one beat
		p.Await(t, "the failure", func() bool { return len(p.Events("c-1", orchestrator.EventDeskFailed)) == 1 })
		desktest.Same(t, "the bot has it", simkit.ChatWithBot, c.Chats()[0].State)
	})
}

func TestAChatThatComesBackIsANewConversation(t *testing.T) {
	asAgent(t, sim.Options{}, nil, func(t desktest.TB, c *centre, p *desktest.Play) {
		chat := arrive(t, p, "c-1")
		says(t, p, "c-1", "a person, please")
		p.HandOver("c-1", orchestrator.Waiting{Queue: "line"})
		p.AwaitState(t, "c-1", orchestrator.StateCompleted)
		p.Expect("c-2")
		for _, step := range []func() error{
			func() error { return c.Accept(chat, "bob") },
			func() error { return c.Says(chat, "bob", "the bot can do that") },
			func() error { return c.CustomerSays(chat, "can it?") },
			func() error { return c.Transfer(chat, "bob", simkit.Destination{Queue: sim.BotQueue}) },
		} {
			if err := step(); err != nil {
				t.Fatalf("playing: %v", err)
			}
		}
		p.AwaitState(t, "c-2", orchestrator.StateBot)
		p.Await(t, "the open question", func() bool { return len(customersWords(p, "c-2")) > 0 })
		desktest.Same(t, "words for the bot", []string{"can it?"}, customersWords(p, "c-2"))
		var earlier []string
		for _, turn := range p.Events("c-2", orchestrator.EventStarted)[0].Transcript {
			earlier = append(earlier, string(turn.Role)+": "+turn.Text)
		}
		desktest.Same(t, "brought along", []string{"user: a person, please", "agent: the bot can do that"}, earlier)
		p.SayAsBot("c-2", "it can")
		p.Settle(t)
		desktest.Same(t, "seen", []string{"it can"}, p.Script.SeenByCustomer("c-2"))
	})
}

func TestAChatWhoseCustomerLeftBeforeItWasJoinedIsCompleted(t *testing.T) {
	asAgent(t, sim.Options{}, nil, func(t desktest.TB, c *centre, p *desktest.Play) {
		arrive(t, p, "c-1") // the bot works
		release := c.Switches().Hold()
		p.Script.CustomerBegins(t)
		chat := c.Chats()[1].ID
		c.KeepRinging(chat)
		if err := c.CustomerLeaves(chat); err != nil {
			t.Fatalf("leaving: %v", err)
		}
		release()
		desktest.Until(t, c.Switches(), "the bot's leg is completed", func() bool { return c.Legs(chat) == 0 })
	})
}

func TestWhatPeopleShouldKnowIsAttachedBeforeTheTransfer(t *testing.T) {
	asAgent(t, sim.Options{}, nil, func(t desktest.TB, c *centre, p *desktest.Play) {
		arrive(t, p, "c-1")
		p.HandOver("c-1", orchestrator.Waiting{Queue: "line"})
		p.AwaitState(t, "c-1", orchestrator.StateCompleted)
		told := slices.Contains(c.Chats()[0].Context, "HandoffConversation: c-1")
		if documented := strings.HasSuffix(t.(*testing.T).Name(), genesys.Dialect852); told != documented {
			t.Errorf("attached: %t, want %t", told, documented)
		}
	})
}

func TestWrongCredentialsAreNotTriedInACircle(t *testing.T) {
	c := build(t, genesys.SeatAgent, sim.Options{})
	c.config.Password = "another-password-0815"
	c.still()
	desk := c.open(t)
	stop := c.run(t, desk)
	c.log.Await(t, "a session was lost")
	h := desk.Health()
	if h.Session.State != orchestrator.SessionDown || strings.Contains(h.Session.Failure, c.config.Password) {
		t.Errorf("session %+v", h.Session)
	}
	stop()
	if strings.Contains(c.log.String(), c.config.Password) {
		t.Error("the password is in the log")
	}
}

func TestAProcessThatStopsLeavesOpenChatsWithTheBot(t *testing.T) {
	asAgent(t, sim.Options{}, nil, func(t desktest.TB, c *centre, p *desktest.Play) {
		arrive(t, p, "c-1")
		desk := c.open(t)
		stop := c.run(t, desk) // waits for the session
		stop()
		desktest.Same(t, "with", simkit.ChatWithBot, c.Chats()[0].State)
		says(t, p, "c-1", "are you there?")
	})
}
