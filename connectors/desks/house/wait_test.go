package house

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/desktest"
	"handoff/orchestrator"
)

func TestExpectedWaitFollowsSeatsAndHandleTime(t *testing.T) {
	two := func(p *orchestrator.Presence) { p.Capacity = 2 }
	busy := []orchestrator.Seat{
		{Agent: "anna", Conversation: "x1", Kind: orchestrator.SeatOwner},
		{Agent: "anna", Conversation: "x2", Kind: orchestrator.SeatWrapUp},
		{Agent: "bob", Conversation: "x3", Kind: orchestrator.SeatOwner},
		{Agent: "bob", Conversation: "x4", Kind: orchestrator.SeatGuest},
	}
	both := []orchestrator.Presence{there1("anna", two), there1("bob", two)}
	for name, row := range map[string]struct {
		agents []orchestrator.Presence
		seats  []orchestrator.Seat
		handle int64
		place  int
		want   int64
	}{
		"nobody serves the queue":          {nil, nil, 60_000, 1, 0},
		"no chat was finished yet":         {both, busy, 0, 1, 0},
		"four seats, all taken, next":      {both, busy, 60_000, 1, 15_000},
		"four seats, all taken, third":     {both, busy, 60_000, 3, 45_000},
		"one of four seats is free, third": {both, busy[1:], 60_000, 3, 30_000},
		"a free seat":                      {both, busy[1:], 60_000, 1, soonMS},
	} {
		t.Run(name, func(t *testing.T) {
			f := floorOf(row.agents, row.seats)
			f.Lines["billing"] = orchestrator.Line{HandleMS: row.handle}
			if have := expectedWait(f, "billing", nil, row.place, noon); have != row.want {
				t.Errorf("%d ms, want %d", have, row.want)
			}
		})
	}
}

func TestLookCountsWhoCouldTakeIt(t *testing.T) {
	f := newFloor(t)
	danish := func(p *orchestrator.Presence) { p.Skills = []string{"danish"} }
	f.present(anna, 1, danish)
	f.begin("c-1")
	f.do(orchestrator.EventAccepted, "c-1", f.offered("c-1"))
	f.present(bob, 1, danish)
	f.present(carol, 1)
	have, err := f.desk.Look(t.Context(), "billing", []string{"danish"})
	if err != nil {
		t.Fatal(err)
	}
	want := orchestrator.Looked{Known: true, Online: 2, Ready: 1, WaitMS: soonMS}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("looked (-want +have):\n%s", diff)
	}
	if have, err = f.desk.Look(t.Context(), "sales", nil); err != nil || have != (orchestrator.Looked{Known: true}) {
		t.Errorf("nobody serves sales: %+v, %v", have, err)
	}
}

func TestPositionIsThatOfTheLineOrNotWaiting(t *testing.T) {
	f := newFloor(t)
	f.begin("c-1", func(w *orchestrator.Waiting) { w.Since = 1 })
	f.begin("c-2", func(w *orchestrator.Waiting) { w.Since = 2 })
	f.ledger.Settle(t)
	if position, _, err := f.desk.Position(t.Context(), "c-2"); position != 2 || err != nil {
		t.Errorf("position %d, %v, want 2", position, err)
	}
	if _, _, err := f.desk.Position(t.Context(), "c-3"); !errors.Is(err, orchestrator.ErrNotWaiting) {
		t.Errorf("a stranger's position: %v", err)
	}
}

func TestWaitingHearOfTheirPlaceWhenItChangesAtMostEveryTenSeconds(t *testing.T) {
	f := newFloor(t)
	for i := range 3 {
		f.begin(numbered("c", i), func(w *orchestrator.Waiting) { w.Since = orchestrator.Moment(i + 1) })
	}
	f.ledger.Settle(t)
	leave := func(id orchestrator.ConversationID) {
		f.ledger.Do(t, orchestrator.Event{Type: orchestrator.EventCustomerLeft, Conversation: id})
		f.ledger.Settle(t)
	}
	last := numbered("c", 2)
	places := func() []int {
		var places []int
		for _, ev := range f.ledger.Events(last, orchestrator.EventPositionChanged) {
			places = append(places, ev.Position)
		}
		return places
	}
	f.tidy() // first seen at 3: the answer to the request said so
	leave(numbered("c", 0))
	f.tidy() // still in the same ten seconds
	if have := places(); len(have) != 0 {
		t.Fatalf("told %v within the first ten seconds", have)
	}
	f.clock.Advance(announceEvery)
	f.tidy()
	f.clock.Advance(announceEvery)
	f.tidy() // nothing changed
	leave(numbered("c", 1))
	f.clock.Advance(announceEvery)
	f.tidy()
	if diff := cmp.Diff([]int{2, 1}, places()); diff != "" {
		t.Errorf("places told (-want +have):\n%s", diff)
	}
}

// TestRunLooksAfterEverythingByItself: nobody calls Tidy, time alone passes.
func TestRunLooksAfterEverythingByItself(t *testing.T) {
	f := newFloor(t)
	f.begin("c-1")
	for _, who := range []orchestrator.Agent{anna, bob} {
		f.present(who, 1)
		if have := f.offered("c-1"); have.ID != who.ID {
			t.Fatalf("rings at %s, want %s", have.ID, who.ID)
		}
		f.clock.Advance(DefaultGoneAfter)
		f.ledger.AwaitState(t, "c-1", orchestrator.StateQueued)
	}
}

func TestTransferTellsAbsentFromBusy(t *testing.T) {
	f := newFloor(t)
	f.present(bob, 0)
	for who, code := range map[orchestrator.AgentID]string{bob.ID: codeNoSeat, carol.ID: codeAway} {
		cmd := &orchestrator.Command{
			Type: orchestrator.CommandTransfer, Conversation: "c-1", Agent: &orchestrator.Agent{ID: who},
		}
		var ce *orchestrator.ConnectorError
		if err := f.desk.Transfer(t.Context(), cmd); !errors.As(err, &ce) || ce.Code != code ||
			ce.Outcome != orchestrator.OutcomePermanent {
			t.Errorf("%s: %v, want permanent %s", who, err, code)
		}
		if err := f.desk.Invite(t.Context(), cmd); !errors.As(err, &ce) || ce.Code != code {
			t.Errorf("inviting %s: %v, want %s", who, err, code)
		}
	}
}

func TestLateEndDoesNotMakeASeat(t *testing.T) {
	f := newFloor(t)
	f.present(anna, 1)
	cmd := &orchestrator.Command{Type: orchestrator.CommandEnd, Conversation: "gone", Agent: &anna, KeepSeat: true}
	if err := f.desk.End(t.Context(), cmd); err != nil {
		t.Fatal(err)
	}
	if n := len(f.seats()); n != 0 {
		t.Errorf("%d seats, want none", n)
	}
}

func TestIncompleteCommandsAreRefusedForGood(t *testing.T) {
	f := newFloor(t)
	for _, of := range []orchestrator.CommandType{
		orchestrator.CommandOpen, orchestrator.CommandAccept, orchestrator.CommandTransfer, orchestrator.CommandInvite,
		orchestrator.CommandLeave,
	} {
		_, err := desktest.Call(t.Context(), f.desk, &orchestrator.Command{Type: of, Conversation: "c-1"})
		if err == nil || orchestrator.OutcomeOf(err) != orchestrator.OutcomePermanent {
			t.Errorf("%s: %v, want a permanent error", of, err)
		}
	}
}

func TestConfigNamesWhatIsWrong(t *testing.T) {
	for key, c := range map[string]Config{
		"name":               {Name: "Haus Nr. 1"},
		"offer_for":          {Name: "house", OfferFor: time.Second},
		"transfer_for":       {Name: "house", TransferFor: time.Hour},
		"reservation_margin": {Name: "house", ReservationMargin: -1},
		"gone_after":         {Name: "house", GoneAfter: time.Millisecond},
	} {
		if err := c.Validate(); err == nil || !strings.HasPrefix(err.Error(), key+":") {
			t.Errorf("%s: %v", key, err)
		}
		if _, err := c.Open(desktest.NewRoster(), orchestrator.SystemClock{}, slog.Default()); err == nil {
			t.Errorf("%s: opens all the same", key)
		}
	}
	if err := (Config{Name: "house"}).Validate(); err != nil {
		t.Errorf("the defaults: %v", err)
	}
	if _, err := (Config{Name: "house"}).Open(nil, nil, nil); err == nil {
		t.Errorf("opens without a roster")
	}
}
