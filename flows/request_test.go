package flows

import (
	"fmt"
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

func TestAHandoffIsQueuedAndBothSidesAreTold(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", bot, "")
	ask := request(orchestrator.OnEndReturn)
	ask.Reply, ask.Language = []byte(`{"s":1}`), "en-GB"
	ask.Customer = &orchestrator.Customer{ID: "u-1", Name: "Ann"}
	ask.Request.Skills = []string{"refund"}
	d := s.take(ask)
	same(t, "steps", []string{"handoff_requested bot→queued", "says: You are number 4."}, steps(d))
	same(t, "commands", []string{"house open", "shop handoff.queued", "shop send"}, told(d))
	same(t, "waiting", &orchestrator.Waiting{
		Queue: "general", Priority: 5, Since: s.now, Skills: []string{"refund"},
	}, command(t, d, orchestrator.CommandOpen).Waiting)
	same(t, "notice", orchestrator.Notice{Type: wire.Queued, Queue: "general", Position: 4, WaitMS: 90000}, notice(t,
		d, wire.Queued))
	same(t, "class", orchestrator.ClassSeeking, d.Commands[0].Class)
	same(t, "class", orchestrator.ClassLifecycle, d.Commands[1].Class)
	same(t, "reply context", `{"s":1}`, string(d.Commands[1].ReplyContext))
	same(t, "why", map[string]any{
		"desk": "house", "queue": "general", "online": 2, "ready": 1, "waiting": 3, "expected_ms": int64(90000),
		"returns": 0, "limit": 3,
	}, d.Entries[0].Why.LookedAt)
	c := s.c
	if c.Handoff != 1 || c.InitialQueuePos != 4 || c.Requested != s.now || c.WaitingFrom != s.now ||
		c.OnEnd != orchestrator.OnEndReturn ||
		c.Customer.Name != "Ann" || c.Epoch != 2 || d.Entries[0].Handoff != 1 || d.Entries[0].Epoch != 2 {
		t.Errorf("got %+v", c)
	}
	same(t, "deadline", s.now.Add(2*time.Minute), c.Deadline)
	same(t, "rule", dueOverflow, c.DeadlineRule)
	s.replay()
}

func TestAskingAgainWhileOpenChangesNothing(t *testing.T) {
	for _, state := range []orchestrator.State{queued, offered, agent, conference, transferring} {
		s := bring(t, testFlow(t, fullPolicy), "bot", state, "")
		was := s.c
		ask := request(orchestrator.OnEndReturn)
		for _, number := range []int64{0, 1, was.BotSequence + 1, was.BotSequence + 7} { // whatever number the sender gives it
			ask.BotSequence = number
			d := s.take(ask)
			if d.Stored() || d.Next != was || len(d.Commands)+len(d.Transient) > 0 {
				t.Errorf("%s, number %d: it did something: %v %v", state, number, steps(d), told(d))
			}
		}
	}
}

func TestNobodyOnlineLeavesItWithTheBot(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", bot, "")
	ask := request("")
	ask.Looked = &orchestrator.Looked{Known: true, Waiting: 7}
	d := s.take(ask)
	same(t, "steps", []string{"handoff_requested", "handoff_refused",
		"says: None of our colleagues is there at the moment."}, steps(d))
	same(t, "commands", []string{"shop handoff.failed"}, told(d))
	same(t, "notice", orchestrator.Notice{
		Type: wire.Failed, Reason: reasonNobody, Queue: "general", Resume: wire.ResumeBot, Retryable: true, RetryAfterMS: 300_000,
	}, notice(t, d, wire.Failed))
	same(t, "rule", ruleNobody, d.Entries[0].Why.Rule)
	same(t, "looked at", map[string]any{"desk": "house", "queue": "general", "online": 0, "ready": 0, "waiting": 7},
		d.Entries[1].Why.LookedAt)
	if s.c.State != bot || s.c.Handoff != 0 || s.c.Epoch != 1 {
		t.Errorf("got %+v", s.c)
	}
	ask.Looked = &orchestrator.Looked{} // a desk that does not tell proves nothing
	s.take(ask)
	same(t, "state", queued, s.c.State)
	s.replay()
}

func TestOutsideHoursTheBotIsToldWhenItOpens(t *testing.T) {
	s := newScene(t, testFlow(t, fullPolicy+`
hours: {zone: Europe/Oslo, open: {mon-fri: "08:00-12:00"}, closed_on: ["2026-11-24"]}
`), "bot")
	d := s.take(request("")) // Monday at twelve; Tuesday is closed
	n := notice(t, d, wire.Failed)
	same(t, "notice", orchestrator.Notice{
		Type: wire.Failed, Reason: reasonClosed, Queue: "general", Resume: wire.ResumeBot, Retryable: true,
		RetryAfterMS: (44 * time.Hour).Milliseconds(),
	}, n)
	same(t, "looked at", map[string]any{"zone": "Europe/Oslo", "opens": "2026-11-25T07:00:00.000Z"},
		d.Entries[0].Why.LookedAt)
	same(t, "state", bot, s.c.State)
}

func TestPingPongIsStopped(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", bot, "")
	for range 3 {
		s.pass(30 * time.Second)
		s.take(request(""))
		s.take(event(accepted, anAgent("anna")))
		d := s.take(event(returnedToBot, anAgent("anna")))
		same(t, "notices", []string{"house end", "shop handoff.ended", "shop handoff.completed"}, told(d))
		if s.c.Returns == 3 {
			break
		}
		d = s.take(request("")) // at once
		same(t, "rule", ruleCoolDown, d.Entries[0].Why.Rule)
		n := notice(t, d, wire.Failed)
		if n.Reason != reasonRejected || !n.Retryable || n.RetryAfterMS != 30_000 {
			t.Errorf("got %+v", n)
		}
	}
	s.pass(time.Minute)
	d := s.take(request(""))
	same(t, "rule", ruleHandoffs, d.Entries[0].Why.Rule)
	same(t, "looked at", map[string]any{"returns": 3, "limit": 3}, d.Entries[0].Why.LookedAt)
	if n := notice(t, d, wire.Failed); n.Retryable {
		t.Errorf("got %+v", n)
	}
	same(t, "state", bot, s.c.State)
	s.replay()
}

func TestARequestForWhatNobodyKnowsNamesTheField(t *testing.T) {
	with := func(change func(*orchestrator.Event)) orchestrator.Event {
		ev := request("")
		change(&ev)
		return ev
	}
	for _, c := range []struct {
		ev              orchestrator.Event
		pointer, detail string
	}{
		{with(func(e *orchestrator.Event) { e.Request.Queue = "odd" }), "queue",
			`unknown queue "odd"; there is backup, billing, chat, general or line`},
		{with(func(e *orchestrator.Event) { e.Request.Priority = 10 }), "priority",
			"is a whole number from 0 to 9"},
		{with(func(e *orchestrator.Event) { e.Request.Priority = -1 }), "priority",
			"is a whole number from 0 to 9"},
		{with(func(e *orchestrator.Event) { e.Request.QueueTimeout = 1 }), "queue_timeout",
			"lies between 1s and 24h0m0s"},
		{with(func(e *orchestrator.Event) { e.OnEnd = "later" }), "on_end",
			"is return_to_bot or end_conversation"},
		{with(func(e *orchestrator.Event) {
			e.Attributes = map[string]any{}
			for i := range 65 {
				e.Attributes[fmt.Sprint(i)] = "x"
			}
		}), "attributes", "a conversation has at most 64 attributes, these would be 65"},
	} {
		s := bring(t, testFlow(t, fullPolicy), "bot", bot, "")
		invalid(t, s, c.ev, c.pointer, c.detail)
	}
}

func TestAPersonElsewhereIsThatDesksBusiness(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", bot, "")
	ask := request("")
	ask.Request.Queue, ask.Request.Agent = "chat", "somebody at the vendor"
	d := s.take(ask)
	cmd := command(t, d, orchestrator.CommandOpen)
	same(t, "desk", "vendor", string(cmd.To.Connector))
	same(t, "preferred", "somebody at the vendor", string(cmd.Waiting.Prefer))
}

func TestAQueuesPriorityLiftsWhoWaitsInIt(t *testing.T) {
	f := testFlow(t, fullPolicy)
	for asked, want := range map[int]int{0: 4, 2: 6, 5: 9, 9: 9} {
		s := bring(t, f, "bot", bot, "")
		ask := request("")
		ask.Request.Queue, ask.Request.Priority = "billing", asked
		same(t, "priority", want, command(t, s.take(ask), orchestrator.CommandOpen).Waiting.Priority)
	}
}

func TestAskingDuringAfterCallWorkPrefersTheSamePerson(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", wrapUp, "")
	d := s.take(request(""))
	same(t, "steps", []string{"handoff_requested", "handoff_closed", "handoff_requested wrap_up→queued", "says: You are number 4."},
		steps(d))
	same(t, "commands", []string{"house complete", "shop handoff.completed", "house open", "shop handoff.queued",
		"shop send"}, told(d))
	same(t, "preferred", "anna", string(command(t, d, orchestrator.CommandOpen).Waiting.Prefer))
	same(t, "handoffs of the commands", []int{1, 1, 2, 2, 2}, handoffs(d))
	same(t, "rule", ruleSameAgent, d.Entries[0].Why.Rule)
	same(t, "handoff", 2, s.c.Handoff)
	s.replay()
}

func handoffs(d *orchestrator.Decision) []int {
	var all []int
	for _, c := range d.Commands {
		all = append(all, c.Handoff)
	}
	return all
}

func TestACancelledHandoffIsWithdrawnFromTheDesk(t *testing.T) {
	for _, state := range []orchestrator.State{queued, offered} {
		s := bring(t, testFlow(t, fullPolicy), "bot", state, "")
		d := s.take(event(handoffCancelled, aCustomer))
		same(t, "steps", []string{"handoff_cancelled " + string(state) + "→bot"}, steps(d))
		same(t, "commands", []string{"house end", "shop handoff.ended"}, told(d))
		n := notice(t, d, wire.Ended)
		if n.EndedBy != "user" || n.Resume != wire.ResumeBot || n.HandbackFrom != 2 || n.HandbackUntil != s.c.Sequence {
			t.Errorf("got %+v", n)
		}
		same(t, "returns", 0, s.c.Returns)
	}
	s := bring(t, testFlow(t, fullPolicy), "bot", offered, "")
	rejected(t, s, event(handoffCancelled, anAgent("anna")), orchestrator.CodeNotInControl,
		"a handoff is cancelled by the bot or the customer")
}

func TestTheEngineIsAskedToLookWhereItMatters(t *testing.T) {
	f := testFlow(t, fullPolicy)
	look := func(s *scene, ev orchestrator.Event) string {
		here, elsewhere := f.Wants(s.c, &ev)
		said := "no"
		if here.Desk != "" {
			said = fmt.Sprint(here.Desk, "/", here.Queue, here.Skills)
		}
		for _, at := range elsewhere {
			said += fmt.Sprint(" then ", at.Desk, "/", at.Queue, at.Skills)
		}
		return said
	}
	atBot, waiting := bring(t, f, "bot", bot, ""), bring(t, f, "bot", queued, "")
	ask := request("")
	ask.Request.Skills = []string{"de"}
	same(t, "request", "house/general[de]", look(atBot, ask))
	same(t, "repeated request", "no", look(waiting, ask))
	same(t, "bare request", "house/general[]", look(atBot, event(handoffRequested, aBot)))
	same(t, "time-out", "house/general[]", look(waiting, event(orchestrator.EventQueueTimedOut, aSystem)))
	same(t, "word", "no", look(waiting, word(aCustomer, "hi")))
	ask.Request.Queue = "chat"
	same(t, "a desk that cannot tell", "no", look(atBot, ask))
	long := testFlow(t, "desk: relay\nqueue: line\noverflow: [{after: 9s, to: {desk: house, queue: backup}}, {after: 10s, to: {desk: vendor, queue: chat}}]")
	f = long
	failed := event(orchestrator.EventDeskFailed, aSystem)
	same(t, "a desk that has failed", "no then house/backup[]", look(bring(t, long, "bot", queued, ""), failed))
	same(t, "one that serves", "no", look(bring(t, long, "bot", agent, ""), failed))
	f = testFlow(t, fullPolicy)
	ask.Request.Queue = "odd"
	same(t, "unknown queue", "no", look(atBot, ask))
}
