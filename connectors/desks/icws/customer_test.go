package icws_test

import (
	"strings"
	"testing"

	"handoff/connectors/desks/icws"
	"handoff/connectors/desks/icws/sim"
	"handoff/connectors/desktest"
	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// wait lets a conversation wait in the queue.
func wait(t desktest.TB, p *desktest.Play, id orchestrator.ConversationID) {
	p.Begin(id, orchestrator.Waiting{Queue: queue})
	p.Settle(t)
	if len(p.Failures()) > 0 {
		t.Fatalf("failed: %v", p.Failures())
	}
}

func TestAChatWhoseOpeningWasNotHeardOfIsNotOpenedTwice(t *testing.T) {
	play(t, setup{}, func(t desktest.TB, p *desktest.Play, in *installation) {
		wait(t, p, "c-1")
		open := p.Command("c-1", orchestrator.CommandOpen)
		open.To.Ref = ""
		var refs []string
		for range 2 {
			ref, err := in.desk.Open(t.(*testing.T).Context(), open)
			must(t, err)
			refs = append(refs, ref)
		}
		if refs[0] != refs[1] || len(in.vendor.Chats()) != 2 {
			t.Errorf("handles %v, %d chats: want one chat for each of two commands", refs, len(in.vendor.Chats()))
		}
	})
}

func TestAChatThatIsToWaitElsewhereIsLeftAndBegunThere(t *testing.T) {
	play(t, setup{}, func(t desktest.TB, p *desktest.Play, in *installation) {
		wait(t, p, "c-1")
		open := p.Command("c-1", orchestrator.CommandOpen)
		open.Waiting.Queue = "deals"
		ref, err := in.desk.Open(t.(*testing.T).Context(), open)
		must(t, err)
		chats := in.vendor.Chats()
		desktest.Same(t, "states", []simkit.ChatState{simkit.ChatEnded, simkit.ChatWaiting}, []simkit.ChatState{chats[0].State, chats[1].State})
		desktest.Same(t, "the new one", []string{ref, "Sales"}, []string{chats[1].ID, chats[1].Queue})
		wait(t, p, "c-2") // whatever the end of the first chat could say has been said
		desktest.Same(t, "steps", 0, len(p.Events("c-1", "")))
	})
}

func TestAChatThatWaitsTooLongIsTheDesksFailure(t *testing.T) {
	play(t, setup{}, func(t desktest.TB, p *desktest.Play, in *installation) {
		wait(t, p, "c-0") // a chat that is there when the desk first looks was missed so far; when this one is heard, it has looked
		must(t, in.vendor.Accept(in.memory.Handle("c-0"), "alice"))
		p.AwaitState(t, "c-0", orchestrator.StateAgent)
		wait(t, p, "c-1")
		must(t, in.vendor.QueueTimesOut(in.memory.Handle("c-1")))
		p.Await(t, "the failure", func() bool { return len(p.Events("c-1", orchestrator.EventDeskFailed)) == 1 })
		reason := p.Events("c-1", orchestrator.EventDeskFailed)[0].Reason
		if reason != "ended_by_desk" && reason != "drift: ended_unheard" { // the latter if nobody had listened to the chat yet
			t.Errorf("the reason is %q", reason)
		}
	})
}

func TestAChatThatTheServerForgotIsNamedAsDrift(t *testing.T) {
	play(t, setup{}, func(t desktest.TB, p *desktest.Play, in *installation) {
		wait(t, p, "c-1")
		chat := in.memory.Handle("c-1")
		in.vendor.Forget(chat)
		p.Await(t, "the failure", func() bool { return len(p.Events("c-1", orchestrator.EventDeskFailed)) == 1 })
		desktest.Same(t, "reason", "drift: unknown_to_desk", p.Events("c-1", orchestrator.EventDeskFailed)[0].Reason)
		in.log.Await(t, "our record differed")
		desktest.Same(t, "health", map[string]int64{"unknown_to_desk": 1}, in.desk.Health().Drift)
	})
}

func TestPeopleReadTheContextWhereTheServerShowsIt(t *testing.T) {
	for place, look := range map[string]func(c simkit.Chat) string{
		icws.ContextNotes: func(c simkit.Chat) string { return strings.Join(c.Context, "\n") },
		icws.ContextMessage: func(c simkit.Chat) string {
			if len(c.Words) == 0 {
				return ""
			}
			return c.Words[0].Text
		},
	} {
		t.Run(place, func(t *testing.T) {
			s := setup{config: func(c *icws.Config, _ []string) { c.Context = place }}
			play(t, s, func(t desktest.TB, p *desktest.Play, in *installation) {
				wait(t, p, "c-1")
				open := p.Command("c-1", orchestrator.CommandOpen)
				open.To.Ref, open.Note = "", "cannot pay"
				_, err := in.desk.Open(t.(*testing.T).Context(), open)
				must(t, err)
				chats := in.vendor.Chats()
				if have := look(chats[len(chats)-1]); !strings.Contains(have, "Summary: cannot pay") {
					t.Errorf("people read %q", have)
				}
			})
		})
	}
}

func TestAWebChatIsTakenAlongToTheOtherHost(t *testing.T) {
	s := setup{doors: []string{"b"}, config: func(c *icws.Config, hosts []string) { c.Hosts = hosts[1:] }}
	play(t, s, func(t desktest.TB, p *desktest.Play, in *installation) {
		wait(t, p, "c-1")
		chat := in.memory.Handle("c-1")
		in.vendor.Standby("", in.hosts[1])
		must(t, in.vendor.Accept(chat, "alice"))
		must(t, in.vendor.Says(chat, "alice", "here I am"))
		p.Await(t, "the word", func() bool { return len(p.Events("c-1", orchestrator.EventMessage)) == 1 })
		desktest.Same(t, "steps", []orchestrator.EventType{orchestrator.EventAccepted}, types(p, "c-1"))
		desktest.Same(t, "drift", "drift: accepted_unheard", p.Events("c-1", orchestrator.EventAccepted)[0].Reason)
		word := p.Command("c-1", orchestrator.CommandSend)
		word.Message = &orchestrator.Message{ID: "m", Text: "and so am I"}
		must(t, in.desk.Send(t.(*testing.T).Context(), word))
		desktest.Same(t, "people saw", []string{"and so am I"}, p.Script.Seen("c-1"))
	})
}

func TestAnOlderServerWithoutHistoryIsHeardAllTheSame(t *testing.T) {
	s := setup{options: sim.Options{Levels: map[string]int{"web-chat": 2}}}
	play(t, s, func(t desktest.TB, p *desktest.Play, in *installation) {
		wait(t, p, "c-1")
		chat := in.memory.Handle("c-1")
		must(t, in.vendor.Accept(chat, "alice"))
		must(t, in.vendor.Says(chat, "alice", "hello"))
		p.Await(t, "the word", func() bool { return len(p.Events("c-1", orchestrator.EventMessage)) == 1 })
		life, err := in.desk.LastSeen(t.(*testing.T).Context(), &orchestrator.Conversation{DeskRef: chat})
		must(t, err)
		desktest.Same(t, "alive", orchestrator.Liveness{Alive: true}, life)
	})
}
