package flows

import (
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// eventAt is the type of a stored entry.
func eventAt(t *testing.T, s *scene, sequence uint64) orchestrator.EventType {
	t.Helper()
	var e orchestrator.Entry
	if err := cbor.Unmarshal(s.entries[sequence-1], &e); err != nil {
		t.Fatal(err)
	}
	return e.Event.Type
}

func TestTheBotHearsOfAConversationThatBeginsElsewhere(t *testing.T) {
	for channel, want := range map[string][]string{"web": {"shop conversation.started"}, "bot": nil} {
		s := newScene(t, testFlow(t, fullPolicy), channel)
		ev := event(orchestrator.EventStarted, aCustomer)
		ev.Customer, ev.Language = &orchestrator.Customer{ID: "u-1"}, "de"
		same(t, channel, want, told(s.take(ev)))
		if s.c.Customer.ID != "u-1" || s.c.Language != "de" || s.c.Version != 1 || s.c.Epoch != 1 {
			t.Errorf("got %+v", s.c)
		}
		same(t, "again", []string(nil), told(s.take(ev)))
		s.replay()
	}
}

func TestContextIsMergedAndNilDeletes(t *testing.T) {
	s := newScene(t, testFlow(t, fullPolicy), "bot")
	ev := event(orchestrator.EventContextUpdated, aBot)
	ev.Attributes = map[string]any{"tier": "gold", "order": "4711", "vip": true}
	s.take(ev)
	before := s.c
	ev.Attributes = map[string]any{"order": nil, "sum": 12.5}
	s.take(ev)
	same(t, "after", map[string]any{"tier": "gold", "vip": true, "sum": 12.5}, s.c.Attributes)
	same(t, "before", map[string]any{"tier": "gold", "order": "4711", "vip": true}, before.Attributes)
	ev.Attributes = map[string]any{"tier": nil, "vip": nil, "sum": nil}
	s.take(ev)
	same(t, "nothing left", map[string]any(nil), s.c.Attributes)
	s.replay()
}

func TestRatingsAndNotesAreKeptAlsoAfterTheEnd(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", wrapUp, "")
	s.due()
	rate := event(orchestrator.EventRated, aCustomer)
	for _, bad := range []int{0, 6, -1} {
		rate.Rating = bad
		invalid(t, s, rate, "rating", "is a whole number from 1 to 5")
	}
	rate.Rating = 5
	s.take(rate)
	note := event(orchestrator.EventNote, anAgent("anna"))
	invalid(t, s, note, "text", "is missing")
	note.Note = "nice"
	d := s.take(note)
	same(t, "notes go nowhere", []string(nil), told(d))
	note.Actor = anAgent("ben")
	rejected(t, s, note, orchestrator.CodeNotInControl, "notes are for those who serve")
	note.Actor = aCustomer
	rejected(t, s, note, orchestrator.CodeNotInControl, "notes are for those who serve")
	rejected(t, s, word(aCustomer, "hello?"), orchestrator.CodeStateConflict,
		"message cannot happen in state completed")
	s.replay()
}

func TestWhoeverSpokeHearsThatItDidNotArrive(t *testing.T) {
	s := bring(t, testFlow(t, relayPolicy), "bot", agent, "")
	failed := event(orchestrator.EventMessageFailed, aSystem)
	failed.Message, failed.Reason, failed.Desk = &orchestrator.Message{ID: "m-7"}, "HTTP 500", "relay"
	d := s.take(failed)
	same(t, "the bot", []string{"shop message.delivery_failed"}, told(d))
	same(t, "class", orchestrator.ClassLive, d.Commands[0].Class)
	same(t, "notice", orchestrator.Notice{Type: wire.MessageUndelivered, MessageID: "m-7", Reason: "HTTP 500"}, notice(t, d,
		wire.MessageUndelivered))
	failed.Desk = ""
	d = s.take(failed)
	same(t, "the people", []string{"relay send"}, told(d))
	failed.Desk, failed.Message = "relay", d.Commands[0].Message
	same(t, "and no more", []string(nil), told(s.take(failed)))
	same(t, "error", "HTTP 500", s.c.LastError)
	s.replay()
}

func TestADeskThatTookItGivesItsHandle(t *testing.T) {
	s := newScene(t, testFlow(t, vendorPolicy), "bot")
	s.take(request(""))
	ev := vendorSays(s, orchestrator.EventDeskOpened, "")
	ev.Ref, ev.Desk = "v-1", "house"
	rejected(t, s, ev, orchestrator.CodeStateConflict, "desk house does not have this conversation any more")
	ev.Desk = "vendor"
	s.take(ev)
	s.take(vendorSays(s, accepted, "v7"))
	d := s.take(word(aCustomer, "hi"))
	same(t, "party", orchestrator.Party{Connector: "vendor", Ref: "v-1"}, d.Commands[0].To)
}

func TestTheRecordIsMendedToTheDesksTruth(t *testing.T) {
	s := newScene(t, testFlow(t, vendorPolicy), "bot")
	s.take(request(""))
	s.take(vendorSays(s, accepted, "v7"))
	epoch := s.c.Epoch
	ev := vendorSays(s, orchestrator.EventRepaired, "v8")
	ev.Ref = "v-2"
	d := s.take(ev)
	same(t, "told", []string{"shop handoff.transferred"}, told(d))
	same(t, "by whom and to whom", [2]*orchestrator.Target{{Agent: "v7"}, {Agent: "v8"}},
		[2]*orchestrator.Target{d.Entries[0].Notice.From, d.Entries[0].Notice.To})
	same(t, "the epoch from now on", epoch+1, d.Commands[0].Epoch)
	if s.c.DeskRef != "v-2" || s.c.Owner().ID != "v8" || s.c.Epoch != epoch+1 || len(s.c.Participants) != 1 {
		t.Errorf("got %+v", s.c)
	}
	ev.Actor = aBot
	rejected(t, s, ev, orchestrator.CodeNotInControl, "a record is mended by the desk that has the conversation")
	s.replay()
}

func TestAGuestWhoHasTheChatByTheDesksTruthChangesPlacesWithTheOwner(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", conference, "")
	mended := event(orchestrator.EventRepaired, aDesk("house"))
	mended.Desk, mended.Agent = "house", person("ben")
	s.take(mended)
	if s.c.State != conference || s.c.Owner().ID != "ben" || len(s.c.Participants) != 2 {
		t.Fatalf("%s with %+v, want ben to own it and anna to be his guest", s.c.State, s.c.Participants)
	}
	s.take(word(anAgent("anna"), "I am still here"))
	left := event(agentLeft, aDesk("house"))
	left.Desk, left.Agent = "house", person("anna")
	same(t, "anna goes", []string{"agent_left conference→agent"}, steps(s.take(left)))
	rejected(t, s, event(agentLeft, anAgent("ben")), orchestrator.CodeStateConflict,
		"ben is the only one: the chat can be ended, transferred or returned to the bot")
	s.replay()
}

func TestACustomerWhoWasSeenIsNotIdle(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", agent, "")
	s.due() // warned
	ev := event(orchestrator.EventCustomerSeen, aSystem)
	ev.Fetched = s.now
	s.take(ev)
	same(t, "warned again first", s.now.Add(8*time.Minute), s.c.Deadline)
	same(t, "rule", dueWarning, s.c.DeadlineRule)
}

func TestWhatABotSaysLateOrWithAGap(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", bot, "")
	numbered := func(ev orchestrator.Event, sequence int64) orchestrator.Event {
		ev.BotSequence = sequence + 1
		return ev
	}
	s.take(numbered(word(aBot, "five"), 5))
	d := s.take(numbered(word(aBot, "eight"), 8))
	same(t, "gap", 2, int(d.Entries[0].MissingBefore))
	d = s.take(numbered(word(aBot, "six"), 6))
	same(t, "late words are taken", true, d.Entries[0].Late)
	same(t, "newest", 9, int(s.c.BotSequence))
	d = s.take(numbered(request(""), 7))
	same(t, "a late move is noted and ignored", []string{"handoff_requested"}, steps(d))
	same(t, "rule", ruleStale, d.Entries[0].Why.Rule)
	same(t, "looked at", map[string]any{"sequence": int64(7), "newest": int64(8)}, d.Entries[0].Why.LookedAt)
	same(t, "late", true, d.Entries[0].Late)
	same(t, "state", bot, s.c.State)
	same(t, "the bot may go on", &orchestrator.Notice{
		Type: wire.Failed, Reason: reasonStale, Retryable: true, Resume: wire.ResumeBot, Queue: "general",
	}, d.Entries[0].Notice)
	same(t, "its callback too", []string{"shop handoff.failed"}, told(d))
	ctx := numbered(event(orchestrator.EventContextUpdated, aBot), 4)
	ctx.Attributes = map[string]any{"old": "value"}
	s.take(ctx)
	same(t, "late context is ignored", map[string]any(nil), s.c.Attributes)
	d = s.take(numbered(request(""), 9))
	same(t, "in turn", queued, d.Next.State)
	s.replay()
}

func TestWhatSpeaksOfAnOlderHandoffIsRefused(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", wrapUp, "")
	s.take(request(""))
	ev := event(handoffCancelled, aBot)
	ev.Handoff = 1
	rejected(t, s, ev, orchestrator.CodeStateConflict, "it speaks of handoff 1, the newest is 2")
	ev.Handoff = 2
	s.take(ev)
}

func TestATimerThatIsNotDueAnyMoreIsRefused(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", agent, "")
	s.now = s.c.Deadline
	ev, due := s.flow.Due(s.c, s.now)
	if !due || ev.ID != "due:warning:4" || ev.Conversation != s.c.ID || ev.At != s.c.Deadline {
		t.Fatalf("got %+v", ev)
	}
	s.take(word(aCustomer, "in between"))
	rejected(t, s, ev, orchestrator.CodeStateConflict, "idle_warned is not due")
	if _, due := s.flow.Due(s.c, s.now); due {
		t.Error("it is due")
	}
}

func TestDueTellsWhomAndWhere(t *testing.T) {
	f := testFlow(t, fullPolicy)
	s := bring(t, f, "bot", offered, "")
	ev, _ := f.Due(s.c, s.c.Deadline)
	same(t, "offer", &orchestrator.Agent{ID: "anna", Name: "Anna"}, ev.Agent)
	s = bring(t, f, "bot", queued, "")
	ev, _ = f.Due(s.c, s.c.Deadline)
	same(t, "overflow", &orchestrator.Target{Desk: "house", Queue: "backup"}, ev.Target)
	for _, state := range []orchestrator.State{completed, abandoned, expired} {
		s = bring(t, f, "bot", state, "")
		if _, due := f.Due(s.c, s.now.Add(time.Hour*1000)); due {
			t.Errorf("something is due in %s", state)
		}
	}
}

func TestAPolicyThatLostItsOverflowDoesNotHoldUpTheSweep(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", queued, "")
	p, err := ParsePolicyYAML("", []byte("desk: house\nqueue: general\n"))
	if err != nil {
		t.Fatal(err)
	}
	if s.flow, err = New("default", p, testWorld); err != nil {
		t.Fatal(err)
	}
	same(t, "steps", []string{"overflowed"}, steps(s.due()))
	same(t, "rule", dueQueue, s.c.DeadlineRule)
}

func TestDeadIsWhoStoppedFetchingOnTheWeb(t *testing.T) {
	f := testFlow(t, fullPolicy)
	for _, c := range []struct {
		name, channel string
		state         orchestrator.State
		fetched       orchestrator.Moment
		after         time.Duration
		want          bool
	}{
		{"long ago", "web", agent, noon, 90 * time.Second, true},
		{"with the bot", "web", bot, noon, 2 * time.Minute, true},
		{"just now", "web", agent, noon, 89 * time.Second, false},
		{"never", "web", agent, 0, time.Hour, false},
		{"a channel that does not fetch", "bot", agent, noon, time.Hour, false},
		{"ended", "web", completed, noon, time.Hour, false},
	} {
		s := bring(t, f, c.channel, c.state, "")
		ev, dead := f.Dead(s.c, c.fetched, noon.Add(c.after))
		if dead != c.want {
			t.Errorf("%s: %v", c.name, dead)
		}
		if dead && (ev.Type != customerDead || ev.Fetched != c.fetched || ev.ID == "") {
			t.Errorf("%s: %+v", c.name, ev)
		}
	}
	s := bring(t, f, "web", wrapUp, "")
	s.take(event(customerLeft, aCustomer))
	if _, dead := f.Dead(s.c, noon, noon.Add(time.Hour)); dead {
		t.Error("somebody left twice")
	}
}

func TestAChatThatADeskOpensTooLateIsEndedWithItsHandle(t *testing.T) {
	opened := func(_ *scene, cmd orchestrator.Command, ref string) orchestrator.Event {
		return orchestrator.Event{
			ID: "opened:" + orchestrator.EventID(cmd.ID), Type: orchestrator.EventDeskOpened, Actor: aSystem, Desk: "vendor",
			Command: cmd.ID, Ref: ref,
		}
	}
	for _, c := range []struct {
		name  string
		leave func(s *scene)
		state orchestrator.State
	}{
		{"cancelled", func(s *scene) { s.take(event(handoffCancelled, aBot)) }, bot},
		{"customer gone", func(s *scene) { s.take(event(customerLeft, aCustomer)) }, abandoned},
		{"bot's conversation over", func(s *scene) {
			s.take(event(handoffCancelled, aBot))
			for !s.c.State.Ended() {
				s.due()
			}
		}, expired},
		{"asked for again", func(s *scene) {
			s.take(event(handoffCancelled, aBot))
			s.take(request(""))
		}, queued},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, testFlow(t, vendorPolicy), "bot")
			open := command(t, s.take(request("")), orchestrator.CommandOpen)
			c.leave(s)
			d := s.take(opened(s, open, "v-1"))
			same(t, "state", c.state, s.c.State)
			same(t, "commands", []string{"vendor end"}, told(d))
			same(t, "the chat", orchestrator.Party{Connector: "vendor", Ref: "v-1"}, d.Commands[0].To)
			same(t, "the present handle", "", s.c.DeskRef)
			s.replay()
		})
	}
	s := newScene(t, testFlow(t, vendorPolicy), "bot")
	open := command(t, s.take(request("")), orchestrator.CommandOpen)
	s.due() // the next queue of the same desk
	same(t, "commands", []string(nil), told(s.take(opened(s, open, "v-1"))))
	same(t, "the present handle", "v-1", s.c.DeskRef)
	s.replay()
}

func TestADesksOwnTextsAreRefusedWhileTheBotSpeaks(t *testing.T) {
	s := newScene(t, testFlow(t, vendorPolicy), "bot")
	s.take(request(orchestrator.OnEndReturn))
	text := vendorSays(s, orchestrator.EventMessage, "")
	text.Message = &orchestrator.Message{ID: "d-1", Text: "You are number 3."}
	same(t, "waiting", []string{"shop send"}, told(s.take(text)))
	s.take(vendorSays(s, accepted, "v7"))
	s.take(vendorSays(s, chatEnded, "v7"))
	same(t, "controller", orchestrator.ControllerBot, s.c.Controller())
	text = vendorSays(s, orchestrator.EventMessage, "")
	text.Message = &orchestrator.Message{ID: "d-2", Text: "You were served by the vendor."}
	if err := s.try(text); err == nil || s.last.Refusal == nil {
		t.Fatalf("it was answered with %v", err)
	}
	same(t, "steps", []string{"message_refused"}, steps(s.last))
	same(t, "commands", []string(nil), told(s.last))
	s.replay()
}
