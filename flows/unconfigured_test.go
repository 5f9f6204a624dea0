package flows

import (
	"maps"
	"testing"

	"handoff/orchestrator"
)

// worldWithout is the world of the tests after a change of the configuration.
func worldWithout(queue orchestrator.QueueName, desk orchestrator.ConnectorName) World {
	w := testWorld
	w.Queues, w.Desks = maps.Clone(w.Queues), maps.Clone(w.Desks)
	delete(w.Queues, queue)
	delete(w.Desks, desk)
	maps.DeleteFunc(w.Queues, func(_ orchestrator.QueueName, q QueueInfo) bool { return q.Desk == desk })
	return w
}

func flowIn(t *testing.T, name, policy string, w World) *Flow {
	t.Helper()
	p, err := ParsePolicyYAML("flows."+name, []byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(name, p, w)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func unconfigured(m orchestrator.Missing) orchestrator.Event {
	return orchestrator.Event{Type: orchestrator.EventUnconfigured, Actor: aSystem, Missing: &m, Reason: m.String()}
}

func TestAChatWhoseQueueIsConfiguredNowhereWaitsInTheFlowsOwn(t *testing.T) {
	s := newScene(t, testFlow(t, fullPolicy), "web")
	s.take(orchestrator.Event{Type: handoffRequested, Actor: aBot, Request: &orchestrator.Request{Queue: "billing"}})
	since := s.c.WaitingFrom
	s.pass(3 * s.flow.policy.Deadlines.Offered)
	s.flow = flowIn(t, "default", fullPolicy, worldWithout("billing", ""))
	d := s.take(unconfigured(orchestrator.Missing{Queue: "billing"}))
	same(t, "steps", []string{"unconfigured", "requeued queued→queued"}, steps(d))
	same(t, "reason", "queue billing not configured", d.Entries[0].Event.Reason)
	same(t, "queue", orchestrator.QueueName("general"), s.c.Queue)
	same(t, "place by first wait", since, s.c.WaitingFrom)
	same(t, "it may wait as long as anybody", s.now, s.c.QueuedAt)
	rejected(t, s, unconfigured(orchestrator.Missing{Queue: "billing"}), orchestrator.CodeStateConflict,
		"nothing can be done: queue billing not configured")
}

func TestAChatAtADeskThatIsConfiguredNowhereGoesToTheFlowsOwnQueue(t *testing.T) {
	for state, step := range map[orchestrator.State]string{
		queued: "requeued queued→queued", agent: "requeued agent→queued",
	} {
		s := newScene(t, testFlow(t, fullPolicy), "web")
		s.take(orchestrator.Event{Type: handoffRequested, Actor: aBot, Request: &orchestrator.Request{Queue: "chat"}})
		if state == agent {
			ev := about(accepted, aDesk("vendor"), "zoe")
			ev.Desk = "vendor"
			s.take(ev)
		}
		s.flow = flowIn(t, "default", fullPolicy, worldWithout("", "vendor"))
		d := s.take(unconfigured(orchestrator.Missing{Desk: "vendor"}))
		same(t, "first steps", []string{"unconfigured", step}, steps(d)[:2])
		same(t, "desk", orchestrator.ConnectorName("house"), s.c.Desk)
		same(t, "queue", orchestrator.QueueName("general"), s.c.Queue)
	}
}

func TestAFlowThatIsConfiguredNowhereIsReplaced(t *testing.T) {
	s := newScene(t, flowIn(t, "sales", fullPolicy, testWorld), "web")
	s.take(word(aCustomer, "hello"))
	s.flow = testFlow(t, fullPolicy)
	d := s.take(unconfigured(orchestrator.Missing{Flow: "sales"}))
	same(t, "steps", []string{"unconfigured"}, steps(d))
	same(t, "flow", "default", s.c.Flow)
	rejected(t, s, unconfigured(orchestrator.Missing{Flow: "sales"}), orchestrator.CodeStateConflict,
		"nothing can be done: flow sales not configured")
}

func TestACustomerOfADeskThatIsGoneIsMovedNowhere(t *testing.T) {
	s := bring(t, testFlow(t, relayPolicy), "relay", queued, "")
	s.flow = flowIn(t, "default", fullPolicy, worldWithout("", "relay"))
	rejected(t, s, unconfigured(orchestrator.Missing{Desk: "relay"}), orchestrator.CodeStateConflict,
		"nothing can be done: desk relay not configured")
}

func TestWhoComesBackAfterTheQueueIsGoneWaitsInTheFlowsOwn(t *testing.T) {
	s := newScene(t, testFlow(t, fullPolicy), "web")
	s.take(orchestrator.Event{Type: handoffRequested, Actor: aBot, Request: &orchestrator.Request{Queue: "billing"}})
	s.take(event(accepted, anAgent("anna")))
	s.flow = flowIn(t, "default", fullPolicy, worldWithout("billing", ""))
	s.take(about(orchestrator.EventAgentGone, aDesk("house"), "anna"))
	same(t, "queue", orchestrator.QueueName("general"), s.c.Queue)
}

func TestASupervisorPutsAWaitingChatIntoAnotherQueue(t *testing.T) {
	for name, c := range map[string]struct {
		to   orchestrator.Target
		want place
	}{
		"a queue":                    {orchestrator.Target{Queue: "backup"}, place{"house", "backup"}},
		"a queue with its desk":      {orchestrator.Target{Queue: "chat", Desk: "vendor"}, place{"vendor", "chat"}},
		"the only queue of a desk":   {orchestrator.Target{Desk: "vendor"}, place{"vendor", "chat"}},
		"the flow's queue at a desk": {orchestrator.Target{Desk: "house"}, place{"house", "general"}},
	} {
		for _, state := range []orchestrator.State{queued, offered} {
			s := bring(t, testFlow(t, fullPolicy), "web", state, "")
			since := s.c.WaitingFrom
			ev := event(requeued, aSupervisor)
			ev.Target = &c.to
			s.take(ev)
			same(t, name, string(c.want.desk+"/")+string(c.want.queue), string(s.c.Desk+"/")+string(s.c.Queue))
			same(t, "state", queued, s.c.State)
			same(t, "place by first wait", since, s.c.WaitingFrom)
			s.replay()
		}
	}
	s := bring(t, testFlow(t, fullPolicy), "web", queued, "")
	ev := event(requeued, aDesk("house"))
	ev.Desk = "house"
	rejected(t, s, ev, orchestrator.CodeStateConflict, "it waits already")
	for field, to := range map[orchestrator.Field]orchestrator.Target{
		orchestrator.FieldDesk: {Queue: "chat", Desk: "house"}, orchestrator.FieldQueue: {Queue: "odd"},
	} {
		ev := event(requeued, aSupervisor)
		ev.Target = &to
		wrong, ok := s.try(ev).(*orchestrator.InputError)
		if !ok || len(wrong.Fields) != 1 || wrong.Fields[0].Field != field {
			t.Errorf("%+v: %v", to, wrong)
		}
	}
}

func TestChatsOfAnAgentWhoIsNotConfiguredAnyMoreGoOn(t *testing.T) {
	world := testWorld
	world.Agents = map[orchestrator.AgentID]orchestrator.Agent{"sue": {ID: "sue", Name: "Sue"}}
	for state, want := range map[orchestrator.State]orchestrator.State{
		offered: queued, agent: queued, transferring: queued, wrapUp: completed,
	} {
		s := bring(t, testFlow(t, fullPolicy), "web", state, "")
		s.flow = flowIn(t, "default", fullPolicy, world)
		gone := "anna" // who serves; in the other case, at whom it rings
		if state == offered {
			gone = string(s.c.Offer.Agent.ID)
		}
		s.take(about(orchestrator.EventAgentGone, aDesk("house"), gone))
		same(t, "from "+string(state), want, s.c.State)
	}
	s := bring(t, testFlow(t, fullPolicy), "web", agent, "")
	s.flow = flowIn(t, "default", fullPolicy, world)
	if err := s.try(about(transferRequested, anAgent("anna"), "ben")); err == nil {
		t.Error("a chat is sent to a person whom nobody has configured")
	}
}
