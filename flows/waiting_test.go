package flows

import (
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

func TestADeclinedOfferGoesToTheFrontWithoutThatPerson(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", offered, "")
	since := s.c.WaitingFrom
	s.pass(10 * time.Second)
	rejected(t, s, event(declined, anAgent("ben")), orchestrator.CodeStateConflict, "it rings at anna, not at ben")
	d := s.take(event(declined, anAgent("anna")))
	same(t, "steps", []string{"declined offered→queued"}, steps(d))
	w := command(t, d, orchestrator.CommandOpen).Waiting
	same(t, "waiting", &orchestrator.Waiting{
		Queue: "general", Priority: 5, Since: since, Front: true, Exclude: []orchestrator.AgentID{"anna"},
		AskAgain: []orchestrator.Moment{s.now.Add(30 * time.Second)},
	}, w)
	s.take(vendorSays(s, offer, "ben"))
	d = s.due()
	same(t, "steps", []string{"offer_expired offered→queued"}, steps(d))
	same(t, "excluded", []orchestrator.AgentID{"anna", "ben"}, command(t, d, orchestrator.CommandOpen).Waiting.Exclude)
	same(t, "time", noon.Add(70*time.Second), s.now)
	same(t, "asked again", []orchestrator.Moment{noon.Add(40 * time.Second), noon.Add(100 * time.Second)}, s.c.AskAgain)
	s.take(vendorSays(s, offer, "anna"))
	s.take(event(declined, anAgent("anna")))
	same(t, "asked again", []orchestrator.Moment{noon.Add(100 * time.Second), noon.Add(100 * time.Second)}, s.c.AskAgain)
	s.replay()
}

func TestWhoGoesAwayWhileItRingsMayBeAskedOnceTheyAreBack(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", offered, "")
	gone := vendorSays(s, offerExpired, "anna")
	gone.Reason = orchestrator.ReasonAway
	d := s.take(gone)
	same(t, "steps", []string{"offer_expired offered→queued"}, steps(d))
	w := command(t, d, orchestrator.CommandOpen).Waiting
	again, excluded := w.Excluded("anna")
	same(t, "excluded", true, excluded)
	same(t, "asked again", s.now, again)
	s.replay()
}

func TestARecordOfTheVersionBeforeKnowsNoPause(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", offered, "")
	s.c.Declined = []orchestrator.AgentID{"ben"}
	d := s.take(event(declined, anAgent("anna")))
	w := command(t, d, orchestrator.CommandOpen).Waiting
	same(t, "excluded", []orchestrator.AgentID{"ben", "anna"}, w.Exclude)
	same(t, "asked again", []orchestrator.Moment{0, s.now.Add(30 * time.Second)}, w.AskAgain)
}

func TestAVendorThatReportsADeclineKeepsItsOwnLine(t *testing.T) {
	s := newScene(t, testFlow(t, vendorPolicy), "bot")
	s.take(request(""))
	s.take(vendorSays(s, offer, "x"))
	same(t, "commands", []string(nil), told(s.take(vendorSays(s, declined, "x"))))
}

func TestOverflowThenBackToTheBotWithAnApology(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", queued, "")
	began, epoch := s.now, s.c.Epoch
	d := s.due()
	same(t, "time", began.Add(2*time.Minute), s.now)
	same(t, "steps", []string{"overflowed queued→queued"}, steps(d))
	same(t, "commands", []string{"house open", "shop handoff.queued"}, told(d))
	same(t, "rule", "overflow[0]", d.Entries[0].Why.Rule)
	same(t, "queue", "backup", string(s.c.Queue))
	same(t, "place", began, command(t, d, orchestrator.CommandOpen).Waiting.Since)
	same(t, "entered", began, s.c.EnteredAt)
	d = s.due()
	same(t, "time", began.Add(5*time.Minute), s.now)
	same(t, "steps", []string{
		"queue_timed_out", "returned_to_bot queued→bot",
		"says: We are sorry: nobody can take your chat now. You can go on here.",
	}, steps(d))
	same(t, "commands", []string{"house end", "shop handoff.failed", "shop send"}, told(d))
	same(t, "reason", reasonTimeout, notice(t, d, wire.Failed).Reason)
	same(t, "derived", []bool{false, true, true}, []bool{d.Entries[0].Derived, d.Entries[1].Derived,
		d.Entries[2].Derived})
	same(t, "looked at", map[string]any{
		"desk": "house", "queue": "backup", "waited_ms": int64(300_000), "timeout_ms": int64(300_000),
	}, d.Entries[1].Why.LookedAt)
	same(t, "rule", ruleQueueOut, d.Entries[1].Why.Rule)
	if s.c.Epoch != epoch+1 || s.c.Returns != 0 || s.c.Desk != "" {
		t.Errorf("got %+v", s.c)
	}
	s.replay()
}

func TestAnOfferThatRingsGivesWayToTheOverflow(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", queued, "")
	s.pass(110 * time.Second)
	s.take(vendorSays(s, offer, "anna"))
	same(t, "rule", dueOverflow, s.c.DeadlineRule)
	same(t, "steps", []string{"overflowed offered→queued"}, steps(s.due()))
	same(t, "excluded", []orchestrator.AgentID(nil), s.c.Declined)
}

func TestATimeOutGoesToAnotherQueueAndThenToTheBot(t *testing.T) {
	s := newScene(t, testFlow(t, vendorPolicy), "bot")
	s.take(request(""))
	s.take(vendorSays(s, orchestrator.EventDeskOpened, ""))
	for range 2 {
		s.due() // the chain
	}
	same(t, "queue", "general", string(s.c.Queue))
	d := s.due()
	same(t, "steps", []string{
		"queue_timed_out", "returned_to_bot queued→bot",
		"says: We are sorry: nobody can take your chat now. You can go on here.",
	}, steps(d)) // it waits in that very queue already
	s.replay()
}

func TestATimeOutMovesToADeskOfLastResort(t *testing.T) {
	s := newScene(t, testFlow(t, "desk: vendor\nqueue: chat\non_queue_timeout: {desk: house, queue: general}\n"), "bot")
	s.take(request(""))
	ref := vendorSays(s, orchestrator.EventDeskOpened, "")
	ref.Ref = "v-1"
	s.take(ref)
	began := s.now
	d := s.due()
	same(t, "steps", []string{"queue_timed_out", "overflowed queued→queued"}, steps(d))
	same(t, "commands", []string{"vendor end", "house open", "shop handoff.queued"}, told(d))
	same(t, "the old desk's handle", "v-1", d.Commands[0].To.Ref)
	same(t, "the new desk's handle", "", d.Commands[1].To.Ref)
	same(t, "target", &orchestrator.Target{Desk: "house", Queue: "general"}, d.Entries[1].Event.Target)
	same(t, "waits", began.Add(10*time.Minute), s.c.Deadline)
	same(t, "state", bot, s.due().Next.State)
	s.replay()
}

func TestATimeOutAbandonsWithAFarewell(t *testing.T) {
	s := newScene(t, testFlow(t, abandonPolicy), "web")
	s.take(request(""))
	d := s.due()
	same(t, "steps", []string{
		"queue_timed_out", "abandoned queued→abandoned",
		"says: We are sorry: nobody can take your chat now. Please try again later.", "conversation_closed",
	}, steps(d))
	same(t, "commands", []string{"house end", "shop handoff.failed", "shop conversation.ended"}, told(d))
	same(t, "because", reasonTimeout, s.c.ClosedBecause)
}

func TestARequestsOwnTimeOutCounts(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", bot, "")
	ask := request("")
	ask.Request.QueueTimeout = 20_000
	s.take(ask)
	same(t, "deadline", s.now.Add(20*time.Second), s.c.Deadline)
	same(t, "rule", dueQueue, s.c.DeadlineRule)
}

func TestADeskThatFailsGivesWay(t *testing.T) {
	for _, c := range []struct {
		policy   string
		state    orchestrator.State
		steps    []string
		commands []string
	}{
		{fullPolicy, queued, []string{"desk_failed", "returned_to_bot queued→bot", "says: " + builtIn[textApology]},
			[]string{"house end", "shop handoff.failed", "shop send"}},
		{fullPolicy, agent, []string{"desk_failed", "returned_to_bot agent→bot", "says: " + builtIn[textApology]},
			[]string{"house end", "shop handoff.failed", "shop send"}},
		{abandonPolicy, offered, []string{"desk_failed", "abandoned offered→abandoned",
			"says: " + builtIn[textFarewell]},
			[]string{"house end", "shop handoff.failed", "shop send"}},
		{abandonPolicy, agent, []string{"desk_failed", "chat_ended agent→wrap_up", "says: " + builtIn[textFarewell]},
			[]string{"house end", "shop handoff.ended", "shop send"}},
		{relayPolicy + "on_desk_failed: {desk: house, queue: general}", queued, []string{"desk_failed",
			"overflowed queued→queued"},
			[]string{"relay end", "house open", "shop handoff.queued"}},
		{relayPolicy + "on_desk_failed: {desk: house, queue: general}", conference, []string{"desk_failed",
			"requeued conference→queued"},
			[]string{"relay end", "house open", "shop handoff.queued"}},
		{relayPolicy + "on_desk_failed: {queue: line}", queued, []string{"desk_failed", "returned_to_bot queued→bot",
			"says: " + builtIn[textApology]},
			[]string{"relay end", "shop handoff.failed", "shop send"}},
		{fullPolicy, wrapUp, []string{"desk_failed"}, nil},
	} {
		s := bring(t, testFlow(t, c.policy), "bot", c.state, "")
		failed := orchestrator.Event{Type: orchestrator.EventDeskFailed, Actor: aSystem, Desk: s.c.Desk,
			Reason: "no route"}
		d := s.take(failed)
		same(t, "steps", c.steps, steps(d))
		same(t, "commands", c.commands, told(d))
		same(t, "error", "no route", s.c.LastError)
		s.replay()
	}
}

func TestTheFailureOfAnOlderAttemptIsOnlyNoted(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", queued, "")
	old := s.last.Commands[0].ID
	s.take(vendorSays(s, offer, "anna"))
	newer := s.take(event(declined, anAgent("anna"))).Commands[0].ID
	ev := orchestrator.Event{Type: orchestrator.EventDeskFailed, Actor: aSystem, Desk: "house", Command: old}
	d := s.take(ev)
	same(t, "steps", []string{"desk_failed"}, steps(d))
	same(t, "rule", ruleOldAttempt, d.Entries[0].Why.Rule)
	ev.Command = newer
	same(t, "state", bot, s.take(ev).Next.State)
}

func TestPositionsAreToldNowOrNever(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", queued, "")
	ev := vendorSays(s, orchestrator.EventPositionChanged, "")
	invalid(t, s, ev, "position", "is at least 1")
	ev.Position, ev.Looked = 2, &orchestrator.Looked{Known: true, WaitMS: 1000}
	d := s.take(ev)
	if len(d.Commands) != 0 || len(d.Transient) != 1 || d.Transient[0].Class != orchestrator.ClassTransient {
		t.Fatalf("got %+v", d)
	}
	same(t, "notice", &orchestrator.Notice{Type: wire.PositionChanged, Queue: "general", Position: 2, WaitMS: 1000},
		d.Transient[0].Notice)
	same(t, "first position", 4, s.c.InitialQueuePos)
}
