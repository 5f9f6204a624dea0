package orchestrator_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"handoff/flows"
	"handoff/orchestrator"
)

// installation is a rig whose processes are told what they have, and sweep.
type installation struct {
	*rig
	world flows.World
}

// node is a process that tells what it has, and sweeps.
type node struct {
	*process
	heartbeat *orchestrator.Heartbeat
	reaper    *orchestrator.Reaper
}

func newInstallation(t *testing.T) *installation {
	r := newRig(t)
	r.desk.ours = true
	return &installation{rig: r, world: flows.World{
		Desks: map[orchestrator.ConnectorName]orchestrator.Manifest{
			"desk": r.desk.Manifest(), "vendor": {Kind: "vendor", Accept: true, TransferQueue: true},
		},
		Bots: map[orchestrator.ConnectorName]bool{"shop": true},
		Queues: map[orchestrator.QueueName]flows.QueueInfo{
			"general": {Desk: "desk"}, "billing": {Desk: "desk"}, "chat": {Desk: "vendor"},
		},
		Agents: map[orchestrator.AgentID]orchestrator.Agent{"anna": {ID: "anna", Name: "Anna"}},
	}}
}

// remove is a configuration without something.
type remove struct {
	queue  orchestrator.QueueName
	desk   orchestrator.ConnectorName
	flow   string
	bot    bool
	silent bool // the process is of a version that does not tell what it has
}

func (in *installation) node(id orchestrator.NodeID, less remove) *node {
	in.t.Helper()
	w := in.world
	w.Queues, w.Desks = maps.Clone(w.Queues), maps.Clone(w.Desks)
	delete(w.Queues, less.queue)
	delete(w.Desks, less.desk)
	maps.DeleteFunc(w.Queues, func(_ orchestrator.QueueName, q flows.QueueInfo) bool { return q.Desk == less.desk })
	has := &orchestrator.Configured{Bots: []orchestrator.ConnectorName{"shop"}}
	all := map[string]orchestrator.Flow{}
	for _, name := range []string{"default", "sales"} {
		if name == less.flow {
			continue
		}
		policy, err := flows.ParsePolicyYAML("flows."+name, []byte(testPolicy))
		if err != nil {
			in.t.Fatal(err)
		}
		flow, err := flows.New(name, policy, w)
		if err != nil {
			in.t.Fatal(err)
		}
		all[name], has.Flows = flow, append(has.Flows, name)
	}
	for name := range w.Queues {
		has.Queues = append(has.Queues, name)
	}
	desks := map[orchestrator.ConnectorName]orchestrator.Desk{}
	for name := range w.Desks {
		desks[name], has.Desks = in.desk, append(has.Desks, name)
	}
	if less.bot {
		has.Bots = nil
	}
	if less.silent {
		has = nil
	}
	botFlow := "sales"
	if less.flow == "sales" {
		botFlow = "default"
	}
	engine := orchestrator.NewEngine(orchestrator.Options{
		Store: in.store, Flows: all, BotFlow: map[orchestrator.ConnectorName]string{"shop": botFlow},
		Bots: map[orchestrator.ConnectorName]orchestrator.Bot{"shop": in.bot}, Desks: desks,
		Hub: orchestrator.NewHub(in.store), Clock: in.clock, Log: logTo(in.t), Node: id, Configured: has,
	})
	return &node{&process{Engine: engine}, orchestrator.NewHeartbeat(engine), orchestrator.NewReaper(engine, nil, time.Hour)}
}

// pass lets time go by, with a heartbeat and a sweep of each process every second.
func (in *installation) pass(d time.Duration, nodes ...*node) {
	in.t.Helper()
	for range int(d / time.Second) {
		in.clock.Advance(time.Second)
		for _, n := range nodes {
			n.heartbeat.Beat(in.t.Context())
			if _, err := n.reaper.Sweep(in.t.Context()); err != nil {
				in.t.Fatal(err)
			}
		}
	}
}

// leave stops a process in good order.
func (in *installation) leave(id orchestrator.NodeID) {
	in.t.Helper()
	if err := in.store.Leave(in.t.Context(), id); err != nil {
		in.t.Fatal(err)
	}
}

func (in *installation) waits(n *node, external string, queue orchestrator.QueueName) orchestrator.ConversationID {
	in.t.Helper()
	return in.take(n.process, orchestrator.Event{
		ID: "ask-" + orchestrator.EventID(external), Type: orchestrator.EventHandoffRequested, Bot: "shop", External: external,
		Channel: orchestrator.ChannelWeb, Actor: orchestrator.Actor{Role: orchestrator.ActorBot},
		Request: &orchestrator.Request{Priority: 5, Queue: queue},
	}).Conversation.ID
}

func (in *installation) stands(id orchestrator.ConversationID) *orchestrator.Conversation {
	in.t.Helper()
	c, err := in.store.Load(in.t.Context(), id)
	if err != nil {
		in.t.Fatal(err)
	}
	return c
}

func TestChatInAQueueThatTheNextStartDoesNotHaveMovesWithinTenSeconds(t *testing.T) {
	in := newInstallation(t)
	before := in.node("one", remove{})
	in.pass(2*time.Second, before)
	id := in.waits(before, "c-1", "billing")
	in.leave("one")
	after := in.node("two", remove{queue: "billing"})
	in.pass(10*time.Second, after)
	if c := in.stands(id); c.Queue != "general" || c.State != orchestrator.StateQueued {
		t.Errorf("it stands in %s of state %s", c.Queue, c.State)
	}
	if living := after.reaper.Living(); len(living.Unconfigured) != 0 {
		t.Errorf("it is listed although it was moved: %+v", living.Unconfigured)
	}
	entries, err := in.store.Timeline(t.Context(), id, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, e := range entries {
		if e.Event.Type == orchestrator.EventUnconfigured {
			told++
			if e.Event.Reason != "queue billing not configured" {
				t.Errorf("the timeline says %q", e.Event.Reason)
			}
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}

func TestDuringARollingChangeAChatStaysWhereSomeProcessServes(t *testing.T) {
	in := newInstallation(t)
	before, after := in.node("one", remove{}), in.node("two", remove{queue: "billing", desk: "vendor", flow: "sales"})
	in.pass(2*time.Second, before, after)
	id, there := in.waits(before, "c-1", "billing"), in.waits(before, "c-2", "chat")
	in.pass(2*time.Minute, before, after)
	if c := in.stands(id); c.Queue != "billing" || c.Flow != "sales" {
		t.Fatalf("it was moved to %s of flow %s while a process had its queue", c.Queue, c.Flow)
	}
	if c := in.stands(there); c.Desk != "vendor" {
		t.Fatalf("it was moved to %s while a process had its desk", c.Desk)
	}
	in.leave("one")
	in.pass(10*time.Second, after)
	for _, id := range []orchestrator.ConversationID{id, there} {
		if c := in.stands(id); c.Queue != "general" || c.Desk != "desk" || c.Flow != "default" {
			t.Errorf("it stands in queue %s at desk %s under flow %s", c.Queue, c.Desk, c.Flow)
		}
	}
	for flow, want := range map[string]int64{"default": 2, "sales": 0} {
		counts, err := in.store.Standing(t.Context(), flow)
		if err != nil || counts[orchestrator.StateQueued] != want {
			t.Errorf("flow %s counts %v, %v", flow, counts, err)
		}
	}
}

func TestAProcessThatDoesNotTellWhatItHasKeepsEverythingInPlace(t *testing.T) {
	in := newInstallation(t)
	before, after := in.node("old", remove{silent: true}), in.node("two", remove{queue: "billing"})
	id := in.waits(before, "c-1", "billing")
	in.pass(2*time.Minute, before, after)
	if c := in.stands(id); c.Queue != "billing" {
		t.Errorf("it was moved to %s", c.Queue)
	}
}

func TestPeopleAtADeskThatIsGoneForAMomentKeepTheirChats(t *testing.T) {
	in := newInstallation(t)
	before := in.node("one", remove{})
	in.pass(2*time.Second, before)
	id := in.waits(before, "c-1", "chat")
	in.take(before.process, orchestrator.Event{
		ID: "accept", Type: orchestrator.EventAccepted, Conversation: id, Desk: "vendor",
		Agent: &orchestrator.Agent{ID: "zoe"}, Actor: orchestrator.Actor{Role: orchestrator.ActorDesk, ID: "vendor"},
	})
	in.leave("one")
	after := in.node("two", remove{desk: "vendor"})
	in.pass(50*time.Second, after)
	if c := in.stands(id); c.State != orchestrator.StateAgent {
		t.Fatalf("after 50 s it is in state %s", c.State)
	}
	in.pass(80*time.Second, after)
	if c := in.stands(id); c.State != orchestrator.StateQueued || c.Queue != "general" {
		t.Errorf("it stands in %s of state %s", c.Queue, c.State)
	}
}

func TestWhatCannotBeMovedIsListedUntilItIsConfiguredAgain(t *testing.T) {
	in := newInstallation(t)
	before := in.node("one", remove{})
	in.pass(2*time.Second, before)
	id := in.take(before.process, orchestrator.Event{
		ID: "word", Type: orchestrator.EventMessage, Bot: "shop", External: "c-1", Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer},
		Message: &orchestrator.Message{ID: "m", Text: "hello"},
	}).Conversation.ID
	in.leave("one")
	after := in.node("two", remove{bot: true})
	in.pass(70*time.Second, after)
	want := orchestrator.Unconfigured{ID: id, State: orchestrator.StateBot, Missing: orchestrator.Missing{Bot: "shop"}}
	if living := after.reaper.Living(); len(living.Unconfigured) != 1 || living.Unconfigured[0] != want {
		t.Fatalf("listed is %+v", living.Unconfigured)
	}
	again := in.node("three", remove{})
	in.pass(3*time.Second, after, again)
	if living := after.reaper.Living(); len(living.Unconfigured) != 0 {
		t.Errorf("listed is still %+v", living.Unconfigured)
	}
}

func TestCustomerOfABotThatIsConfiguredNowhereGetsAPerson(t *testing.T) {
	in := newInstallation(t)
	before := in.node("one", remove{})
	in.pass(2*time.Second, before)
	id := in.take(before.process, orchestrator.Event{
		ID: "start", Type: orchestrator.EventStarted, Bot: "shop", External: "c-1", Channel: orchestrator.ChannelWeb,
		Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u-1"},
	}).Conversation.ID
	in.leave("one")
	after := in.node("two", remove{bot: true})
	in.pass(50*time.Second, after)
	if c := in.stands(id); c.State != orchestrator.StateBot {
		t.Fatalf("after 50 s it is in state %s", c.State)
	}
	in.pass(30*time.Second, after)
	c := in.stands(id)
	if c.State != orchestrator.StateQueued || c.Queue != "general" {
		t.Errorf("it stands in %q of state %s", c.Queue, c.State)
	}
	version := c.Version
	in.pass(65*time.Second, after)
	if c := in.stands(id); c.Version != version {
		t.Errorf("it goes on being told: version %d after %d", c.Version, version)
	}
}

func TestOneRecordThatCannotBeReadStopsNoSweep(t *testing.T) {
	in := newInstallation(t)
	n := in.node("one", remove{})
	in.pass(2*time.Second, n)
	odd, fine := in.waits(n, "c-1", "general"), in.waits(n, "c-2", "general")
	n.Engine = orchestrator.NewEngine(orchestrator.Options{
		Store: &unreadableStore{in.store, odd}, Flows: map[string]orchestrator.Flow{"default": in.flow},
		BotFlow: map[orchestrator.ConnectorName]string{"shop": "default"}, Clock: in.clock, Log: logTo(t), Node: "two",
		Desks: map[orchestrator.ConnectorName]orchestrator.Desk{"desk": in.desk}, Hub: orchestrator.NewHub(in.store),
	})
	reaper := orchestrator.NewReaper(n.Engine, nil, time.Hour)
	in.clock.Advance(10 * time.Minute)
	for range 3 {
		sweep, err := reaper.Sweep(t.Context())
		if err != nil || sweep.Failed != 0 {
			t.Fatalf("the sweep failed for %d: %v", sweep.Failed, err)
		}
	}
	if c := in.stands(fine); c.State.Waiting() {
		t.Errorf("the other one is still in state %s", c.State)
	}
	living := reaper.Living()
	if len(living.Unreadable) != 1 || living.Unreadable[0].ID != odd {
		t.Errorf("listed is %+v", living.Unreadable)
	}
}

// unreadableStore has a record of another version.
type unreadableStore struct {
	orchestrator.Store
	odd orchestrator.ConversationID
}

func (s *unreadableStore) Load(ctx context.Context, id orchestrator.ConversationID) (*orchestrator.Conversation, error) {
	if id == s.odd {
		return nil, &orchestrator.UnreadableRecord{ID: id, Err: errors.New("form 9")}
	}
	return s.Store.Load(ctx, id)
}

func (s *unreadableStore) Walk(ctx context.Context, partition int, cursor string, limit int) (orchestrator.Walked, error) {
	walked, err := s.Store.Walk(ctx, partition, cursor, limit)
	walked.Live = slices.DeleteFunc(walked.Live, func(c *orchestrator.Conversation) bool {
		if c.ID == s.odd {
			walked.Unreadable = append(walked.Unreadable, &orchestrator.UnreadableRecord{ID: c.ID, Err: errors.New("form 9")})
		}
		return c.ID == s.odd
	})
	return walked, err
}
