package house

import (
	"errors"
	"testing"
	"time"

	"handoff/orchestrator"
)

// inviting is a conversation that anna serves, and the command that asks anybody of the queue to join.
func inviting(t *testing.T) (*floor, *orchestrator.Command) {
	t.Helper()
	f := newFloor(t)
	f.present(anna, 2)
	f.begin("c-1")
	f.do(orchestrator.EventAccepted, "c-1", f.offered("c-1"))
	cmd := f.ledger.Command("c-1", orchestrator.CommandInvite)
	cmd.Waiting = &orchestrator.Waiting{Queue: "billing", Exclude: []orchestrator.AgentID{anna.ID}}
	return f, cmd
}

func TestInvitationToAQueueRingsAtOneColleagueOnce(t *testing.T) {
	f, cmd := inviting(t)
	f.present(bob, 1)
	f.present(carol, 1)
	for range 3 { // as often as it may be repeated
		if err := f.desk.Invite(t.Context(), cmd); err != nil {
			t.Fatal(err)
		}
	}
	var invited []orchestrator.AgentID
	for _, ev := range f.ledger.Events("c-1", orchestrator.EventInvited) {
		invited = append(invited, ev.Agent.ID)
	}
	if len(invited) != 1 || invited[0] != bob.ID {
		t.Fatalf("invited %v, want bob, who is idle for as long as carol and comes first", invited)
	}
	if n := len(f.seats()); n != 2 {
		t.Errorf("%d seats, want anna's and bob's", n)
	}
	f.do(orchestrator.EventAgentJoined, "c-1", bob)
	if c := f.ledger.Conversation("c-1"); c.State != orchestrator.StateConference {
		t.Errorf("state %s, want conference", c.State)
	}
}

func TestInvitationToAQueueOfNobodyFails(t *testing.T) {
	f, cmd := inviting(t)
	for _, row := range []struct {
		prepare func()
		code    string
	}{
		{func() {}, codeAway}, // anna is in it already
		{func() { f.present(bob, 0) }, codeNoSeat},
	} {
		row.prepare()
		var ce *orchestrator.ConnectorError
		if err := f.desk.Invite(t.Context(), cmd); !errors.As(err, &ce) || ce.Code != row.code {
			t.Errorf("%v, want %s", err, row.code)
		}
	}
}

func TestInvitationToAQueueOfAnEndedChatHoldsNoSeat(t *testing.T) {
	f, cmd := inviting(t)
	f.present(bob, 1)
	f.do(orchestrator.EventCompleted, "c-1", anna)
	if err := f.desk.Invite(t.Context(), cmd); err != nil {
		t.Fatal(err)
	}
	if n := len(f.seats()); n != 0 {
		t.Errorf("%d seats, want none", n)
	}
}

func TestInvitationToAQueueWhileTheStoreIsAwayIsTriedAgain(t *testing.T) {
	f, cmd := inviting(t)
	f.present(bob, 1)
	f.ledger.Gate(func(*orchestrator.Event) error { return errors.New("the store is away") })
	if err := f.desk.Invite(t.Context(), cmd); orchestrator.OutcomeOf(err) != orchestrator.OutcomeRetry {
		t.Errorf("%v, want an error that says try again", err)
	}
	f.ledger.Gate(nil)
	if err := f.desk.Invite(t.Context(), cmd); err != nil {
		t.Fatal(err)
	}
	if n := len(f.ledger.Events("c-1", orchestrator.EventInvited)); n != 1 {
		t.Errorf("invited %d times, want once", n)
	}
}

func TestInvitationThatNobodyAnswersIsReported(t *testing.T) {
	f, cmd := inviting(t)
	f.present(bob, 1, func(p *orchestrator.Presence) { p.Until = f.desk.now().Add(time.Hour) })
	if err := f.desk.Invite(t.Context(), cmd); err != nil {
		t.Fatal(err)
	}
	told := make(chan orchestrator.Event, 1)
	f.ledger.Gate(func(ev *orchestrator.Event) error {
		if ev.Type == orchestrator.EventOfferExpired {
			told <- *ev
		}
		return nil
	})
	f.clock.Advance(DefaultRingFor + DefaultReservationMargin + time.Second)
	f.tidy()
	if ev := <-told; ev.Agent == nil || ev.Agent.ID != bob.ID || ev.Conversation != "c-1" || ev.Desk != "house" {
		t.Errorf("reported %+v, want that bob did not answer", ev)
	}
}

func TestInvitationThatNobodyAnswersIsReportedOnceTheStoreIsBack(t *testing.T) {
	f, cmd := inviting(t)
	f.present(bob, 1, func(p *orchestrator.Presence) { p.Until = f.desk.now().Add(time.Hour) })
	if err := f.desk.Invite(t.Context(), cmd); err != nil {
		t.Fatal(err)
	}
	f.ledger.Gate(func(ev *orchestrator.Event) error {
		if ev.Type == orchestrator.EventOfferExpired {
			return errors.New("the store is away")
		}
		return nil
	})
	f.clock.Advance(DefaultRingFor + DefaultReservationMargin + time.Second)
	if _, err := f.desk.Tidy(t.Context(), f.desk.now()); err == nil {
		t.Error("tidying claims success although nothing could be told")
	}
	told := make(chan orchestrator.AgentID, 4)
	f.ledger.Gate(func(ev *orchestrator.Event) error {
		if ev.Type == orchestrator.EventOfferExpired {
			told <- ev.Agent.ID
		}
		return nil
	})
	f.tidy()
	f.tidy()
	if len(told) != 1 || <-told != bob.ID {
		t.Errorf("that bob did not answer was not told once")
	}
}

func TestSweepOfAProcessThatHasNobodyToTellLeavesInvitationsToOthers(t *testing.T) {
	f, cmd := inviting(t)
	f.present(bob, 1, func(p *orchestrator.Presence) { p.Until = f.desk.now().Add(time.Hour) })
	if err := f.desk.Invite(t.Context(), cmd); err != nil {
		t.Fatal(err)
	}
	told := make(chan orchestrator.AgentID, 1)
	f.ledger.Gate(func(ev *orchestrator.Event) error {
		if ev.Type == orchestrator.EventOfferExpired {
			told <- ev.Agent.ID
		}
		return nil
	})
	sweeping, _ := openDesk(t, f.roster, f.clock) // as `handoff sweep` does: its desk does not run
	later := f.desk.now().Add(DefaultRingFor + DefaultReservationMargin + time.Second)
	if n, err := sweeping.Tidy(t.Context(), later); n != 0 || err != nil {
		t.Errorf("tidied %d, %v", n, err)
	}
	if _, err := f.desk.Tidy(t.Context(), later); err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 {
		t.Errorf("told %d times that bob did not answer, want once", len(told))
	}
}
