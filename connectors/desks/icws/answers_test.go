package icws_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"handoff/connectors/desks/icws"
	"handoff/connectors/desks/icws/sim"
	"handoff/connectors/desktest"
	"handoff/connectors/internal/wording"
	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// say is a word of our side.
func say(p *desktest.Play, id orchestrator.ConversationID, text string, files ...orchestrator.Attachment) *orchestrator.Command {
	word := p.Command(id, orchestrator.CommandSend)
	word.Message = &orchestrator.Message{ID: string(word.ID), Text: text, Attachments: files}
	return word
}

func outcome(t desktest.TB, what string, err error, want orchestrator.Outcome, code string) {
	t.Helper()
	ce, ok := errors.AsType[*orchestrator.ConnectorError](err)
	if !ok || ce.Outcome != want || ce.Code != code {
		t.Errorf("%s: %v, want outcome %s with the code %s", what, err, want, code)
	}
}

func TestACustomerWithAnotherNameIsNotHeardAgain(t *testing.T) {
	play(t, with(sim.Options{}), func(t desktest.TB, p *desktest.Play, in *installation) {
		chat := arrive(t, p, in, "c-1")
		for n, text := range []string{"hello", "my name is wrong"} {
			must(t, in.vendor.CustomerSays(chat, text))
			p.Await(t, "the word", func() bool { return len(p.Events("c-1", orchestrator.EventMessage)) == n+1 })
		}
		must(t, in.vendor.RenameCustomer(chat, "Ann Lee"))
		in.vendor.LoseSessions() // the list of all words comes again
		must(t, in.vendor.CustomerSays(chat, "thank you"))
		p.Await(t, "the word", func() bool { return len(p.Events("c-1", orchestrator.EventMessage)) >= 3 })
		p.Settle(t)
		var heard []string
		for _, ev := range p.Events("c-1", orchestrator.EventMessage) {
			heard = append(heard, ev.Message.Text)
		}
		desktest.Same(t, "heard", []string{"hello", "my name is wrong", "thank you"}, heard)
	})
}

func TestAWordInTheMomentOfAnotherIDArrives(t *testing.T) {
	play(t, with(sim.Options{}), func(t desktest.TB, p *desktest.Play, in *installation) {
		chat := arrive(t, p, in, "c-1")
		must(t, in.vendor.CustomerSays(chat, "me")) // heard once the chat is subscribed to
		p.Await(t, "the word", func() bool { return len(p.Events("c-1", orchestrator.EventMessage)) == 1 })
		_, err := in.vendor.Morph(chat)
		must(t, err)
		must(t, in.desk.Send(t.(*testing.T).Context(), say(p, "c-1", "I see")))
		words := in.vendor.Chats()[0].Words
		desktest.Same(t, "the last word", simkit.Word{Role: "bot", Name: "Bot", Text: "I see"}, words[len(words)-1])
		must(t, in.vendor.End(in.vendor.Chats()[0].ID, "bot1"))
		must(t, in.vendor.Deallocate(in.vendor.Chats()[0].ID))
		outcome(t, "a word in a chat that is gone", in.desk.Send(t.(*testing.T).Context(), say(p, "c-1", "gone?")),
			orchestrator.OutcomePermanent, "chat-over")
	})
}

// TestAPickupWhoseAnswerIsLostBeginsAtOnce: how the chat stands tells whether our user has it.
func TestAPickupWhoseAnswerIsLostBeginsAtOnce(t *testing.T) {
	for name, carried := range map[string]bool{"carried out": true, "not carried out": false} {
		t.Run(name, func(t *testing.T) {
			var lost atomic.Bool
			s := with(sim.Options{})
			s.wrap = func(_ *installation, next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if strings.HasSuffix(r.URL.Path, "/pickup") && lost.CompareAndSwap(false, true) {
						if carried {
							next.ServeHTTP(httptest.NewRecorder(), r)
						}
						panic(http.ErrAbortHandler)
					}
					next.ServeHTTP(w, r)
				})
			}
			play(t, s, func(t desktest.TB, p *desktest.Play, in *installation) {
				arrive(t, p, in, "c-1")
				if n := in.desk.Health().Session.Logins; n != 1 {
					t.Errorf("logged in %d times", n)
				}
			})
		})
	}
}

func TestPicturesReachPeopleAndCustomersByTheirAddresses(t *testing.T) {
	picture := orchestrator.Attachment{URL: "https://files.example.com/cat?a=1&b=2", Name: "cat.png"}
	play(t, with(sim.Options{}), func(t desktest.TB, p *desktest.Play, in *installation) {
		arrive(t, p, in, "c-1")
		must(t, in.desk.Send(t.(*testing.T).Context(), say(p, "c-1", "", picture)))
		must(t, in.desk.Send(t.(*testing.T).Context(), say(p, "c-1", "look", picture)))
		desktest.Same(t, "seen", []string{"cat.png " + picture.URL, "look\ncat.png " + picture.URL}, p.Script.SeenByCustomer("c-1"))
	})
}

func TestASummaryThatIsTooLongSaysSo(t *testing.T) {
	play(t, with(sim.Options{}), func(t desktest.TB, p *desktest.Play, in *installation) {
		chat := arrive(t, p, in, "c-1")
		open := p.Command("c-1", orchestrator.CommandOpen)
		open.To.Ref, open.Waiting.Queue, open.Note = chat, queue, strings.Repeat("wants her money back. ", 200)
		_, err := in.desk.Open(t.(*testing.T).Context(), open)
		must(t, err)
		summary := in.vendor.Chats()[0].Vendor.(map[string]string)["Handoff_Summary"]
		if utf8.RuneCountInString(summary) > 2000 || !strings.HasSuffix(summary, wording.Mark) {
			t.Errorf("people read %d characters that end with %q", len(summary), summary[len(summary)-10:])
		}
	})
}

// TestAWordSaidAfterTheServersHaveChangedArrives: the new server is told of the chat by whoever needs it first.
func TestAWordSaidAfterTheServersHaveChangedArrives(t *testing.T) {
	s := setup{doors: []string{"b"}, config: func(c *icws.Config, hosts []string) { c.Hosts = hosts[1:] }}
	play(t, s, func(t desktest.TB, p *desktest.Play, in *installation) {
		wait(t, p, "c-1")
		must(t, in.vendor.Accept(in.memory.Handle("c-1"), "alice"))
		p.AwaitState(t, "c-1", orchestrator.StateAgent)
		in.vendor.Standby("", in.hosts[1]) // alive, and serves no chat
		desktest.Until(t, in.vendor.Switches(), "the other server", func() bool {
			h := in.desk.Health().Session
			return h.Logins == 2 && h.State != orchestrator.SessionDown
		})
		must(t, in.desk.Send(t.(*testing.T).Context(), say(p, "c-1", "are you there?")))
		desktest.Same(t, "people saw", []string{"are you there?"}, p.Script.Seen("c-1"))
	})
}

func TestAPageInPlaceOfAnAnswerIsNoSuccess(t *testing.T) {
	for _, seat := range []setup{{}, with(sim.Options{})} {
		play(t, seat, func(t desktest.TB, p *desktest.Play, in *installation) {
			seen := p.Script.Seen
			if seat.config == nil {
				wait(t, p, "c-1")
				must(t, in.vendor.Accept(in.memory.Handle("c-1"), "alice"))
				p.AwaitState(t, "c-1", orchestrator.StateAgent)
			} else {
				must(t, in.vendor.CustomerSays(arrive(t, p, in, "c-1"), "hello"))
				p.Await(t, "the word", func() bool { return len(p.Events("c-1", orchestrator.EventMessage)) == 1 })
				seen = p.Script.SeenByCustomer
			}
			word := say(p, "c-1", "did you get this?")
			in.vendor.Switches().Status(http.StatusOK)
			outcome(t, "a page", in.desk.Send(t.(*testing.T).Context(), word), orchestrator.OutcomeUnknown, "not-understood")
			must(t, in.desk.Send(t.(*testing.T).Context(), word))
			desktest.Same(t, "seen", []string{"did you get this?"}, seen("c-1"))
		})
	}
}
