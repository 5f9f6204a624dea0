package desktest_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"handoff/connectors/desktest"
	"handoff/flows"
	"handoff/orchestrator"
)

// The ledger stands in for the engine. What it lets a desk report is held here against the product's own table and decisions.

// notReported are the events of the table that no desk reports, each with who causes it.
var notReported = map[orchestrator.EventType]string{
	orchestrator.EventHandoffRequested: "the bot, the customer or a person asks at our API",
	orchestrator.EventHandoffCancelled: "the bot or the customer asks at our API",
	orchestrator.EventOverflowed:       "the policy's chain of queues",
	orchestrator.EventAbandoned:        "the policy's last resort",
	orchestrator.EventCustomerDead:     "the sweep",
	orchestrator.EventIdleTimedOut:     "the sweep",
	orchestrator.EventWrapUpTimedOut:   "the sweep",
	orchestrator.EventResumed:          "the request's on_end",
	orchestrator.EventReopened:         "the person of the wrap-up, at our API",
}

// besideTheTable are facts that a desk reports and that the table has no row for: they are carried, or the policy chooses where
// they lead.
var besideTheTable = []orchestrator.EventType{
	orchestrator.EventStarted, orchestrator.EventMessage, orchestrator.EventTyping, orchestrator.EventPositionChanged,
	orchestrator.EventInvited, orchestrator.EventDeskFailed, orchestrator.EventAgentGone, orchestrator.EventRepaired,
	orchestrator.EventContextUpdated, orchestrator.EventCustomerSeen, orchestrator.EventNote,
}

// pair is the same conversation in the ledger and in the product's own decisions.
type pair struct {
	t      *testing.T
	ledger *desktest.Ledger
	flow   *flows.Flow
	c      *orchestrator.Conversation
	now    orchestrator.Moment
	events int
}

const pairID orchestrator.ConversationID = "c-1"

// silentDesk does nothing and takes everything.
type silentDesk struct{}

func (silentDesk) Name() orchestrator.ConnectorName { return "toy" }

func (silentDesk) Manifest() orchestrator.Manifest {
	return orchestrator.Manifest{Kind: "toy", Conference: true, TransferAgent: true}
}

func (silentDesk) Run(context.Context, orchestrator.Sink) error { return nil }

func (silentDesk) Open(_ context.Context, cmd *orchestrator.Command) (string, error) {
	return string(cmd.Conversation), nil
}

func (silentDesk) Send(context.Context, *orchestrator.Command) error { return nil }

func (silentDesk) End(context.Context, *orchestrator.Command) error { return nil }

const pairPolicy = `
desk: toy
queue: billing
on_desk_failed: bot
limits: {handoffs: 0, cool_down: 0s}
`

func newPair(t *testing.T) *pair {
	t.Helper()
	policy, err := flows.ParsePolicyYAML("flows.default", []byte(pairPolicy))
	if err != nil {
		t.Fatal(err)
	}
	flow, err := flows.New("default", policy, flows.World{
		Desks:  map[orchestrator.ConnectorName]orchestrator.Manifest{"toy": silentDesk{}.Manifest()},
		Bots:   map[orchestrator.ConnectorName]bool{"shop": true},
		Queues: map[orchestrator.QueueName]flows.QueueInfo{"billing": {Desk: "toy"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	clock := orchestrator.NewStepClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	return &pair{t: t, flow: flow, ledger: desktest.NewLedger(silentDesk{}, clock), now: orchestrator.MomentOf(clock.Now())}
}

// begins is a conversation on the bot's own channel, which waits for people of the desk.
func (p *pair) begins() {
	p.t.Helper()
	p.c = p.flow.Start(pairID, &orchestrator.Event{Bot: "shop", External: "x-1", Channel: "bot"}, p.now)
	p.decided(orchestrator.Event{Type: orchestrator.EventStarted, Actor: orchestrator.Actor{Role: orchestrator.ActorBot}})
	p.decided(orchestrator.Event{Type: orchestrator.EventHandoffRequested, Actor: orchestrator.Actor{Role: orchestrator.ActorBot}})
	p.ledger.Begin(pairID, orchestrator.Waiting{Queue: "billing"})
	p.ledger.Settle(p.t)
}

// beginsThere is a conversation on the desk's own channel, which the bot has.
func (p *pair) beginsThere() {
	p.t.Helper()
	began := orchestrator.Event{Bot: "shop", External: "x-1", Channel: "toy", Ref: "x-1"}
	p.c = p.flow.Start(pairID, &began, p.now)
	p.ledger.Expect(pairID)
	p.both(orchestrator.Event{
		Type: orchestrator.EventStarted, Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "x-1"},
		Customer: &orchestrator.Customer{ID: "x-1"},
	})
}

// decided is what the product decides; the state that follows, or the refusal.
func (p *pair) decided(ev orchestrator.Event) (orchestrator.State, error) {
	p.t.Helper()
	p.events++
	ev.ID = orchestrator.EventID(fmt.Sprint("e", p.events))
	ev.Conversation, ev.Bot, ev.External, ev.At = p.c.ID, p.c.Bot, p.c.External, p.now
	if p.c.Version == 0 {
		ev.Channel, ev.Ref = p.c.Channel, p.c.ChannelRef
	}
	d, err := p.flow.Decide(p.c, &ev, p.now)
	if err == nil && d.Refusal != nil {
		err = d.Refusal
	}
	if err == nil && d.Stored() {
		p.c = d.Next
	}
	return p.c.State, err
}

// both gives an event, as the desk reports it, to both, and fails the test where they differ.
func (p *pair) both(ev orchestrator.Event) {
	p.t.Helper()
	was := p.c.State
	want, refused := p.decided(ev)
	ev.ID, ev.Bot, ev.External, ev.Channel, ev.Ref = orchestrator.EventID(fmt.Sprint("e", p.events)), "shop", "x-1", "toy", "x-1"
	if p.c.Channel == "bot" {
		ev = orchestrator.Event{
			ID: ev.ID, Type: ev.Type, Conversation: pairID, Desk: ev.Desk, Agent: ev.Agent, Actor: ev.Actor, Message: ev.Message,
			Position: ev.Position, Target: ev.Target, Note: ev.Note,
		}
	}
	_, err := p.ledger.Receive(context.Background(), ev)
	p.ledger.Settle(p.t)
	have := p.ledger.Conversation(pairID).State
	switch {
	case (err == nil) != (refused == nil):
		p.t.Errorf("%s of %v in state %s: the product answers %v, the ledger %v", ev.Type, ev.Agent, was, refused, err)
	case have != want:
		p.t.Errorf("%s of %v in state %s: the product goes to %s, the ledger to %s", ev.Type, ev.Agent, was, want, have)
	}
}

var (
	anna  = orchestrator.Agent{ID: "anna"}
	bob   = orchestrator.Agent{ID: "bob"}
	carol = orchestrator.Agent{ID: "carol"}
)

// reported is an event as a desk tells it in a state.
func reported(on orchestrator.EventType, in orchestrator.State) orchestrator.Event {
	ev := orchestrator.Event{Type: on, Desk: "toy", Actor: orchestrator.Actor{Role: orchestrator.ActorDesk, ID: "toy"}}
	switch on { //nolint:exhaustive // the others name nobody
	case orchestrator.EventOffered, orchestrator.EventDeclined, orchestrator.EventOfferExpired, orchestrator.EventRepaired,
		orchestrator.EventAgentGone:
		ev.Agent = &anna
	case orchestrator.EventAccepted:
		ev.Agent = &anna
	case orchestrator.EventTransferRequested, orchestrator.EventTransferAccepted, orchestrator.EventTransferFailed,
		orchestrator.EventInvited, orchestrator.EventAgentJoined, orchestrator.EventAgentLeft:
		ev.Agent = &bob
	case orchestrator.EventMessage:
		ev.Actor = orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna"}
		if in == orchestrator.StateBot || in == orchestrator.StateQueued || in == orchestrator.StateOffered {
			ev.Actor = orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "x-1"}
		}
		ev.Message = &orchestrator.Message{ID: "m-1", Text: "hello"}
	case orchestrator.EventTyping, orchestrator.EventCustomerLeft, orchestrator.EventStarted, orchestrator.EventCustomerReturned:
		ev.Actor = orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "x-1"}
	case orchestrator.EventTransferredToQueue:
		ev.Target = &orchestrator.Target{Desk: "toy", Queue: "billing"}
	case orchestrator.EventNote:
		ev.Note = "a word shows nothing"
	case orchestrator.EventPositionChanged:
		ev.Position = 2
	}
	return ev
}

// waysTo lead to each state by what a desk reports.
var waysTo = map[orchestrator.State][]orchestrator.EventType{
	orchestrator.StateQueued:       {},
	orchestrator.StateOffered:      {orchestrator.EventOffered},
	orchestrator.StateAgent:        {orchestrator.EventAccepted},
	orchestrator.StateConference:   {orchestrator.EventAccepted, orchestrator.EventInvited, orchestrator.EventAgentJoined},
	orchestrator.StateTransferring: {orchestrator.EventAccepted, orchestrator.EventTransferRequested},
	orchestrator.StateWrapUp:       {orchestrator.EventAccepted, orchestrator.EventChatEnded},
	orchestrator.StateCompleted:    {orchestrator.EventAccepted, orchestrator.EventCompleted},
	orchestrator.StateAbandoned:    {orchestrator.EventCustomerLeft},
}

// pairIn is a pair in a state.
func pairIn(t *testing.T, state orchestrator.State) *pair {
	t.Helper()
	p := newPair(t)
	if state == orchestrator.StateBot {
		p.beginsThere()
		return p
	}
	p.begins()
	for _, on := range waysTo[state] {
		p.both(reported(on, p.c.State))
	}
	if p.c.State != state {
		t.Fatalf("the way to %s leads to %s", state, p.c.State)
	}
	return p
}

// TestTheLedgerTakesFromADeskWhatTheProductTakes: each event that a desk may report, in each state.
func TestTheLedgerTakesFromADeskWhatTheProductTakes(t *testing.T) {
	events := slices.Clone(besideTheTable)
	for _, row := range flows.Transitions() {
		if _, other := notReported[row.On]; !other && !slices.Contains(events, row.On) {
			events = append(events, row.On)
		}
	}
	for _, state := range orchestrator.States() {
		if state == orchestrator.StateExpired { // by the sweep alone
			continue
		}
		for _, on := range events {
			t.Run(string(state)+"/"+string(on), func(t *testing.T) {
				ev := reported(on, state)
				pairIn(t, state).both(ev)
				if ev.Agent != nil {
					for _, who := range []orchestrator.Agent{anna, bob, carol} {
						ev.Agent = &who
						pairIn(t, state).both(ev)
					}
				}
			})
		}
	}
}
