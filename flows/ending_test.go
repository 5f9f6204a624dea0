package flows

import (
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

func TestTheCustomerLeavesInEachState(t *testing.T) {
	for _, gone := range []orchestrator.EventType{customerLeft, customerDead} {
		for _, c := range []struct {
			state    orchestrator.State
			to       orchestrator.State
			commands []string
		}{
			{bot, completed, []string{"shop conversation.ended"}},
			{queued, abandoned, []string{"house end", "shop handoff.ended", "shop conversation.ended"}},
			{offered, abandoned, []string{"house end", "shop handoff.ended", "shop conversation.ended"}},
			{agent, wrapUp, []string{"house end", "shop handoff.ended"}},
			{conference, wrapUp, []string{"house end", "shop handoff.ended"}},
			{transferring, wrapUp, []string{"house end", "shop handoff.ended"}},
			{wrapUp, wrapUp, []string{"shop handoff.ended"}}, // it was told to go on before
		} {
			want := c.to
			if c.state == bot && gone == customerDead {
				want = expired
			}
			s := bring(t, testFlow(t, fullPolicy), "web", c.state, orchestrator.OnEndReturn)
			d := s.take(orchestrator.Event{Type: gone, Actor: aCustomer, Fetched: s.now})
			same(t, "state", want, s.c.State)
			same(t, "commands", c.commands, told(d))
			same(t, "because", string(gone), s.c.ClosedBecause)
			same(t, "controller", orchestrator.ControllerNobody, s.c.Controller())
			if c.state != bot {
				same(t, "resume", wire.ResumeNone, notice(t, d, wire.Ended).Resume)
			}
			if s.c.State == wrapUp { // the bot does not get it back: nobody is there
				same(t, "then", completed, s.due().Next.State)
			}
			s.replay()
		}
	}
}

func TestTheCustomerIsWarnedBeforeAnIdleChatCloses(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", agent, orchestrator.OnEndReturn)
	began := s.now
	same(t, "rule", dueWarning, s.c.DeadlineRule)
	d := s.due()
	same(t, "time", began.Add(8*time.Minute), s.now)
	same(t, "steps", []string{"idle_warned", "says: " + builtIn[textWarning]}, steps(d))
	same(t, "then", began.Add(10*time.Minute), s.c.Deadline)
	s.take(word(aCustomer, "here"))
	same(t, "again", s.now.Add(8*time.Minute), s.c.Deadline)
	s.due()
	s.pass(time.Hour)
	s.now = s.c.Deadline
	d = s.due()
	same(t, "steps", []string{"idle_timed_out agent→wrap_up", "says: " + builtIn[textEnded]}, steps(d))
	same(t, "resume", wire.ResumeNone, notice(t, d, wire.Ended).Resume)
	same(t, "ended by", "system", notice(t, d, wire.Ended).EndedBy)
	s.replay()
}

func TestAWarningThatComesLateLeavesAsMuchTime(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", agent, "")
	s.pass(3 * time.Hour) // nobody swept
	s.due()
	same(t, "then", s.now.Add(2*time.Minute), s.c.Deadline)
	same(t, "rule", dueIdle, s.c.DeadlineRule)
}

func TestAnIdleBotConversationExpires(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", bot, "")
	d := s.due()
	same(t, "steps", []string{"idle_timed_out bot→expired"}, steps(d))
	same(t, "commands", []string{"shop conversation.ended"}, told(d))
	same(t, "time", noon.Add(30*time.Minute), s.now)
}

func TestAChatEndsAndTheAfterCallWorkRemains(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", agent, "")
	s.pass(time.Minute)
	rejected(t, s, event(chatEnded, anAgent("ben")), orchestrator.CodeNotInControl,
		"chat_ended is for the person who serves, or a supervisor")
	rejected(t, s, event(chatEnded, aBot), orchestrator.CodeNotInControl,
		"chat_ended is for the person who serves, or a supervisor")
	d := s.take(event(chatEnded, anAgent("anna")))
	same(t, "steps", []string{"chat_ended agent→wrap_up", "says: " + builtIn[textEnded]}, steps(d))
	same(t, "commands", []string{"house end", "shop handoff.ended", "shop send"}, told(d))
	end := command(t, d, orchestrator.CommandEnd)
	if !end.KeepSeat || end.Agent.ID != "anna" || end.Class != orchestrator.ClassLifecycle {
		t.Errorf("got %+v", end)
	}
	same(t, "controller", orchestrator.ControllerNobody, s.c.Controller())
	same(t, "served until", s.now, s.c.ServedUntil)

	done := event(completedEvent, anAgent("anna"))
	invalid(t, s, done, "disposition", "is missing; it is solved, follow_up or spam")
	done.Disposition = "odd"
	invalid(t, s, done, "disposition", `unknown disposition "odd"; it is solved, follow_up or spam`)
	done.Disposition, done.Tags, done.Note = "solved", []string{"vip"}, "paid back"
	stranger := done
	stranger.Actor = anAgent("ben")
	rejected(t, s, stranger, orchestrator.CodeNotInControl, "completed is for the person who serves, or a supervisor")
	s.pass(30 * time.Second)
	d = s.take(done)
	same(t, "steps", []string{"completed wrap_up→completed"}, steps(d))
	same(t, "commands", []string{"house complete", "shop handoff.completed"}, told(d))
	same(t, "notice", orchestrator.Notice{
		Type: wire.Completed, Disposition: "solved", Tags: []string{"vip"}, Notes: []string{"paid back"},
		TalkMS: 60_000, WrapUpMS: 30_000,
	}, notice(t, d, wire.Completed))
	same(t, "because", "completed", s.c.ClosedBecause)
	s.replay()
}

func TestTheBotControlsAsSoonAsTheChatEnded(t *testing.T) {
	for name, finish := range map[string]func(*scene) *orchestrator.Decision{
		"timed out": func(s *scene) *orchestrator.Decision { return s.due() },
		"completed": func(s *scene) *orchestrator.Decision {
			return s.take(orchestrator.Event{Type: completedEvent, Actor: anAgent("anna"), Disposition: "solved"})
		},
		"the agent is gone": func(s *scene) *orchestrator.Decision {
			return s.take(about(orchestrator.EventAgentGone, aDesk("house"), "anna"))
		},
		"said to resume": func(s *scene) *orchestrator.Decision { return s.take(event(resumed, aSystem)) },
	} {
		t.Run(name, func(t *testing.T) {
			s := bring(t, testFlow(t, fullPolicy), "web", agent, orchestrator.OnEndReturn)
			epoch := s.c.Epoch
			d := s.take(event(chatEnded, anAgent("anna")))
			same(t, "steps", []string{"chat_ended agent→wrap_up"}, steps(d))
			n := notice(t, d, wire.Ended)
			if n.Resume != wire.ResumeBot || n.EndedBy != "agent" || n.HandbackFrom == 0 || n.HandbackUntil != s.c.Sequence {
				t.Errorf("got %+v", n)
			}
			same(t, "controller", orchestrator.ControllerBot, s.c.Controller())
			same(t, "epoch", epoch+1, s.c.Epoch)
			s.take(word(aBot, "I am back"))
			same(t, "commands", []string{"shop send"}, told(s.take(word(aCustomer, "fine"))))
			d = finish(s)
			same(t, "last step", "resumed wrap_up→bot", steps(d)[len(d.Entries)-1])
			same(t, "commands", []string{"house complete", "shop handoff.completed"}, told(d))
			same(t, "epoch", epoch+1, s.c.Epoch)
			same(t, "returns", 1, s.c.Returns)
			s.replay()
		})
	}
}

func TestCompletingALiveChatEndsItToo(t *testing.T) {
	done := orchestrator.Event{Type: completedEvent, Actor: anAgent("anna"), Disposition: "solved"}
	for _, state := range []orchestrator.State{agent, conference, transferring} {
		s := bring(t, testFlow(t, fullPolicy), "web", state, "")
		d := s.take(done)
		same(t, "steps", []string{
			"completed", "chat_ended " + string(state) + "→wrap_up", "completed wrap_up→completed", "says: " + builtIn[textEnded],
			"conversation_closed",
		}, steps(d))
		same(t, "commands", []string{
			"house end", "house complete", "shop handoff.ended", "shop handoff.completed", "shop conversation.ended",
		}, told(d))
		same(t, "seat", false, command(t, d, orchestrator.CommandEnd).KeepSeat)
	}
	s := bring(t, testFlow(t, fullPolicy), "web", agent, orchestrator.OnEndReturn)
	d := s.take(done)
	same(t, "steps", []string{"completed", "chat_ended agent→wrap_up", "resumed wrap_up→bot"}, steps(d))
	same(t, "commands", []string{"house end", "shop handoff.ended", "house complete", "shop handoff.completed"},
		told(d))
	s.replay()

	s = bring(t, testFlow(t, fullPolicy), "web", agent, orchestrator.OnEndReturn)
	done.Actor, done.Disposition = aBot, "" // the bot closes: it does not want it back
	same(t, "state", completed, s.take(done).Next.State)
	s = bring(t, testFlow(t, fullPolicy), "web", agent, "")
	done.Actor = aSupervisor
	same(t, "a supervisor need not know how it went", completed, s.take(done).Next.State)
}

func TestABotOrSupervisorClosesWhatStillWaits(t *testing.T) {
	for _, actor := range []orchestrator.Actor{aBot, aSupervisor} {
		s := bring(t, testFlow(t, fullPolicy), "bot", offered, "")
		d := s.take(event(completedEvent, actor))
		same(t, "steps", []string{"completed", "abandoned offered→abandoned"}, steps(d))
		same(t, "commands", []string{"house end", "shop handoff.ended"}, told(d))
		s.replay()
	}
	s := bring(t, testFlow(t, fullPolicy), "bot", offered, "")
	rejected(t, s, event(completedEvent, anAgent("anna")), orchestrator.CodeStateConflict,
		"completed cannot happen in state offered")
}

func TestAfterCallWorkTimesOut(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", wrapUp, "")
	d := s.due()
	same(t, "steps", []string{"wrap_up_timed_out wrap_up→completed", "conversation_closed"}, steps(d))
	same(t, "commands", []string{"house complete", "shop handoff.completed", "shop conversation.ended"}, told(d))
	same(t, "rule", "deadlines.wrap_up", d.Entries[0].Why.Rule)
	rejected(t, bring(t, testFlow(t, fullPolicy), "web", wrapUp, ""), event(resumed, aSystem),
		orchestrator.CodeStateConflict,
		"the bot does not get this conversation back")
}

func TestACustomerWhoComesBackGetsTheSamePerson(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy+"on_word_after_end: queue\n"), "bot", wrapUp, "")
	d := s.take(word(aCustomer, "one more thing"))
	same(t, "steps", []string{"message", "handoff_closed", "customer_returned wrap_up→queued", "says: " + builtIn[textQueued]},
		steps(d))
	same(t, "commands", []string{"house complete", "shop handoff.completed", "house open", "shop handoff.queued",
		"shop send"}, told(d))
	same(t, "preferred", "anna", string(s.c.Preferred))
	same(t, "handoff", 2, s.c.Handoff)
	same(t, "held", s.c.Sequence-3, s.c.HeldFrom)
	s.take(event(accepted, anAgent("anna")))
	same(t, "held", 0, int(s.c.HeldFrom))
	s.replay()

	s = bring(t, testFlow(t, fullPolicy), "bot", wrapUp, "")
	same(t, "steps", []string{"customer_returned", "handoff_closed", "customer_returned wrap_up→queued", "says: " + builtIn[textQueued]},
		steps(s.take(event(customerReturned, aDesk("house")))))
}

func TestHandedBackToTheBotWithThePackage(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", agent, "")
	began := s.c.HandoffSequence
	s.take(word(anAgent("anna"), "the bot can do that"))
	s.pass(2 * time.Minute)
	back := event(returnedToBot, anAgent("anna"))
	back.Reason, back.Disposition = "simple", "odd"
	invalid(t, s, back, "disposition", `unknown disposition "odd"; it is solved, follow_up or spam`)
	back.Disposition = "follow_up"
	rejected(t, s, event(returnedToBot, aBot), orchestrator.CodeNotInControl,
		"returned_to_bot is for the person who serves, or a supervisor")
	d := s.take(back)
	same(t, "steps", []string{"returned_to_bot agent→bot", "handoff_closed"}, steps(d))
	same(t, "commands", []string{"house end", "shop handoff.ended", "shop handoff.completed"}, told(d))
	same(t, "notice", orchestrator.Notice{
		Type: wire.Ended, EndedBy: "agent", Resume: wire.ResumeBot, Reason: "simple", HandbackReason: "simple",
		Disposition:  "follow_up",
		HandbackFrom: began, HandbackUntil: s.c.Sequence - 1,
	}, notice(t, d, wire.Ended))
	same(t, "talk", int64(120_000), notice(t, d, wire.Completed).TalkMS)
	same(t, "handed back from the request on", handoffRequested, eventAt(t, s, began))
	if s.c.Returns != 1 || s.c.ReturnedAt != s.now || s.c.Desk != "" || s.c.Queue != "" || len(s.c.Participants) != 0 {
		t.Errorf("got %+v", s.c)
	}
	s.replay()
}

func TestASupervisorReturnsAWaitingChatToTheBot(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", offered, "")
	d := s.take(event(returnedToBot, aSupervisor))
	same(t, "commands", []string{"house end", "shop handoff.ended"}, told(d))
	same(t, "returns", 0, s.c.Returns)
	s = bring(t, testFlow(t, fullPolicy), "bot", offered, "")
	same(t, "who it rings at", bot, s.take(event(returnedToBot, anAgent("anna"))).Next.State)
	s = bring(t, testFlow(t, fullPolicy), "bot", queued, "")
	same(t, "let go", abandoned, s.take(event(abandonedByPolicy, aSupervisor)).Next.State)
	s = bring(t, testFlow(t, fullPolicy), "bot", queued, "")
	rejected(t, s, event(abandonedByPolicy, anAgent("anna")), orchestrator.CodeNotInControl,
		"abandoned is for the person who serves, or a supervisor")
}

func TestWhoeverSaysThatThePersonIsGoneTheBotGoesOnWhereItWasToldSo(t *testing.T) {
	for _, actor := range []orchestrator.Actor{aBot, aSystem, aDesk("house")} {
		s := bring(t, testFlow(t, fullPolicy), "bot", wrapUp, orchestrator.OnEndReturn)
		s.take(about(orchestrator.EventAgentGone, actor, "anna"))
		same(t, string(actor.Role), bot, s.c.State)
		s.replay()
	}
}
