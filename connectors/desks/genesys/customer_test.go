package genesys_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"handoff/connectors/desks/genesys"
	"handoff/connectors/desks/genesys/sim"
	"handoff/connectors/desktest"
	"handoff/connectors/internal/wording"
	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// asCustomer plays something of this vendor's alone.
func asCustomer(t *testing.T, check func(t desktest.TB, c *centre, p *desktest.Play)) {
	t.Helper()
	var c *centre
	desktest.One(t, desktest.Behaviour{Name: t.Name(), Check: func(t desktest.TB, p *desktest.Play) {
		check(t, c, p)
		p.Settle(t)
	}}, func(t desktest.TB) *desktest.Subject {
		c = build(t, genesys.SeatCustomer, sim.Options{})
		return ofCustomer(c.subject(t))
	})
}

// opened lets a conversation wait at the desk and answers its chat.
func opened(t desktest.TB, p *desktest.Play, id orchestrator.ConversationID) (chat string) {
	t.Helper()
	p.Begin(id, orchestrator.Waiting{Queue: "line"})
	p.Settle(t)
	return p.Conversation(id).DeskRef
}

func TestAChatThatMovesToAnotherNodeGoesOn(t *testing.T) {
	asCustomer(t, func(t desktest.TB, c *centre, p *desktest.Play) {
		opened(t, p, "c-1")
		p.Script.AgentAccepts(t, "c-1", p.People[0])
		p.AwaitState(t, "c-1", orchestrator.StateAgent)
		c.MoveNodes()
		p.Script.AgentSays(t, "c-1", p.People[0], "we moved")
		p.Await(t, "the words", func() bool { return len(p.Events("c-1", orchestrator.EventMessage)) == 1 })
		cmd := p.Command("c-1", orchestrator.CommandSend)
		cmd.Message = &orchestrator.Message{Text: "did you?"}
		if err := p.Desk.Send(t.(*testing.T).Context(), cmd); err != nil {
			t.Errorf("sending: %v", err)
		}
		desktest.Same(t, "seen", []string{"did you?"}, p.Script.Seen("c-1"))
	})
}

func TestAChatThatTheVendorHasNoMoreIsDrift(t *testing.T) {
	asCustomer(t, func(t desktest.TB, c *centre, p *desktest.Play) {
		chat := opened(t, p, "c-1")
		if err := c.CustomerLeaves(chat); err != nil { // as flex-disconnect-timeout does
			t.Fatalf("leaving: %v", err)
		}
		p.Await(t, "the failure", func() bool { return len(p.Events("c-1", orchestrator.EventDeskFailed)) == 1 })
		desktest.Same(t, "why", "drift: unknown_to_desk", p.Events("c-1", orchestrator.EventDeskFailed)[0].Reason)
		c.log.Await(t, "our record differed")
		desktest.Same(t, "counted", map[string]int64{"unknown_to_desk": 1}, p.Desk.(orchestrator.HealthReporter).Health().Drift)
	})
}

func TestAChatThatIsClosedWhileItWaitsFails(t *testing.T) {
	asCustomer(t, func(t desktest.TB, c *centre, p *desktest.Play) {
		if err := c.CloseQueue(opened(t, p, "c-1")); err != nil {
			t.Fatalf("closing: %v", err)
		}
		p.Await(t, "the failure", func() bool { return len(p.Events("c-1", orchestrator.EventDeskFailed)) == 1 })
	})
}

func TestTheSameCommandOpensOneChat(t *testing.T) {
	asCustomer(t, func(t desktest.TB, c *centre, p *desktest.Play) {
		opened(t, p, "c-1")
		cmd := p.Command("c-1", orchestrator.CommandOpen)
		cmd.To.Ref = "" // the process that opened it died before it could say so
		var refs []string
		for range 2 {
			ref, err := p.Desk.Open(t.(*testing.T).Context(), cmd)
			if err != nil {
				t.Fatalf("opening: %v", err)
			}
			refs = append(refs, ref)
		}
		desktest.Same(t, "handle", refs[0], refs[1])
		desktest.Same(t, "chats", 2, len(c.Chats()))
	})
}

func TestAnotherQueueIsAnotherChat(t *testing.T) {
	asCustomer(t, func(t desktest.TB, c *centre, p *desktest.Play) {
		first := opened(t, p, "c-1")
		cmd := p.Command("c-1", orchestrator.CommandOpen)
		cmd.Waiting.Queue = "bills"
		second, err := p.Desk.Open(t.(*testing.T).Context(), cmd)
		if err != nil || second == first {
			t.Fatalf("opened %q after %q: %v", second, first, err)
		}
		desktest.Same(t, "the first", simkit.ChatEnded, c.Chats()[0].State)
		desktest.Same(t, "the second waits in", "billing", c.Chats()[1].Queue)
		again := p.Command("c-1", orchestrator.CommandOpen)
		again.To.Ref, again.Waiting.Queue = second, "bills"
		if ref, err := p.Desk.Open(t.(*testing.T).Context(), again); err != nil || ref != second {
			t.Errorf("opened again %q: %v", ref, err)
		}
	})
}

func TestPeopleReadWhyTheChatComes(t *testing.T) {
	asCustomer(t, func(t desktest.TB, c *centre, p *desktest.Play) {
		opened(t, p, "c-1")
		cmd := p.Command("c-1", orchestrator.CommandOpen)
		cmd.To.Ref, cmd.Reason, cmd.Note = "", "user_requested", "Her parcel is late."
		cmd.Customer = orchestrator.Customer{ID: "u-7", Name: "Ann Lee", Email: "ann@example.org"}
		if _, err := p.Desk.Open(t.(*testing.T).Context(), cmd); err != nil {
			t.Fatalf("opening: %v", err)
		}
		chat := c.Chats()[1]
		desktest.Same(t, "customer", simkit.Customer{Name: "Ann Lee", Email: "ann@example.org"}, chat.Customer)
		desktest.Same(t, "context", []string{
			"HandoffConversation: c-1", "HandoffCustomer: u-7", "HandoffReason: user_requested", "HandoffSummary: Her parcel is late.",
		}, chat.Context)
	})
}

// TestAWordInAChatThatHasJustEndedIsNotDelivered: the vendor answers status 0 and chatEnded, and nobody reads the word.
func TestAWordInAChatThatHasJustEndedIsNotDelivered(t *testing.T) {
	var c *centre
	desktest.One(t, desktest.Behaviour{Name: t.Name(), Check: func(t desktest.TB, p *desktest.Play) {
		opened(t, p, "c-1")
		p.Script.AgentAccepts(t, "c-1", p.People[0])
		p.Script.AgentLeaves(t, "c-1", p.People[0])
		word := p.Command("c-1", orchestrator.CommandSend)
		word.Message = &orchestrator.Message{Text: "one more thing"}
		err := p.Desk.Send(t.(*testing.T).Context(), word)
		ce, ok := errors.AsType[*orchestrator.ConnectorError](err)
		if !ok || ce.Outcome != orchestrator.OutcomePermanent || ce.Code != "chat-over" {
			t.Errorf("sending: %v, want that the chat is over", err)
		}
	}}, func(t desktest.TB) *desktest.Subject {
		c = build(t, genesys.SeatCustomer, sim.Options{})
		c.config.RefreshEvery = genesys.MaxRefresh // it is not heard by itself meanwhile
		return ofCustomer(c.subject(t))
	})
}

func TestPicturesReachPeopleByTheirAddresses(t *testing.T) {
	asCustomer(t, func(t desktest.TB, c *centre, p *desktest.Play) {
		opened(t, p, "c-1")
		p.Script.AgentAccepts(t, "c-1", p.People[0])
		p.AwaitState(t, "c-1", orchestrator.StateAgent)
		picture := orchestrator.Attachment{URL: "https://files.example.com/cat?a=1&b=2", Name: "cat.png"}
		for _, text := range []string{"", "look"} {
			word := p.Command("c-1", orchestrator.CommandSend)
			word.Message = &orchestrator.Message{Text: text, Attachments: []orchestrator.Attachment{picture}}
			must(t, p.Desk.Send(t.(*testing.T).Context(), word))
		}
		desktest.Same(t, "seen", []string{"cat.png " + picture.URL, "look\ncat.png " + picture.URL}, p.Script.Seen("c-1"))
	})
}

func TestASummaryThatIsTooLongSaysSo(t *testing.T) {
	asCustomer(t, func(t desktest.TB, c *centre, p *desktest.Play) {
		opened(t, p, "c-1")
		cmd := p.Command("c-1", orchestrator.CommandOpen)
		cmd.To.Ref, cmd.Note = "", strings.Repeat("wants her money back. ", 200)
		_, err := p.Desk.Open(t.(*testing.T).Context(), cmd)
		must(t, err)
		summary := c.Chats()[1].Vendor.(map[string]string)["HandoffSummary"]
		if utf8.RuneCountInString(summary) > 2000 || !strings.HasSuffix(summary, wording.Mark) {
			t.Errorf("people read %d characters that end with %q", len(summary), summary[len(summary)-10:])
		}
	})
}

func TestAChatThatNobodyClaimsIsEnded(t *testing.T) {
	c := build(t, genesys.SeatCustomer, sim.Options{})
	clock := c.still()
	desk := c.open(t)
	cmd := &orchestrator.Command{
		ID: "cv.1.0", Type: orchestrator.CommandOpen, Conversation: "cv", Waiting: &orchestrator.Waiting{Queue: "line"},
	}
	if _, err := desk.Open(t.Context(), cmd); err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Minute) // the process that opened it died before the handle was bound
	stop := c.run(t, c.open(t))
	defer stop()
	desktest.Until(t, c.Switches(), "the chat ends", func() bool { return c.Chats()[0].State == simkit.ChatEnded })
}

func TestTheChatsKeyIsNeitherHandleNorLogged(t *testing.T) {
	asCustomer(t, func(t desktest.TB, c *centre, p *desktest.Play) {
		chat := opened(t, p, "c-1")
		kept, err := c.memory.Kept(t.(*testing.T).Context(), "gen", chat)
		if err != nil || len(kept["chat"]) == 0 {
			t.Fatalf("kept %v: %v", kept, err)
		}
		if slices.Contains(c.Keys(), chat) {
			t.Errorf("the handle is the chat's key")
		}
		c.Down()
		err = p.Desk.Send(t.(*testing.T).Context(), func() *orchestrator.Command {
			cmd := p.Command("c-1", orchestrator.CommandSend)
			cmd.Message = &orchestrator.Message{Text: "hello"}
			return cmd
		}())
		c.Up()
		if err == nil {
			t.Errorf("sending while the vendor is down succeeds")
		}
		c.hides(t, err)
	})
}
