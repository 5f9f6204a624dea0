package genesys_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"handoff/connectors/desks/genesys"
	"handoff/connectors/desks/genesys/sim"
	"handoff/connectors/desktest"
	"handoff/orchestrator"
)

// chatPage are the operations of the vendor's page "Interactions On Chat Channel" (8.5.1), and what 8.5.2 calls them. GET is the
// log of a chat, which 8.5.2 reads.
var chatPage = []struct{ in851, in852, sent string }{
	{"Accept", "Accept", "an offer comes to the bot"},
	{"Reject", "Reject", "an offer cannot be accepted and rings on"},
	{"InviteUser", "Invite", "a handoff to a person named in `users`"},
	{"EndChatSession", "Leave", "the bot ends a chat"},
	{"SendMessage", "SendMessage", "a word of the bot's"},
	{"SendStartTypingNotification", "SendStartTypingNotification", "the bot types"},
	{"SendStopTypingNotification", "SendStopTypingNotification", "the bot types no more"},
	{"SingleStepTransfer", "Transfer", "a handoff to a queue"},
	{"Complete", "Complete", "the end of the work on a chat that was ended, or could not be joined"},
	{"RequestChatHistory", "GET messages", "after each new handshake, and where a word may have arrived"},
	{"LeaveConference", "Leave", "the person who was invited has joined"},
}

func TestEveryOperationOfTheChatPageIsSeenOnTheWire(t *testing.T) {
	asAgent(t, sim.Options{}, func(c *genesys.Config) { knowsAnna(c); c.JoinWithin = time.Minute },
		func(t desktest.TB, c *centre, p *desktest.Play) {
			c.Refuse("Accept", 1)
			p.Script.CustomerBegins(t)
			desktest.Until(t, c.Switches(), "it is rejected", func() bool { return c.Asked("Reject") == 1 })
			must(t, c.Accept(c.Chats()[0].ID, "bob"))

			chat := arrive(t, p, "c-1")
			for _, on := range []bool{true, false} {
				cmd := p.Command("c-1", orchestrator.CommandTyping)
				cmd.Typing = on
				must(t, p.Desk.(orchestrator.TypingNotifier).Typing(t.(*testing.T).Context(), cmd))
			}
			p.SayAsBot("c-1", "one moment")
			p.HandOver("c-1", orchestrator.Waiting{Queue: "line", Prefer: "anna"})
			p.Settle(t)
			must(t, c.Accept(chat, "anna"))
			p.AwaitState(t, "c-1", orchestrator.StateCompleted)

			arrive(t, p, "c-2")
			p.HandOver("c-2", orchestrator.Waiting{Queue: "line"})
			p.AwaitState(t, "c-2", orchestrator.StateCompleted)

			arrive(t, p, "c-3")
			p.Do(t, orchestrator.Event{
				Type: orchestrator.EventCompleted, Conversation: "c-3", Actor: orchestrator.Actor{Role: orchestrator.ActorBot},
			})
			p.Settle(t)

			arrive(t, p, "c-4")
			c.ForgetListeners()
			desktest.Until(t, c.Switches(), "the log is asked for", func() bool {
				return c.Asked(inDialect(t, "RequestChatHistory", "GET messages")) > 0
			})
			for _, row := range chatPage {
				if name := inDialect(t, row.in851, row.in852); c.Asked(name) == 0 {
					t.Errorf("%s was never asked for", name)
				}
			}
		})
}

// TestTheDocumentHasTheOperations: docs/connectors.md says of each when it is sent.
func TestTheDocumentHasTheOperations(t *testing.T) {
	raw, err := os.ReadFile("../../../docs/connectors.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range chatPage {
		in852 := "`" + row.in852 + "`"
		if row.in852 == "GET messages" {
			in852 = "`GET …/messages`"
		}
		if line := "| `" + row.in851 + "` | " + in852 + " | " + row.sent + " |"; !strings.Contains(string(raw), line) {
			t.Errorf("docs/connectors.md lacks the line %s", line)
		}
	}
}
