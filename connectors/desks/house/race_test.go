package house

import (
	"sync"
	"testing"

	"handoff/connectors/desktest"
	"handoff/orchestrator"
)

// TestTwoProcessesShareOneFloor: both match the same hundred conversations to the same ten people at once, and every
// offer is accepted as soon as it rings, until nobody has room.
func TestTwoProcessesShareOneFloor(t *testing.T) {
	twoProcesses(t, desktest.NewRoster())
}

func twoProcesses(t *testing.T, roster orchestrator.Roster) {
	t.Helper()
	const chats, people, capacity = 100, 10, 3
	clock := orchestrator.NewStepClock(start)
	one, _ := openDesk(t, roster, clock)
	two, _ := openDesk(t, roster, clock)
	ledger := desktest.NewLedger(one, clock)
	for i := range chats {
		ledger.Begin(numbered("c", i), orchestrator.Waiting{Queue: "billing"})
	}
	ledger.Settle(t)
	run(t, one, ledger)
	run(t, two, ledger)
	var signIns sync.WaitGroup
	for i := range people {
		desk := []*Desk{one, two}[i%2]
		signIns.Go(func() {
			err := desk.Present(t.Context(), orchestrator.Presence{
				Agent:  orchestrator.Agent{ID: orchestrator.AgentID(numbered("agent", i))},
				Online: true, Queues: []orchestrator.QueueName{"billing"}, Capacity: capacity,
			})
			if err != nil {
				t.Errorf("present: %v", err)
			}
		})
	}
	signIns.Wait()
	holds := map[orchestrator.AgentID]int{}
	for range people * capacity {
		next := awaitRinging(t, ledger, chats)
		who := next.Offer.Agent
		ledger.Do(t, orchestrator.Event{Type: orchestrator.EventAccepted, Conversation: next.ID, Agent: &who})
		if holds[who.ID]++; holds[who.ID] > capacity {
			t.Errorf("%s serves %d, has room for %d", who.ID, holds[who.ID], capacity)
		}
	}
	ledger.Settle(t)
	for _, desk := range []*Desk{one, two} { // whatever they might still do
		if _, err := desk.Tidy(t.Context(), desk.now()); err != nil {
			t.Errorf("tidy: %v", err)
		}
	}
	rang := 0
	for i := range chats {
		switch n := len(ledger.Events(numbered("c", i), orchestrator.EventOffered)); n {
		case 0:
		case 1:
			rang++
		default:
			t.Errorf("%s rang %d times, want once", numbered("c", i), n)
		}
	}
	if rang != people*capacity {
		t.Errorf("%d conversations rang, want %d", rang, people*capacity)
	}
	view, err := one.Floor(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all, err := one.Seats(t.Context(), orchestrator.SeatFilter{})
	if err != nil {
		t.Fatal(err)
	}
	if n := view.Lines["billing"].Waiting + len(all); n != chats {
		t.Errorf("%d conversations wait or have a seat, want all %d", n, chats)
	}
	seats := map[orchestrator.AgentID]int{}
	for _, seat := range all {
		if seats[seat.Agent]++; seats[seat.Agent] > capacity || seat.Kind != orchestrator.SeatOwner {
			t.Errorf("%s has %d seats, the newest %s", seat.Agent, seats[seat.Agent], seat.Kind)
		}
	}
}

// awaitRinging waits until any of the conversations rings and answers it.
func awaitRinging(t *testing.T, ledger *desktest.Ledger, chats int) orchestrator.Conversation {
	t.Helper()
	var next orchestrator.Conversation
	ledger.Await(t, "a conversation rings", func() bool {
		for i := range chats {
			if next = ledger.Conversation(numbered("c", i)); next.State == orchestrator.StateOffered {
				return true
			}
		}
		return false
	})
	return next
}
