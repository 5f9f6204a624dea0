package superoffice_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/desks/superoffice"
	"handoff/connectors/desks/superoffice/sim"
	"handoff/connectors/desktest"
	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// play runs a desk at a site of its own, and fails the test for goroutines that are left and secrets that are shown.
func play(
	t *testing.T, seat string, change func(o *sim.Options, c *superoffice.Config),
	check func(t desktest.TB, s *site, p *desktest.Play),
) {
	t.Helper()
	var s *site
	desktest.One(t, desktest.Behaviour{
		Name: t.Name(), Check: func(t desktest.TB, p *desktest.Play) { check(t, s, p) },
	}, func(t desktest.TB) *desktest.Subject {
		s = setUp(orchestrator.SystemClock{}, seat, change)
		return s.subject(t)
	})
}

// must fails the test on an error.
func must(t desktest.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

// wait lets a conversation wait at the desk and answers its session.
func wait(t desktest.TB, s *site, p *desktest.Play, id orchestrator.ConversationID) string {
	t.Helper()
	p.Begin(id, orchestrator.Waiting{Queue: "billing"})
	p.Settle(t)
	return s.memory.Handle(id)
}

// arrive lets a customer begin a chat at the desk and answers its session.
func arrive(t desktest.TB, s *site, p *desktest.Play, id orchestrator.ConversationID) string {
	t.Helper()
	p.Expect(id)
	ref, err := s.vendor.Begin(simkit.Customer{Name: "Ann", Email: "ann@example.com"}, "2")
	must(t, err)
	p.AwaitState(t, id, orchestrator.StateBot)
	return ref
}

// chat is a session as its people see it.
func chat(t desktest.TB, s *site, ref string) simkit.Chat {
	t.Helper()
	chats := s.vendor.Chats()
	i := slices.IndexFunc(chats, func(c simkit.Chat) bool { return c.ID == ref })
	if i < 0 {
		t.Fatalf("there is no session %q", ref)
	}
	return chats[i]
}

// stands compares who has a session, in the vendor's own words.
func stands(t desktest.TB, s *site, ref, status string, bot bool) {
	t.Helper()
	want := map[string]any{"Status": status, "ChatbotIsActive": bot}
	if diff := cmp.Diff(any(want), chat(t, s, ref).Vendor); diff != "" {
		t.Errorf("session %s (-want +got):\n%s", ref, diff)
	}
}

// patience is how long something that should happen may take.
const patience = 10 * time.Second

// told waits for a fact.
func told(t desktest.TB, p *desktest.Play, id orchestrator.ConversationID, what orchestrator.EventType) orchestrator.Event {
	t.Helper()
	p.Await(t, string(what)+" is told", func() bool { return len(p.Events(id, what)) > 0 })
	return p.Events(id, what)[0]
}

func openCommand(p *desktest.Play, id orchestrator.ConversationID) *orchestrator.Command {
	cmd := p.Command(id, orchestrator.CommandOpen)
	cmd.To.Ref = ""
	cmd.Waiting = &orchestrator.Waiting{Queue: "billing"}
	return cmd
}

func TestPeopleReadTheReasonAndTheSummaryBeforeTheFirstWord(t *testing.T) {
	play(t, superoffice.SeatCustomer, nil, func(t desktest.TB, s *site, p *desktest.Play) {
		wait(t, s, p, "c-1")
		cmd := openCommand(p, "c-1")
		cmd.Reason, cmd.Note = "refund", "wants <b>money</b> back"
		cmd.Customer = orchestrator.Customer{ID: "u-1", Name: "Ann Berg", Email: "ann@example.com"}
		ref, err := p.Desk.Open(context.Background(), cmd)
		must(t, err)
		have := chat(t, s, ref)
		if diff := cmp.Diff([]string{"Summary: wants <b>money</b> back\nReason: refund"}, have.Context); diff != "" {
			t.Errorf("context (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(simkit.Customer{Name: "Ann Berg", Email: "ann@example.com"}, have.Customer); diff != "" {
			t.Errorf("customer (-want +got):\n%s", diff)
		}
		again, err := p.Desk.Open(context.Background(), cmd)
		must(t, err)
		if again != ref || len(chat(t, s, ref).Context) != 1 {
			t.Errorf("opened again: session %s, context %v", again, chat(t, s, ref).Context)
		}
	})
}

func TestASessionWhoseCreationWasNotAnsweredIsFoundAgain(t *testing.T) {
	play(t, superoffice.SeatCustomer, nil, func(t desktest.TB, s *site, p *desktest.Play) {
		lost := "POST /ChatSession"
		s.cut.Store(&lost)
		ref := wait(t, s, p, "c-1")
		if s.cut.Load() != nil || ref == "" {
			t.Fatalf("session %q, the answer was lost: %t", ref, s.cut.Load() == nil)
		}
		if n := len(s.vendor.Chats()); n != 1 {
			t.Errorf("there are %d sessions, want one", n)
		}
	})
}

func TestACustomerWhoIsElsewhereFillsNoFormIn(t *testing.T) {
	play(t, superoffice.SeatCustomer, func(o *sim.Options, _ *superoffice.Config) { o.FormTopics, o.BotTopics = []int{2}, []int{2} },
		func(t desktest.TB, s *site, p *desktest.Play) { stands(t, s, wait(t, s, p, "c-1"), "InQueue", false) })
}

func TestLeavingTheQueueAndEndingAreDifferentStatuses(t *testing.T) {
	play(t, superoffice.SeatCustomer, nil, func(t desktest.TB, s *site, p *desktest.Play) {
		waits, served := wait(t, s, p, "waits"), wait(t, s, p, "served")
		must(t, s.vendor.Accept(served, "anna"))
		told(t, p, "served", orchestrator.EventAccepted)
		for _, id := range []orchestrator.ConversationID{"waits", "served"} {
			must(t, p.Desk.End(context.Background(), p.Command(id, orchestrator.CommandEnd)))
		}
		stands(t, s, waits, "ClosedFromQueue", false)
		stands(t, s, served, "Finished", false)
	})
}

func TestASessionThatTheVendorClosesInTheQueueFailsTheDesk(t *testing.T) {
	play(t, superoffice.SeatCustomer, nil, func(t desktest.TB, s *site, p *desktest.Play) {
		wait(t, s, p, "c-1")
		s.vendor.ReapIdle(-1)
		want := "the desk ended the chat before anybody took it: closed by the desk: the customer's client did not fetch"
		if ev := told(t, p, "c-1", orchestrator.EventDeskFailed); ev.Reason != want {
			t.Errorf("reason %q", ev.Reason)
		}
	})
}

func TestOurCustomersSessionsAreKeptAlive(t *testing.T) {
	play(t, superoffice.SeatCustomer, func(_ *sim.Options, c *superoffice.Config) {
		c.KeepFetched, c.PollEvery = superoffice.MinKeepFetched, superoffice.MinPoll
	}, func(t desktest.TB, s *site, p *desktest.Play) {
		ref := wait(t, s, p, "c-1")
		first, err := s.vendor.LastFetched(ref)
		must(t, err)
		desktest.Until(t, s.vendor.Switches(), "the customer has fetched", func() bool {
			now, err := s.vendor.LastFetched(ref)
			return err == nil && now.After(first)
		})
	})
}

func TestADeclinedTransferIsSeen(t *testing.T) {
	play(t, superoffice.SeatCustomer, nil, func(t desktest.TB, s *site, p *desktest.Play) {
		ref := wait(t, s, p, "c-1")
		must(t, s.vendor.Accept(ref, "anna"))
		p.AwaitState(t, "c-1", orchestrator.StateAgent)
		must(t, s.vendor.Transfer(ref, "anna", simkit.Destination{Agent: "bob"}))
		if c := p.AwaitState(t, "c-1", orchestrator.StateTransferring); c.Transfer.To.ID != "bob" {
			t.Errorf("it is transferred to %s", c.Transfer.To.ID)
		}
		must(t, s.vendor.Decline(ref, "bob"))
		if c := p.AwaitState(t, "c-1", orchestrator.StateAgent); c.Owner().ID != "anna" {
			t.Errorf("%s has it", c.Owner().ID)
		}
	})
}

func TestAConversationOfOursChangesTheTopic(t *testing.T) {
	play(t, superoffice.SeatCustomer, nil, func(t desktest.TB, s *site, p *desktest.Play) {
		ref := wait(t, s, p, "c-1")
		cmd := p.Command("c-1", orchestrator.CommandOpen)
		cmd.Waiting = &orchestrator.Waiting{Queue: "sales"}
		again, err := p.Desk.Open(context.Background(), cmd)
		must(t, err)
		if have := chat(t, s, ref); again != ref || have.Queue != "3" || have.State != simkit.ChatWaiting {
			t.Errorf("session %s of %s in topic %s, state %s", again, ref, have.Queue, have.State)
		}
	})
}

// TestASessionThatRingsAtAColleagueGoesToAnotherTopic: it waits there. While it rings it is no transfer to a queue for our record.
func TestASessionThatRingsAtAColleagueGoesToAnotherTopic(t *testing.T) {
	for _, rings := range []bool{false, true} {
		play(t, superoffice.SeatCustomer, nil, func(t desktest.TB, s *site, p *desktest.Play) {
			ref := wait(t, s, p, "c-1")
			must(t, s.vendor.Accept(ref, "anna"))
			p.AwaitState(t, "c-1", orchestrator.StateAgent)
			if rings {
				must(t, s.vendor.Transfer(ref, "anna", simkit.Destination{Agent: "bob"}))
				p.AwaitState(t, "c-1", orchestrator.StateTransferring)
			}
			must(t, s.vendor.Transfer(ref, "anna", simkit.Destination{Queue: "3"}))
			p.AwaitState(t, "c-1", orchestrator.StateQueued)
			all := p.Events("c-1", "")
			if to := all[len(all)-1].Target; to == nil || to.Queue != "sales" {
				t.Errorf("rings %t: it waits in %v, want sales", rings, to)
			}
		})
	}
}

func TestTheBotIsOutAlsoWhereResetLeavesItIn(t *testing.T) {
	play(t, superoffice.SeatAgent, func(o *sim.Options, _ *superoffice.Config) { o.KeepBotOnReset = true },
		func(t desktest.TB, s *site, p *desktest.Play) {
			ref := arrive(t, s, p, "c-1")
			p.SayAsBot("c-1", "one moment")
			p.HandOver("c-1", orchestrator.Waiting{Queue: "billing"})
			p.Settle(t)
			stands(t, s, ref, "InQueue", false)
		})
}

func TestAHandoffToNobodyFailsAndTheBotGoesOn(t *testing.T) {
	play(t, superoffice.SeatAgent, nil, func(t desktest.TB, s *site, p *desktest.Play) {
		ref := arrive(t, s, p, "c-1")
		for _, who := range people {
			must(t, s.vendor.SetPresence(string(who.ID), false))
		}
		cmd := p.Command("c-1", orchestrator.CommandOpen)
		cmd.Waiting = &orchestrator.Waiting{Queue: "billing"}
		_, err := p.Desk.Open(context.Background(), cmd)
		failure, ok := errors.AsType[*orchestrator.ConnectorError](err)
		if !ok || failure.Code != "offline-form" || failure.Outcome != orchestrator.OutcomePermanent {
			t.Errorf("the handoff: %v", err)
		}
		stands(t, s, ref, "OfflineForm", true)
		p.SayAsBot("c-1", "nobody is there")
		p.Settle(t)
		stands(t, s, ref, "UserLast", true)
	})
}

func TestACustomerIsInNoConversationBeforeTheForm(t *testing.T) {
	play(t, superoffice.SeatAgent, func(o *sim.Options, _ *superoffice.Config) { o.FormTopics = []int{2} },
		func(t desktest.TB, s *site, p *desktest.Play) {
			p.Expect("c-1")
			ref, err := s.vendor.Begin(simkit.Customer{Name: "Ann"}, "2")
			must(t, err)
			stands(t, s, ref, "PreChatForm", true)
			must(t, s.vendor.FillForm(ref))
			p.AwaitState(t, "c-1", orchestrator.StateBot)
		})
}

func TestASessionThatPeopleWereFasterToTakeIsTheirs(t *testing.T) {
	play(t, superoffice.SeatAgent, func(o *sim.Options, _ *superoffice.Config) { o.BotTopics = nil },
		func(t desktest.TB, s *site, p *desktest.Play) {
			release := s.vendor.Hold()
			taken, err := s.vendor.Begin(simkit.Customer{Name: "Ben"}, "2")
			must(t, err)
			must(t, s.vendor.Accept(taken, "anna"))
			release()
			claimed := arrive(t, s, p, "c-1")
			stands(t, s, claimed, "InQueue", true)
			if c := p.Conversation("c-1"); c.ChannelRef != claimed || c.Customer.Name != "Ann" {
				t.Errorf("the bot has session %s of %s", c.ChannelRef, c.Customer.Name)
			}
			stands(t, s, taken, "CustomerLast", false)
		})
}

func TestOtherTopicsAreNoneOfTheBotsBusiness(t *testing.T) {
	play(t, superoffice.SeatAgent, nil, func(t desktest.TB, s *site, p *desktest.Play) {
		other, err := s.vendor.Begin(simkit.Customer{Name: "Ben"}, "3")
		must(t, err)
		arrive(t, s, p, "c-1")
		stands(t, s, other, "InQueue", false)
	})
}

func TestAnEndedChatThatItsCustomerRevivesIsTheNextConversation(t *testing.T) {
	play(t, superoffice.SeatAgent, nil, func(t desktest.TB, s *site, p *desktest.Play) {
		ref := arrive(t, s, p, "c-1")
		must(t, s.vendor.CustomerSays(ref, "hello"))
		told(t, p, "c-1", orchestrator.EventMessage)
		p.Do(t, orchestrator.Event{Type: orchestrator.EventCompleted, Conversation: "c-1"})
		p.Settle(t)
		stands(t, s, ref, "Finished", true)
		p.Expect("c-2")
		must(t, s.vendor.CustomerSays(ref, "one more thing"))
		if ev := told(t, p, "c-2", orchestrator.EventMessage); ev.Message.Text != "one more thing" {
			t.Errorf("the next conversation begins with %q", ev.Message.Text)
		}
		if c := p.Conversation("c-2"); c.ChannelRef != ref || c.External != "so:"+ref {
			t.Errorf("it is %s at session %s", c.External, c.ChannelRef)
		}
	})
}

func TestAnswersOfThePeopleAreHeardInTheSeatOfTheBot(t *testing.T) {
	play(t, superoffice.SeatAgent, nil, func(t desktest.TB, s *site, p *desktest.Play) {
		ref := arrive(t, s, p, "c-1")
		p.HandOver("c-1", orchestrator.Waiting{Queue: "billing"})
		p.Settle(t)
		must(t, s.vendor.Accept(ref, "bob"))
		must(t, s.vendor.Says(ref, "bob", "a < b & c"))
		ev := told(t, p, "c-1", orchestrator.EventMessage)
		want := orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "bob", Name: "Bob"}
		if diff := cmp.Diff(want, ev.Actor); diff != "" || ev.Message.Text != "a < b & c" {
			t.Errorf("%q, actor (-want +got):\n%s", ev.Message.Text, diff)
		}
		cmd := p.Command("c-1", orchestrator.CommandSend)
		cmd.Author, cmd.Message = orchestrator.Actor{Role: orchestrator.ActorBot}, &orchestrator.Message{ID: "m", Text: "me too"}
		if err := p.Desk.Send(context.Background(), cmd); orchestrator.OutcomeOf(err) != orchestrator.OutcomePermanent {
			t.Errorf("a word of the bot while people serve: %v", err)
		}
		must(t, s.vendor.End(ref, "bob"))
		told(t, p, "c-1", orchestrator.EventChatEnded)
	})
}

func TestTheBotsFirstWordAfterACancelledHandoffTakesTheSessionOffTheLine(t *testing.T) {
	play(t, superoffice.SeatAgent, nil, func(t desktest.TB, s *site, p *desktest.Play) {
		ref := arrive(t, s, p, "c-1")
		p.HandOver("c-1", orchestrator.Waiting{Queue: "billing"})
		p.Settle(t)
		stands(t, s, ref, "InQueue", false)
		s.memory.records.Store(orchestrator.ConversationID("back"), &orchestrator.Conversation{
			ID: "back", Channel: "so", ChannelRef: ref, State: orchestrator.StateBot,
		})
		cmd := p.Command("c-1", orchestrator.CommandSend)
		cmd.Conversation, cmd.Author.Role = "back", orchestrator.ActorBot
		cmd.Message = &orchestrator.Message{ID: "m-1", Text: "I am here again"}
		must(t, p.Desk.Send(context.Background(), cmd))
		stands(t, s, ref, "UserLast", true)
	})
}

func TestTheDeskTellsWhoIsThere(t *testing.T) {
	play(t, superoffice.SeatCustomer, nil, func(t desktest.TB, s *site, p *desktest.Play) {
		wait(t, s, p, "c-1")
		wait(t, s, p, "c-2")
		must(t, s.vendor.SetPresence("carol", false))
		look := func() orchestrator.Looked {
			seen, err := p.Desk.(orchestrator.Availability).Look(context.Background(), "billing", nil)
			must(t, err)
			return seen
		}
		if diff := cmp.Diff(orchestrator.Looked{Known: true, Online: 2, Ready: 2, Waiting: 2}, look()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		s.vendor.CloseTopic(2, true)
		if seen := look(); seen.Online != 0 || !seen.Known {
			t.Errorf("outside opening hours: %+v", seen)
		}
		place, _, err := s.desk.Load().Position(context.Background(), "c-2")
		if err != nil || place != 2 {
			t.Errorf("place %d, %v", place, err)
		}
	})
}

func TestATenantThatMovesIsFound(t *testing.T) {
	play(t, superoffice.SeatCustomer, nil, func(t desktest.TB, s *site, p *desktest.Play) {
		ref := wait(t, s, p, "c-1")
		second := s.another()
		s.vendor.MoveTo(strings.TrimPrefix(second, "http://"))
		cmd := p.Command("c-1", orchestrator.CommandSend)
		cmd.Message = &orchestrator.Message{ID: "m-1", Text: "still here"}
		must(t, p.Desk.Send(context.Background(), cmd))
		if words := chat(t, s, ref).Words; len(words) != 1 || words[0].Text != "still here" {
			t.Errorf("people read %v", words)
		}
	})
}

func TestEveryWayToLogInWorks(t *testing.T) {
	for way, change := range map[string]func(o *sim.Options, c *superoffice.Config){
		"basic":  func(_ *sim.Options, c *superoffice.Config) { c.Username, c.Password = "handoff", password },
		"bearer": func(o *sim.Options, c *superoffice.Config) { o.Token, c.Token = "8A:s3cr3t", "8A:s3cr3t" },
	} {
		t.Run(way, func(t *testing.T) {
			play(t, superoffice.SeatCustomer, func(o *sim.Options, c *superoffice.Config) {
				c.Tenant, c.SystemToken, c.PrivateKey = "", "", ""
				change(o, c)
			}, func(t desktest.TB, s *site, p *desktest.Play) { stands(t, s, wait(t, s, p, "c-1"), "InQueue", false) })
		})
	}
}

func TestARefusedLoginIsToldWithoutSecrets(t *testing.T) {
	play(t, superoffice.SeatCustomer, func(o *sim.Options, _ *superoffice.Config) { o.AppToken = "another" },
		func(t desktest.TB, s *site, _ *desktest.Play) {
			desk := s.desk.Load()
			cmd := orchestrator.Command{ID: "1", Waiting: &orchestrator.Waiting{Queue: "billing"}}
			_, err := desk.Open(context.Background(), &cmd)
			if orchestrator.OutcomeOf(err) != orchestrator.OutcomeRetry || strings.Contains(err.Error(), appToken) {
				t.Errorf("open: %v", err)
			}
			held := desk.Health().Session
			if held == nil || !strings.Contains(held.Failure, "not accepted") || strings.Contains(held.Failure, systemToken) {
				t.Errorf("session %+v", held)
			}
		})
}

func TestTheWebhookIsRegisteredAndSwitchedOnAgain(t *testing.T) {
	play(t, superoffice.SeatCustomer, func(_ *sim.Options, c *superoffice.Config) { c.HookURL = "here" },
		func(t desktest.TB, s *site, p *desktest.Play) {
			active := func() {
				desktest.Until(t, s.vendor.Switches(), "the webhook is active", func() bool { return s.vendor.HookState() == "Active" })
			}
			active()
			ref := wait(t, s, p, "c-1")
			must(t, s.vendor.Accept(ref, "anna"))
			told(t, p, "c-1", orchestrator.EventAccepted)
			s.vendor.StopHooks()
			s.vendor.LoseSessions()
			cmd := p.Command("c-1", orchestrator.CommandSend)
			cmd.Message = &orchestrator.Message{ID: "m-1", Text: "hello"}
			must(t, p.Desk.Send(context.Background(), cmd))
			active()
		})
}

// The vendor asks again for a webhook that nobody took. What it tells was missed all the same.
func TestAWebhookThatComesBeforeEverythingIsReconciledTellsWhatWasMissed(t *testing.T) {
	play(t, superoffice.SeatCustomer, nil, func(t desktest.TB, s *site, p *desktest.Play) {
		ref := wait(t, s, p, "c-1")
		listed := make(chan struct{})
		p.Restart(t, func() {
			s.desk.Store(nil) // nobody takes webhooks
			must(t, s.vendor.Accept(ref, "anna"))
			s.memory.listed.Store(&listed)
		})
		if ev := told(t, p, "c-1", orchestrator.EventAccepted); ev.Reason != "drift: accepted_unheard" {
			t.Errorf("it was accepted with the reason %q", ev.Reason)
		}
		close(listed)
		must(t, s.vendor.Says(ref, "anna", "hello"))
		told(t, p, "c-1", orchestrator.EventMessage)
	})
}

// A simulator that takes a text for a number would hide that we send one.
func TestTheSimulatorTakesNoTextForANumber(t *testing.T) {
	s := setUp(orchestrator.SystemClock{}, superoffice.SeatCustomer, func(o *sim.Options, _ *superoffice.Config) { o.Password = password })
	defer s.close()
	for _, one := range []struct{ method, path, body string }{
		{http.MethodPost, "ChatSession", `{"ChatSessionId":"x","TopicId":2}`},
		{http.MethodPost, "ChatSession", `{"ChatSessionId":0,"TopicId":"two"}`},
		{http.MethodGet, "ChatSession?$top=many", ""},
		{http.MethodPost, "Agents/Chat/GetChatSessionEntity?chatSessionEntityId=x", ""},
		{http.MethodPost, "Agents/Chat/AddChatMessage", `{"ChatSessionId":"195","Message":{}}`},
	} {
		r := httptest.NewRequestWithContext(t.Context(), one.method, "/"+sim.Tenant+"/api/v1/"+one.path, strings.NewReader(one.body))
		r.SetBasicAuth("handoff", password)
		w := httptest.NewRecorder()
		s.vendor.ServeHTTP(w, r)
		if w.Code != http.StatusBadRequest {
			t.Errorf("%s %s with %q was answered %d %s", one.method, one.path, one.body, w.Code, w.Body)
		}
	}
}
