package house

import (
	"errors"
	"slices"
	"testing"
	"time"

	"handoff/orchestrator"
)

func TestOfferOfALostStoreIsToldAgainUnderTheSameId(t *testing.T) {
	f := newFloor(t)
	var ids []orchestrator.EventID
	lost := make(chan struct{}, 10)
	f.ledger.Gate(func(ev *orchestrator.Event) error {
		if ev.Type != orchestrator.EventOffered {
			return nil
		}
		ids = append(ids, ev.ID)
		if len(ids) < 3 {
			lost <- struct{}{}
			return errors.New("the store is away")
		}
		return nil
	})
	f.present(anna, 1)
	f.begin("c-1")
	<-lost
	if _, err := f.desk.Tidy(f.Context(), f.desk.now()); err == nil {
		t.Errorf("tidying claims success although the offer could not be told")
	}
	f.tidy()
	f.offered("c-1")
	if len(ids) != 3 || ids[0] != ids[1] || ids[1] != ids[2] {
		t.Errorf("ids of the tellings: %v, want one id three times", ids)
	}
}

func TestConversationOfADeadProcessRingsAgainWhenItsReservationRanOut(t *testing.T) {
	f := newFloor(t)
	// Another process reserved the seat and died before it could tell.
	f.begin("c-1")
	f.ledger.Settle(t)
	until := f.desk.now().Add(90 * time.Second)
	f.present(bob, 1, func(p *orchestrator.Presence) { p.Online = true; p.Queues = nil; p.Until = until.Add(time.Hour) })
	if err := f.roster.Reserve(t.Context(), orchestrator.Reservation{
		Conversation: "c-1", Agent: bob.ID, Until: until, FromLine: true,
	}, f.desk.now()); err != nil {
		t.Fatal(err)
	}
	f.present(anna, 1, func(p *orchestrator.Presence) { p.Until = until.Add(time.Hour) })
	f.clock.Advance(90*time.Second + time.Millisecond)
	f.tidy()
	if who := f.offered("c-1"); who.ID != anna.ID {
		t.Errorf("rings at %s, want anna", who.ID)
	}
}

func TestTidyCountsTheReservationsThatItTookBack(t *testing.T) {
	f := stillFloor(t)
	f.present(anna, 2, func(p *orchestrator.Presence) { p.Queues = nil }) // they ring at nobody again
	for i := range 2 {
		f.begin(numbered("c", i))
		f.ledger.Settle(t)
		if err := f.roster.Reserve(t.Context(), orchestrator.Reservation{
			Conversation: numbered("c", i), Agent: anna.ID, Until: f.desk.now(), FromLine: true,
		}, f.desk.now()); err != nil {
			t.Fatal(err)
		}
	}
	f.clock.Advance(time.Second)
	for _, want := range []int{2, 0} {
		if n := f.tidy(); n != want {
			t.Errorf("tidied %d, want %d", n, want)
		}
	}
	if n := f.view().Lines["billing"].Waiting; n != 2 {
		t.Errorf("%d wait, want both again", n)
	}
}

func TestRefusedOfferGivesOnlyItsOwnSeatBack(t *testing.T) {
	f := newFloor(t)
	// The ledger refuses the offer: meanwhile the conversation was taken directly by carol.
	f.begin("c-1")
	f.ledger.Settle(t)
	f.present(carol, 1, func(p *orchestrator.Presence) { p.Queues = nil })
	refused := make(chan struct{})
	f.ledger.Gate(func(ev *orchestrator.Event) error {
		if ev.Type != orchestrator.EventOffered {
			return nil
		}
		if err := f.roster.Take(f.Context(), "c-1", carol.ID, orchestrator.SeatOwner, f.desk.now()); err != nil {
			t.Error(err)
		}
		defer close(refused)
		return &orchestrator.Rejection{Code: orchestrator.CodeStateConflict, State: orchestrator.StateAgent}
	})
	f.present(anna, 1)
	<-refused
	f.ledger.Gate(nil)
	f.begin("c-2") // rings at anna only when her seat is free again
	f.offered("c-2")
	seats := f.seats()
	if !slices.ContainsFunc(seats, func(s orchestrator.Seat) bool {
		return s.Conversation == "c-1" && s.Agent == carol.ID && s.Kind == orchestrator.SeatOwner
	}) {
		t.Errorf("carol lost her seat to the refusal of another's offer: %v", seats)
	}
}

func TestDeclinedPersonIsNotAskedNextButTheOnlyPersonIsAskedAgain(t *testing.T) {
	f := newFloor(t)
	f.present(anna, 1)
	f.begin("c-1")
	if who := f.offered("c-1"); who.ID != anna.ID {
		t.Fatalf("rings at %s", who.ID)
	}
	f.do(orchestrator.EventDeclined, "c-1", anna)
	if who := f.offered("c-1"); who.ID != anna.ID {
		t.Fatalf("the only person there is %s, want anna again", who.ID)
	}
	f.present(bob, 1)
	f.do(orchestrator.EventDeclined, "c-1", anna)
	if who := f.offered("c-1"); who.ID != bob.ID {
		t.Errorf("rings at %s, want bob, who has not declined", who.ID)
	}
}

func TestExpiredOfferRingsAtTheNextPerson(t *testing.T) {
	f := newFloor(t)
	f.present(anna, 1)
	f.begin("c-1")
	f.offered("c-1")
	f.present(bob, 1)
	f.do(orchestrator.EventOfferExpired, "c-1", anna)
	if who := f.offered("c-1"); who.ID != bob.ID {
		t.Errorf("rings at %s, want bob", who.ID)
	}
	if n := len(f.seats()); n != 1 {
		t.Errorf("%d seats, want bob's only", n)
	}
}

func TestPreferredPersonGetsTheConversationBack(t *testing.T) {
	f := newFloor(t)
	f.present(anna, 1)
	f.clock.Advance(time.Second)
	f.present(bob, 1) // idle for less long than anna
	f.begin("c-1", func(w *orchestrator.Waiting) { w.Prefer = bob.ID })
	if who := f.offered("c-1"); who.ID != bob.ID {
		t.Errorf("rings at %s, want bob", who.ID)
	}
}

func TestPriorityComesBeforeFirstWait(t *testing.T) {
	f := newFloor(t)
	f.begin("early", func(w *orchestrator.Waiting) { w.Since = 1 })
	f.begin("late", func(w *orchestrator.Waiting) { w.Since = 2 })
	f.begin("urgent", func(w *orchestrator.Waiting) { w.Since, w.Priority = 3, 9 })
	f.ledger.Settle(t)
	f.present(anna, 3)
	for _, id := range []orchestrator.ConversationID{"urgent", "early", "late"} {
		who := f.offered(id)
		f.do(orchestrator.EventAccepted, id, who)
	}
}

func TestConversationBeyondTheFirstWindowIsFound(t *testing.T) {
	f := newFloor(t)
	for i := range firstWindow + 5 {
		f.begin(numbered("danish", i), func(w *orchestrator.Waiting) { w.Skills, w.Since = []string{"danish"}, 1 })
	}
	f.begin("plain", func(w *orchestrator.Waiting) { w.Since = 2 })
	f.ledger.Settle(t)
	f.present(anna, 1)
	f.offered("plain")
}
