package house

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"handoff/connectors/desktest"
	"handoff/connectors/internal/testlog"
	"handoff/orchestrator"
)

var (
	anna  = orchestrator.Agent{ID: "anna", Name: "Anna"}
	bob   = orchestrator.Agent{ID: "bob", Name: "Bob"}
	carol = orchestrator.Agent{ID: "carol", Name: "Carol"}
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// openDesk makes a desk on a roster.
func openDesk(t desktest.TB, roster orchestrator.Roster, clock orchestrator.Clock) (*Desk, *testlog.Buffer) {
	t.Helper()
	log := &testlog.Buffer{}
	desk, err := Config{Name: "house"}.Open(roster, clock, slog.New(slog.NewJSONHandler(log, nil)))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return desk, log
}

// subject is a house desk for the conformance suite, on any roster.
func subject(open func(t desktest.TB) (orchestrator.Roster, func())) desktest.Open {
	return func(t desktest.TB) *desktest.Subject {
		clock := orchestrator.NewStepClock(start)
		roster, done := open(t)
		desk, log := openDesk(t, roster, clock)
		const capacity = 2
		noVendor := "there is no vendor whose moods could be played"
		feed := "people read and write through our own API and feed"
		return &desktest.Subject{
			Desk: desk, Clock: clock, Queue: "billing", People: []orchestrator.Agent{anna, bob, carol}, Capacity: capacity,
			Logged: log.String, Close: done,
			Script: desktest.Script{
				SignIn: func(t desktest.TB, who orchestrator.Agent) {
					p := orchestrator.Presence{
						Agent: who, Online: true, Queues: []orchestrator.QueueName{"billing"}, Capacity: capacity,
					}
					if err := desk.Present(context.Background(), p); err != nil {
						t.Fatalf("sign in: %v", err)
					}
				},
				SignOff: func(t desktest.TB, who orchestrator.Agent) {
					if err := desk.Absent(context.Background(), who.ID, ""); err != nil {
						t.Fatalf("sign off: %v", err)
					}
				},
			},
			Missing: map[desktest.Item]string{
				desktest.ItemAccepts: feed, desktest.ItemAgentSays: feed, desktest.ItemAgentTypes: feed,
				desktest.ItemAgentLeaves: feed, desktest.ItemSeen: feed, desktest.ItemSeenTyping: feed,
				desktest.ItemTransfers: feed, desktest.ItemTransfersQueue: feed, desktest.ItemDeclines: feed, desktest.ItemInvites: feed,
				desktest.ItemCompletes: feed, desktest.ItemChat: feed,
				desktest.ItemStatus: noVendor, desktest.ItemLoseAnswer: noVendor, desktest.ItemHang: noVendor,
				desktest.ItemDuplicate: noVendor, desktest.ItemReorder: noVendor, desktest.ItemUnknown: noVendor,
				desktest.ItemLoseSession: noVendor, desktest.ItemKillSession: noVendor, desktest.ItemLosePoll: noVendor,
				desktest.ItemUnheard: noVendor, desktest.ItemRefuseOne: noVendor, desktest.ItemLoseOne: noVendor, desktest.ItemRefuse: noVendor,
			},
		}
	}
}

func TestHouseIsADesk(t *testing.T) {
	desktest.Run(t, subject(func(desktest.TB) (orchestrator.Roster, func()) { return desktest.NewRoster(), nil }))
}

// floor is a house desk at work, for this folder's own tests.
type floor struct {
	*testing.T
	desk   *Desk
	ledger *desktest.Ledger
	roster orchestrator.Roster
	clock  *orchestrator.StepClock
}

// newFloor opens a desk on a fresh roster and runs it until the test ends.
func newFloor(t *testing.T) *floor {
	t.Helper()
	f := stillFloor(t)
	run(t, f.desk, f.ledger)
	return f
}

// stillFloor is a desk that has an engine but does nothing by itself: the test calls tidy.
func stillFloor(t *testing.T) *floor {
	t.Helper()
	clock := orchestrator.NewStepClock(start)
	f := &floor{T: t, roster: desktest.NewRoster(), clock: clock}
	f.desk, _ = openDesk(t, f.roster, clock)
	f.ledger = desktest.NewLedger(f.desk, clock)
	f.desk.setSink(f.ledger)
	return f
}

// run works a desk until the test ends.
func run(t *testing.T, desk *Desk, sink orchestrator.Sink) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := desk.Run(ctx, sink); err != nil {
			t.Errorf("run: %v", err)
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
}

func (f *floor) present(who orchestrator.Agent, capacity int, more ...func(*orchestrator.Presence)) {
	f.Helper()
	p := orchestrator.Presence{Agent: who, Online: true, Queues: []orchestrator.QueueName{"billing"}, Capacity: capacity}
	for _, m := range more {
		m(&p)
	}
	if err := f.desk.Present(f.Context(), p); err != nil {
		f.Fatalf("present: %v", err)
	}
}

func (f *floor) begin(id orchestrator.ConversationID, more ...func(*orchestrator.Waiting)) {
	w := orchestrator.Waiting{Queue: "billing"}
	for _, m := range more {
		m(&w)
	}
	f.ledger.Begin(id, w)
}

// offered waits until the conversation rings and answers at whom.
func (f *floor) offered(id orchestrator.ConversationID) orchestrator.Agent {
	f.Helper()
	return f.ledger.AwaitState(f, id, orchestrator.StateOffered).Offer.Agent
}

func (f *floor) do(of orchestrator.EventType, id orchestrator.ConversationID, who orchestrator.Agent) {
	f.Helper()
	f.ledger.Do(f, orchestrator.Event{Type: of, Conversation: id, Agent: &who})
	f.ledger.Settle(f)
}

// tidy is one beat of the desk, now.
func (f *floor) tidy() int {
	f.Helper()
	n, err := f.desk.Tidy(f.Context(), f.desk.now())
	if err != nil {
		f.Fatalf("tidy: %v", err)
	}
	f.ledger.Settle(f)
	return n
}

// view reads the floor.
func (f *floor) view() *orchestrator.Floor {
	f.Helper()
	view, err := f.desk.Floor(f.Context())
	if err != nil {
		f.Fatalf("floor: %v", err)
	}
	return view
}

// seats reads all seats.
func (f *floor) seats() []orchestrator.Seat {
	f.Helper()
	seats, err := f.desk.Seats(f.Context(), orchestrator.SeatFilter{})
	if err != nil {
		f.Fatalf("seats: %v", err)
	}
	return seats
}
