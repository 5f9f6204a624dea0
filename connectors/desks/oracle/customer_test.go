package oracle_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"handoff/connectors/desks/oracle"
	"handoff/connectors/desks/oracle/sim"
	"handoff/connectors/desktest"
	"handoff/orchestrator"
)

// served opens an engagement for a customer and lets Anna take it.
func served(t desktest.TB, p *desktest.Play, r *rig) {
	waiting(t, p)
	p.Script.AgentAccepts(t, "c-1", people[0])
	p.AwaitState(t, "c-1", orchestrator.StateAgent)
	if r.chat("c-1").ID == "" {
		t.Fatalf("Oracle does not know the engagement")
	}
}

func waiting(t desktest.TB, p *desktest.Play) {
	p.Begin("c-1", orchestrator.Waiting{Queue: billing})
	p.Settle(t)
	p.Await(t, "the place in the queue is told", func() bool { return len(p.Events("c-1", orchestrator.EventPositionChanged)) > 0 })
}

// say gives the desk a word of our side and answers the failure.
func say(p *desktest.Play, text string) error {
	cmd := p.Command("c-1", orchestrator.CommandSend)
	cmd.Message = &orchestrator.Message{ID: string(cmd.ID), Text: text}
	_, err := desktest.Call(context.Background(), p.Desk, cmd)
	return err
}

func has(t desktest.TB, what string, have []string, want string) {
	t.Helper()
	if !slices.Contains(have, want) {
		t.Errorf("%s: %q is missing in %q", what, want, have)
	}
}

func TestPeopleReadTheContextBeforeTheyAnswer(t *testing.T) {
	quirk(t, oracle.SeatCustomer, func(t desktest.TB, p *desktest.Play, r *rig) {
		cmd := openCommand("c-1", billing)
		ref, err := p.Desk.Open(context.Background(), cmd)
		if err != nil {
			t.Fatalf("%v", err)
		}
		for _, c := range r.sim.Chats() {
			if c.ID != ref || c.Customer.Name != "Ann Lee" || c.Customer.Email != "ann@example.com" || c.Queue != queueID {
				t.Errorf("the engagement is %+v", c)
			}
			has(t, "context", c.Context, "Summary: wants her money back")
			has(t, "context", c.Context, "Reason: refund")
		}
	})
}

// openCommand is a command to open, as the dispatcher gives it.
func openCommand(id orchestrator.ConversationID, queue orchestrator.QueueName) *orchestrator.Command {
	return &orchestrator.Command{
		ID: orchestrator.CommandID(string(id) + ".2.0"), Type: orchestrator.CommandOpen, Conversation: id, Handoff: 1,
		To: orchestrator.Party{Connector: deskName}, Waiting: &orchestrator.Waiting{Queue: queue}, Reason: "refund",
		Note: "wants her money back", Customer: orchestrator.Customer{ID: "u-1", Name: "Ann Lee", Email: "ann@example.com"},
	}
}

func TestOpeningAgainAfterACrashBeginsNoSecondEngagement(t *testing.T) {
	quirk(t, oracle.SeatCustomer, func(t desktest.TB, p *desktest.Play, r *rig) {
		cmd := openCommand("c-1", billing)
		first, err := p.Desk.Open(context.Background(), cmd)
		if err != nil {
			t.Fatalf("%v", err)
		}
		second, err := p.Twin(t).Open(context.Background(), cmd) // another process, which was told nothing
		if err != nil || second != first || len(r.sim.Chats()) != 1 {
			t.Errorf("%v: handles %q and %q, %d engagements", err, first, second, len(r.sim.Chats()))
		}
		end := *cmd
		end.Type = orchestrator.CommandEnd
		if err := p.Desk.End(context.Background(), &end); err != nil || r.sim.Chats()[0].State != "ended" {
			t.Errorf("ending without the handle: %v, it is %s", err, r.sim.Chats()[0].State)
		}
	})
}

func TestAnotherQueueIsAnotherEngagement(t *testing.T) {
	quirk(t, oracle.SeatCustomer, func(t desktest.TB, p *desktest.Play, r *rig) {
		waiting(t, p)
		cmd := openCommand("c-1", "sales")
		cmd.To.Ref = r.memory.Handle("c-1")
		ref, err := p.Desk.Open(context.Background(), cmd)
		chats := r.sim.Chats()
		if err != nil || len(chats) != 2 || chats[0].State != "ended" || chats[1].ID != ref || chats[1].Queue != "2" {
			t.Errorf("%v: %+v", err, chats)
		}
		if failed := p.Events("c-1", orchestrator.EventDeskFailed); len(failed) > 0 {
			t.Errorf("giving the first one up was told as a failure: %+v", failed)
		}
	})
}

func TestTransferredToQueueIsARequeueAndNoEnd(t *testing.T) {
	quirk(t, oracle.SeatCustomer, func(t desktest.TB, p *desktest.Play, r *rig) {
		served(t, p, r)
		p.Script.AgentTransfersToQueue(t, "c-1", people[0])
		p.AwaitState(t, "c-1", orchestrator.StateQueued)
		if got := p.Events("c-1", orchestrator.EventRequeued); len(got) != 1 || got[0].Reason != "TRANSFERRED_TO_QUEUE" {
			t.Errorf("requeued: %+v", got)
		}
		p.Script.AgentAccepts(t, "c-1", people[1])
		p.AwaitState(t, "c-1", orchestrator.StateAgent)
		if ended := p.Events("c-1", orchestrator.EventChatEnded); len(ended) > 0 {
			t.Errorf("it was told as an end: %+v", ended)
		}
	})
}

func TestAQueueTimeoutOfOraclesIsAFailureOfTheDesk(t *testing.T) {
	quirk(t, oracle.SeatCustomer, func(t desktest.TB, p *desktest.Play, r *rig) {
		waiting(t, p)
		if err := r.sim.EndBy(r.memory.Handle("c-1"), "QUEUE_TIMEOUT"); err != nil {
			t.Fatalf("%v", err)
		}
		p.Await(t, "the failure is told", func() bool { return len(p.Events("c-1", orchestrator.EventDeskFailed)) == 1 })
		if got := p.Events("c-1", orchestrator.EventDeskFailed)[0].Reason; got != "QUEUE_TIMEOUT" {
			t.Errorf("the reason is %q", got)
		}
	})
}

func TestAnIdleTimeoutOfOraclesEndsAServedChat(t *testing.T) {
	quirk(t, oracle.SeatCustomer, func(t desktest.TB, p *desktest.Play, r *rig) {
		served(t, p, r)
		if err := r.sim.EndBy(r.memory.Handle("c-1"), "IDLE_TIMEOUT"); err != nil {
			t.Fatalf("%v", err)
		}
		p.AwaitState(t, "c-1", orchestrator.StateWrapUp)
		has(t, "reasons", []string{p.Events("c-1", orchestrator.EventChatEnded)[0].Reason}, "IDLE_TIMEOUT")
	})
}

func TestRulesThatTakeNoChatAreAFailureForGood(t *testing.T) {
	quirk(t, oracle.SeatCustomer, func(t desktest.TB, p *desktest.Play, _ *rig) {
		_, err := p.Desk.Open(context.Background(), openCommand("c-1", "closed"))
		if err == nil || orchestrator.OutcomeOf(err) != orchestrator.OutcomePermanent || !strings.Contains(err.Error(), "CONFLICT") {
			t.Errorf("opening answered %v", err)
		}
	}, func(_ *sim.Options, c *oracle.Config) { c.Queues["closed"] = "99" })
}

func TestWhatTheSpamFilterSaysIsPassedOn(t *testing.T) {
	quirk(t, oracle.SeatCustomer, func(t desktest.TB, p *desktest.Play, r *rig) {
		served(t, p, r)
		if err := r.sim.Post(r.memory.Handle("c-1"), "Your message was <b>blocked</b>."); err != nil {
			t.Fatalf("%v", err)
		}
		p.Await(t, "it is heard", func() bool { return len(p.Events("c-1", orchestrator.EventMessage)) == 1 })
		ev := p.Events("c-1", orchestrator.EventMessage)[0]
		if ev.Actor.Role != orchestrator.ActorDesk || ev.Message.Text != "Your message was blocked." {
			t.Errorf("heard %q of %+v", ev.Message.Text, ev.Actor)
		}
	})
}

func TestAPoolChangeLosesNothing(t *testing.T) {
	quirk(t, oracle.SeatCustomer, func(t desktest.TB, p *desktest.Play, r *rig) {
		served(t, p, r)
		r.sim.MovePool("298:1")
		p.Script.AgentSays(t, "c-1", people[0], "still here")
		p.Await(t, "the word after it", func() bool { return len(p.Events("c-1", orchestrator.EventMessage)) == 1 })
		if err := say(p, "me too"); err != nil {
			t.Errorf("send: %v", err)
		}
		has(t, "people saw", p.Script.Seen("c-1"), "me too")
	})
}

func TestAnEngagementThatEndedWhileItsSessionWasLostIsTold(t *testing.T) {
	quirk(t, oracle.SeatCustomer, func(t desktest.TB, p *desktest.Play, r *rig) {
		served(t, p, r)
		p.Faults.LoseSession(func() { p.Script.AgentLeaves(t, "c-1", people[0]) })
		p.AwaitState(t, "c-1", orchestrator.StateWrapUp)
		if got := p.Events("c-1", orchestrator.EventChatEnded); len(got) != 1 || got[0].Reason != "drift: ended_unheard" {
			t.Errorf("ended: %+v", got)
		}
		for _, c := range r.sim.Chats() { // asking for the session again began another engagement
			if c.State != "ended" && c.State != "wrap_up" {
				t.Errorf("engagement %s is %s", c.ID, c.State)
			}
		}
	})
}

// Oracle promises no idempotency: what can be done is to post under the same id, and to say so.
func TestAForgetfulServerShowsAWordTwiceWhoseAnswerWasLost(t *testing.T) {
	quirk(t, oracle.SeatCustomer, func(t desktest.TB, p *desktest.Play, r *rig) {
		served(t, p, r)
		cmd := p.Command("c-1", orchestrator.CommandSend)
		cmd.Message = &orchestrator.Message{ID: "m", Text: "hello"}
		r.loseAnswer("postMessage")
		if _, err := desktest.Call(context.Background(), p.Desk, cmd); orchestrator.OutcomeOf(err) != orchestrator.OutcomeUnknown {
			t.Errorf("the lost answer was answered with %v", err)
		}
		if _, err := desktest.Call(context.Background(), p.Desk, cmd); err != nil {
			t.Errorf("again: %v", err)
		}
		if seen := p.Script.Seen("c-1"); !slices.Equal(seen, []string{"hello", "hello"}) {
			t.Errorf("people saw %q", seen)
		}
	}, func(o *sim.Options, _ *oracle.Config) { o.Forgetful = true })
}

func TestWhoIsThereIsTold(t *testing.T) {
	quirk(t, oracle.SeatCustomer, func(t desktest.TB, p *desktest.Play, r *rig) {
		waiting(t, p)
		desk, ok := p.Desk.(orchestrator.Availability)
		if !ok {
			t.Fatalf("the desk does not tell who is there")
		}
		look := func() orchestrator.Looked {
			seen, err := desk.Look(context.Background(), billing, nil)
			if err != nil {
				t.Errorf("looking: %v", err)
			}
			return seen
		}
		if got, want := look(), (orchestrator.Looked{Known: true, Online: 3, Ready: 3, Waiting: 1}); got != want {
			t.Errorf("looked %+v, want %+v", got, want)
		}
		r.sim.Nobody(true)
		if got, want := look(), (orchestrator.Looked{Known: true, Waiting: 1}); got != want {
			t.Errorf("with nobody there: %+v, want %+v", got, want)
		}
		p.Await(t, "the first place, after half a minute", func() bool { // it is kept after it is told
			at, wait, err := desk.Position(context.Background(), "c-1")
			return err == nil && at == 1 && wait == 30_000
		})
	})
}

func TestTheProbeTellsAnEndedEngagementFromALiveOne(t *testing.T) {
	quirk(t, oracle.SeatCustomer, func(t desktest.TB, p *desktest.Play, r *rig) {
		served(t, p, r)
		c := p.Conversation("c-1")
		probe := p.Desk.(orchestrator.LivenessProbe)
		if got, err := probe.LastSeen(context.Background(), &c); err != nil || !got.Alive {
			t.Errorf("while it is served: %+v, %v", got, err)
		}
		p.Script.AgentLeaves(t, "c-1", people[0])
		p.AwaitState(t, "c-1", orchestrator.StateWrapUp)
		if got, err := probe.LastSeen(context.Background(), &c); err != nil || got.Alive {
			t.Errorf("after its end: %+v, %v", got, err)
		}
	})
}
