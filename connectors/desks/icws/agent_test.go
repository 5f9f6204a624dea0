package icws_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"handoff/connectors/desks/icws"
	"handoff/connectors/desks/icws/sim"
	"handoff/connectors/desktest"
	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// with is the seat agent at a simulator with options.
func with(options sim.Options) setup { return setup{options: options, config: agent} }

// arrive lets a customer come, and waits until the bot has them under the given id.
func arrive(t desktest.TB, p *desktest.Play, in *installation, id orchestrator.ConversationID) string {
	p.Expect(id)
	chat := in.begin(t)
	p.AwaitState(t, id, orchestrator.StateBot)
	return chat
}

// handOver lets the bot give a chat to the people, and one of them take it.
func handOver(t desktest.TB, p *desktest.Play, in *installation, id orchestrator.ConversationID, who string) {
	p.HandOver(id, orchestrator.Waiting{Queue: queue})
	p.Settle(t)
	must(t, in.vendor.Accept(in.memory.Handle(id), who))
	p.AwaitState(t, id, orchestrator.StateAgent)
}

func must(t desktest.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("at the desk: %v", err)
	}
}

// types are the types of a conversation's events, without words.
func types(p *desktest.Play, id orchestrator.ConversationID) []orchestrator.EventType {
	var list []orchestrator.EventType
	for _, ev := range p.Events(id, "") {
		if ev.Type != orchestrator.EventMessage && ev.Type != orchestrator.EventTyping {
			list = append(list, ev.Type)
		}
	}
	return list
}

func TestWhoLosesTheRaceAtPickupBeginsNothing(t *testing.T) {
	stolen := ""
	s := with(sim.Options{})
	s.wrap = func(in *installation, next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/pickup") && stolen == "" {
				stolen = strings.Split(r.URL.Path, "/")[4]
				if err := in.vendor.Accept(stolen, "alice"); err != nil {
					t.Error(err)
				}
			}
			next.ServeHTTP(w, r)
		})
	}
	play(t, s, func(t desktest.TB, p *desktest.Play, in *installation) {
		p.Expect("c-1")
		in.begin(t)
		in.log.Await(t, "a chat that rang here is gone")
		second := in.begin(t)
		p.AwaitState(t, "c-1", orchestrator.StateBot)
		if ref := p.Conversation("c-1").ChannelRef; ref != second || ref == stolen {
			t.Errorf("the conversation is about %s; the second chat is %s, the stolen one %s", ref, second, stolen)
		}
	})
}

// TestARefusalAboutOneChatIsNotOneOfTheSession: whatever the server refuses of one chat, others are served.
func TestARefusalAboutOneChatIsNotOneOfTheSession(t *testing.T) {
	for _, what := range []string{"/pickup", "/chat", ""} {
		for _, status := range []int{400, 403, 404, 409, 410, 422} {
			t.Run(fmt.Sprint(what, status), func(t *testing.T) {
				bad := ""
				s := with(sim.Options{})
				s.wrap = func(in *installation, next http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if chats := in.vendor.Chats(); bad == "" && len(chats) > 0 {
							bad = chats[0].ID
						}
						changes := r.Method != http.MethodGet && bad != ""
						if changes && strings.HasSuffix(r.URL.Path, "/interactions/"+bad+what) {
							w.WriteHeader(status)
							return
						}
						next.ServeHTTP(w, r)
					})
				}
				play(t, s, func(t desktest.TB, p *desktest.Play, in *installation) {
					p.Expect("c-1")
					in.begin(t)
					if what == "/pickup" {
						in.log.Await(t, "a chat that rang here is gone")
					} else {
						p.AwaitState(t, "c-1", orchestrator.StateBot)
						p.Expect("c-2")
					}
					second := in.begin(t)
					p.Await(t, "the second chat", func() bool {
						return p.Conversation("c-1").ChannelRef == second || p.Conversation("c-2").ChannelRef == second
					})
					if n := in.desk.Health().Session.Logins; n != 1 {
						t.Errorf("logged in %d times", n)
					}
				})
			})
		}
	}
}

func TestWorkgroupsAreReachedInBothForms(t *testing.T) {
	for name, options := range map[string]sim.Options{
		"a server that knows names only":         {Levels: map[string]int{"interactions": 12}},
		"a server that refuses workgroups by id": {NoWorkgroupTransfer: true},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, with(options), func(t desktest.TB, p *desktest.Play, in *installation) {
				arrive(t, p, in, "c-1")
				handOver(t, p, in, "c-1", "bob")
				if len(p.Failures()) > 0 {
					t.Errorf("failed: %v", p.Failures())
				}
			})
		})
	}
}

func TestWhatPeopleShouldKnowIsInTheChatBeforeItIsTheirs(t *testing.T) {
	play(t, with(sim.Options{}), func(t desktest.TB, p *desktest.Play, in *installation) {
		chat := arrive(t, p, in, "c-1")
		open := p.Command("c-1", orchestrator.CommandOpen)
		open.To.Ref, open.Waiting.Queue, open.Note, open.Reason = chat, queue, "wants to cancel", "asked_for_person"
		if _, err := in.desk.Open(t.(*testing.T).Context(), open); err != nil {
			t.Fatalf("open: %v", err)
		}
		have := p.Script.Chat("c-1").Context
		for _, want := range []string{"Handoff_Summary: wants to cancel", "Handoff_Reason: asked_for_person", "Handoff_Conversation: c-1"} {
			if !slices.Contains(have, want) {
				t.Errorf("the chat tells %q, not %q", have, want)
			}
		}
	})
}

func TestTransfersOfPeopleAreSeenAsTheyAre(t *testing.T) {
	play(t, with(sim.Options{}), func(t desktest.TB, p *desktest.Play, in *installation) {
		chat := arrive(t, p, in, "c-1")
		handOver(t, p, in, "c-1", "alice")
		must(t, in.vendor.Transfer(chat, "alice", simkit.Destination{Queue: "Sales"}))
		p.AwaitState(t, "c-1", orchestrator.StateQueued)
		moved := p.Events("c-1", orchestrator.EventTransferredToQueue)
		if len(moved) != 1 || moved[0].Target == nil || moved[0].Target.Queue != "deals" {
			t.Fatalf("told %+v, want one transfer to the queue deals", moved)
		}
		must(t, in.vendor.Accept(chat, "bob"))
		p.AwaitState(t, "c-1", orchestrator.StateAgent)
		c := p.Conversation("c-1")
		desktest.Same(t, "owner", orchestrator.AgentID("bob"), c.Owner().ID)
	})
}

func TestNeitherOrderNorRepetitionOfNotificationsMattersToASession(t *testing.T) {
	for name, arrange := range map[string]func(f *simkit.Faults) func(func()){
		"reordered": func(f *simkit.Faults) func(func()) { return f.Reorder },
		"doubled":   func(f *simkit.Faults) func(func()) { return f.Duplicate },
	} {
		t.Run(name, func(t *testing.T) {
			play(t, with(sim.Options{}), func(t desktest.TB, p *desktest.Play, in *installation) {
				arranged := arrange(in.vendor.Switches())
				chat := arrive(t, p, in, "c-1")
				must(t, in.vendor.CustomerSays(chat, "a person, please")) // heard once the chat is subscribed to
				p.Await(t, "the word", func() bool { return len(p.Events("c-1", orchestrator.EventMessage)) == 1 })
				arranged(func() {
					p.HandOver("c-1", orchestrator.Waiting{Queue: queue})
					p.Settle(t)
					must(t, in.vendor.Accept(chat, "alice"))
				})
				p.AwaitState(t, "c-1", orchestrator.StateAgent)
				arranged(func() {
					must(t, in.vendor.Transfer(chat, "alice", simkit.Destination{Agent: "bob"}))
					must(t, in.vendor.Accept(chat, "bob"))
				})
				p.Await(t, "bob has it", func() bool { c := p.Conversation("c-1"); return c.Owner().ID == "bob" })
				arranged(func() { must(t, in.vendor.End(chat, "bob")) })
				p.AwaitState(t, "c-1", orchestrator.StateWrapUp)
				must(t, in.vendor.Complete(chat, "bob"))
				p.AwaitState(t, "c-1", orchestrator.StateCompleted)
				if n := len(p.Events("c-1", orchestrator.EventAccepted)); n > 2 || len(p.Events("c-1", orchestrator.EventReturnedToBot)) > 0 {
					t.Errorf("steps %v", types(p, "c-1"))
				}
			})
		})
	}
}

func TestAChatGivenBackToTheBotGoesOn(t *testing.T) {
	play(t, with(sim.Options{}), func(t desktest.TB, p *desktest.Play, in *installation) {
		chat := arrive(t, p, in, "c-1")
		handOver(t, p, in, "c-1", "alice")
		must(t, in.vendor.Transfer(chat, "alice", simkit.Destination{Queue: "Bot"}))
		p.AwaitState(t, "c-1", orchestrator.StateBot)
		desktest.Same(t, "steps", orchestrator.EventReturnedToBot, types(p, "c-1")[len(types(p, "c-1"))-1])
	})
}

func TestAChatThatComesBackAfterItsEndIsAnotherConversation(t *testing.T) {
	play(t, with(sim.Options{}), func(t desktest.TB, p *desktest.Play, in *installation) {
		chat := arrive(t, p, in, "c-1")
		must(t, in.vendor.CustomerSays(chat, "to the first"))
		handOver(t, p, in, "c-1", "alice")
		must(t, in.vendor.Says(chat, "alice", "hello"))
		p.Await(t, "the person's word", func() bool { return len(p.Events("c-1", orchestrator.EventMessage)) == 2 })
		p.Expect("c-2")
		p.Do(t, orchestrator.Event{Type: orchestrator.EventCompleted, Conversation: "c-1", Desk: "pure",
			Actor: orchestrator.Actor{Role: orchestrator.ActorDesk, ID: "pure"}, ID: "done"})
		must(t, in.vendor.Transfer(chat, "alice", simkit.Destination{Queue: "Bot"}))
		p.AwaitState(t, "c-2", orchestrator.StateBot)
		must(t, in.vendor.CustomerSays(chat, "to the second"))
		p.Await(t, "the customer's word", func() bool { return len(p.Events("c-2", orchestrator.EventMessage)) > 0 })
		words := p.Events("c-2", orchestrator.EventMessage)
		if len(words) != 1 || words[0].Message.Text != "to the second" {
			t.Errorf("the second conversation heard %+v", words)
		}
	})
}

func TestWhereOurUserMayNotLookOurPartEnds(t *testing.T) {
	play(t, with(sim.Options{Blind: true}), func(t desktest.TB, p *desktest.Play, in *installation) {
		arrive(t, p, in, "c-1")
		p.HandOver("c-1", orchestrator.Waiting{Queue: queue})
		p.AwaitState(t, "c-1", orchestrator.StateCompleted)
		desktest.Same(t, "steps", []orchestrator.EventType{
			orchestrator.EventStarted, orchestrator.EventAccepted, orchestrator.EventCompleted,
		}, types(p, "c-1"))
		accepted := p.Events("c-1", orchestrator.EventAccepted)[0]
		desktest.Same(t, "reason", "handed_over: not visible from here", accepted.Reason)
		desktest.Same(t, "agent", orchestrator.Agent{ID: "pure", Name: string(queue)}, *accepted.Agent)
	})
}

func TestAChatThatGoesOnUnderAnotherIDKeepsItsHandle(t *testing.T) {
	play(t, with(sim.Options{}), func(t desktest.TB, p *desktest.Play, in *installation) {
		chat := arrive(t, p, in, "c-1")
		must(t, in.vendor.CustomerSays(chat, "me")) // heard once the chat is subscribed to
		p.Await(t, "the word", func() bool { return len(p.Events("c-1", orchestrator.EventMessage)) == 1 })
		next, err := in.vendor.Morph(chat)
		must(t, err)
		must(t, in.vendor.CustomerSays(next, "still me"))
		p.Await(t, "the word", func() bool { return len(p.Events("c-1", orchestrator.EventMessage)) == 2 })
		word := p.Command("c-1", orchestrator.CommandSend)
		word.To.Ref, word.Message = chat, &orchestrator.Message{ID: "m", Text: "I see"}
		if err := in.desk.Send(t.(*testing.T).Context(), word); err != nil {
			t.Fatalf("send: %v", err)
		}
		words := in.vendor.Chats()[0].Words
		desktest.Same(t, "the last word", simkit.Word{Role: "bot", Name: "Bot", Text: "I see"}, words[len(words)-1])
	})
}

func TestTheSamePersonUnderAnotherNameDoesNotJoinAgain(t *testing.T) {
	play(t, with(sim.Options{}), func(t desktest.TB, p *desktest.Play, in *installation) {
		chat := arrive(t, p, in, "c-1")
		handOver(t, p, in, "c-1", "alice")
		in.vendor.Rename("alice", "Alice Cooper")
		must(t, in.vendor.Says(chat, "alice", "me again"))
		p.Await(t, "the word", func() bool { return len(p.Events("c-1", orchestrator.EventMessage)) == 1 })
		desktest.Same(t, "steps", []orchestrator.EventType{orchestrator.EventStarted, orchestrator.EventAccepted}, types(p, "c-1"))
	})
}

func TestTheDisconnectingWorkgroupLetsTheCustomerGo(t *testing.T) {
	play(t, with(sim.Options{}), func(t desktest.TB, p *desktest.Play, in *installation) {
		chat := arrive(t, p, in, "c-1")
		p.HandOver("c-1", orchestrator.Waiting{Queue: queue})
		p.Settle(t)
		must(t, in.vendor.QueueTimesOut(chat))
		p.AwaitState(t, "c-1", orchestrator.StateAbandoned)
		desktest.Same(t, "reason", "ended_by_desk", p.Events("c-1", orchestrator.EventCustomerLeft)[0].Reason)
	})
}

func TestAChatThatGoesOnWithoutThePeopleIsTakenBackAndHeardAgain(t *testing.T) {
	play(t, with(sim.Options{}), func(t desktest.TB, p *desktest.Play, in *installation) {
		chat := arrive(t, p, in, "c-1")
		p.HandOver("c-1", orchestrator.Waiting{Queue: queue})
		p.Settle(t)
		back := p.Command("c-1", orchestrator.CommandTakeBack)
		for range 2 {
			must(t, in.desk.TakeBack(t.(*testing.T).Context(), back))
		}
		desktest.Same(t, "state", simkit.ChatWithBot, in.vendor.Chats()[0].State)
		must(t, in.vendor.CustomerSays(chat, "still here"))
		p.Await(t, "the word", func() bool { return len(p.Events("c-1", orchestrator.EventMessage)) == 1 })
	})
}

// TestWhatCannotBeTakenBackIsSaid: a person has it, or our user has no right to the workgroup's queue.
func TestWhatCannotBeTakenBackIsSaid(t *testing.T) {
	for name, row := range map[string]struct {
		options sim.Options
		served  bool
		code    string
	}{
		"a person has it": {served: true, code: "served"},
		"no right":        {options: sim.Options{MayHandle: []string{}}, code: "error.request.unsupported"},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, with(row.options), func(t desktest.TB, p *desktest.Play, in *installation) {
				chat := arrive(t, p, in, "c-1")
				p.HandOver("c-1", orchestrator.Waiting{Queue: queue})
				p.Settle(t)
				if row.served {
					must(t, in.vendor.Accept(chat, "alice"))
				}
				err := in.desk.TakeBack(t.(*testing.T).Context(), p.Command("c-1", orchestrator.CommandTakeBack))
				ce, ok := errors.AsType[*orchestrator.ConnectorError](err)
				if !ok || ce.Outcome != orchestrator.OutcomePermanent || ce.Code != row.code {
					t.Errorf("taking back: %v, want it refused for good as %s", err, row.code)
				}
			})
		})
	}
}

func TestTheDeskKnowsWhichChatsAreAlive(t *testing.T) {
	play(t, with(sim.Options{}), func(t desktest.TB, p *desktest.Play, in *installation) {
		chat := arrive(t, p, in, "c-1")
		ctx := t.(*testing.T).Context()
		life, err := in.desk.LastSeen(ctx, &orchestrator.Conversation{ChannelRef: chat})
		must(t, err)
		desktest.Same(t, "with the bot", orchestrator.Liveness{Alive: true}, life)
		must(t, in.vendor.CustomerLeaves(chat))
		life, err = in.desk.LastSeen(ctx, &orchestrator.Conversation{ChannelRef: chat})
		must(t, err)
		desktest.Same(t, "left by the customer", orchestrator.Liveness{}, life)
		must(t, in.vendor.Deallocate(chat))
		life, err = in.desk.LastSeen(ctx, &orchestrator.Conversation{ChannelRef: chat})
		must(t, err)
		desktest.Same(t, "deallocated", orchestrator.Liveness{}, life)
	})
}

func TestAMissingLicenceIsToldInsteadOfWaitedFor(t *testing.T) {
	play(t, with(sim.Options{NoLicenses: true}), func(t desktest.TB, _ *desktest.Play, in *installation) {
		in.log.Await(t, "is not available (status 3)")
	})
}

func TestRefusedCredentialsAreNotTriedAtEveryHost(t *testing.T) {
	s := setup{doors: []string{"b"}, config: func(c *icws.Config, hosts []string) {
		*c = asAgent(*c)
		c.Password, c.Hosts = "wrong", hosts[1:]
	}}
	var in *installation
	subject := subject(s, func(made *installation) { in = made })(t)
	defer subject.Close()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- in.desk.Run(ctx, nil) }()
	in.log.Await(t, "the vendor refuses the credentials")
	cancel()
	must(t, <-ended)
	if n := strings.Count(in.log.String(), "a server does not take us"); n != 1 {
		t.Errorf("they were tried %d times", n)
	}
}

func TestAnotherLoginOfOurUserIsNotAnsweredWithAnother(t *testing.T) {
	play(t, with(sim.Options{}), func(t desktest.TB, p *desktest.Play, in *installation) {
		arrive(t, p, in, "c-1")
		body := `{"__type":"urn:inin.com:connection:icAuthConnectionRequestSettings","applicationName":"another","userID":"bot1","password":"` + sim.DefaultPassword + `"}`
		req, err := http.NewRequest(http.MethodPost, "http://"+in.hosts[0]+"/icws/connection", strings.NewReader(body))
		must(t, err)
		req.Header.Set("Accept-Language", "en-US")
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		res.Body.Close()
		http.DefaultClient.CloseIdleConnections()
		in.log.Await(t, "another login of this user")
		if h := in.desk.Health().Session; h.State != orchestrator.SessionDown || h.Logins != 1 {
			t.Errorf("the session is %+v", h)
		}
	})
}

func TestTheSessionMovesToTheHostThatIsNamed(t *testing.T) {
	for _, listen := range []string{icws.ListenStream, icws.ListenPoll} {
		t.Run(listen, func(t *testing.T) {
			s := setup{doors: []string{"b"}, config: func(c *icws.Config, _ []string) {
				*c = asAgent(*c)
				c.Listen = listen
			}}
			play(t, s, func(t desktest.TB, p *desktest.Play, in *installation) {
				chat := arrive(t, p, in, "c-1")
				in.vendor.Standby("", in.hosts[1])
				must(t, in.vendor.CustomerSays(chat, "during the switch"))
				p.Await(t, "the word", func() bool { return len(p.Events("c-1", orchestrator.EventMessage)) == 1 })
				p.HandOver("c-1", orchestrator.Waiting{Queue: queue})
				p.Settle(t)
				must(t, in.vendor.Accept(chat, "carol"))
				p.AwaitState(t, "c-1", orchestrator.StateAgent)
				desktest.Same(t, "failures", 0, len(p.Failures()))
			})
		})
	}
}
