package house

import (
	"errors"
	"testing"
	"time"

	"handoff/orchestrator"
)

func TestConversationThatCannotBeDecidedOnKeepsNoOtherFromBeingOffered(t *testing.T) {
	f := stillFloor(t)
	f.ledger.Gate(func(ev *orchestrator.Event) error {
		if ev.Conversation == "c-bad" {
			return errors.New("its record cannot be read")
		}
		return nil
	})
	f.present(anna, 1)
	f.present(bob, 1)
	f.begin("c-bad")
	f.clock.Advance(time.Second)
	f.begin("c-good")
	f.ledger.Settle(t)
	for range 2 {
		if _, err := f.desk.Tidy(t.Context(), f.desk.now()); err == nil {
			t.Error("tidying claims success")
		}
	}
	f.offered("c-good")
}

func TestEngineThatAnswersNothingGetsFewSeatsTaken(t *testing.T) {
	f := stillFloor(t)
	f.present(anna, 1)
	f.present(bob, 1)
	f.present(carol, 1)
	for _, more := range []string{"dan", "eve", "fay"} {
		f.present(orchestrator.Agent{ID: orchestrator.AgentID(more)}, 1)
	}
	for i := range 6 {
		f.begin(numbered("c", i))
	}
	f.ledger.Settle(t)
	f.ledger.Gate(func(*orchestrator.Event) error { return errors.New("the store is away") })
	for range 3 {
		if _, err := f.desk.Tidy(t.Context(), f.desk.now()); err == nil {
			t.Fatal("tidying claims success although nothing could be told")
		}
	}
	if n := len(f.seats()); n > maxUntold {
		t.Errorf("%d seats are taken, want at most %d", n, maxUntold)
	}
	f.ledger.Gate(nil)
	f.tidy()
	for i := range 6 {
		f.offered(numbered("c", i))
	}
}

func TestVanishedPersonsOtherChatsGoBackBesideOneThatCannotBeDecidedOn(t *testing.T) {
	f := stillFloor(t)
	f.present(anna, 3)
	ids := []orchestrator.ConversationID{"c-0", "c-1", "c-2"}
	for _, id := range ids {
		f.begin(id)
		f.ledger.Settle(t)
		f.tidy()
		f.do(orchestrator.EventAccepted, id, f.offered(id))
	}
	f.ledger.Gate(func(ev *orchestrator.Event) error {
		if ev.Conversation == "c-0" {
			return errors.New("its record cannot be read")
		}
		return nil
	})
	f.clock.Advance(DefaultGoneAfter + time.Second)
	if _, err := f.desk.Tidy(t.Context(), f.desk.now()); err == nil {
		t.Error("tidying claims success")
	}
	for _, id := range ids[1:] {
		f.ledger.AwaitState(f, id, orchestrator.StateQueued)
	}
}
