package house

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"handoff/orchestrator"
)

func numbered(name string, i int) orchestrator.ConversationID {
	return orchestrator.ConversationID(fmt.Sprintf("%s-%03d", name, i))
}

func TestVanishedPersonsConversationsGoBackAndNoneIsLost(t *testing.T) {
	f := newFloor(t)
	f.present(anna, 3)
	for i := range 2 {
		f.begin(numbered("served", i))
		f.do(orchestrator.EventAccepted, numbered("served", i), f.offered(numbered("served", i)))
	}
	f.begin("ringing")
	f.offered("ringing")
	f.clock.Advance(DefaultGoneAfter) // anna is not heard of any more
	f.present(bob, 3)
	f.tidy()
	ids := []orchestrator.ConversationID{numbered("served", 0), numbered("served", 1), "ringing"}
	for range ids { // one rings at a time
		var rings orchestrator.Conversation
		f.ledger.Await(t, "one of them rings", func() bool {
			return slices.ContainsFunc(ids, func(id orchestrator.ConversationID) bool {
				rings = f.ledger.Conversation(id)
				return rings.State == orchestrator.StateOffered
			})
		})
		f.do(orchestrator.EventAccepted, rings.ID, bob)
	}
	if f.stands(anna) {
		t.Errorf("anna still counts as there")
	}
}

func TestPresenceStaysUntilEveryConversationOfTheVanishedIsTold(t *testing.T) {
	f := newFloor(t)
	f.present(anna, 1)
	f.begin("c-1")
	f.do(orchestrator.EventAccepted, "c-1", f.offered("c-1"))
	f.ledger.Gate(func(ev *orchestrator.Event) error {
		if ev.Type == orchestrator.EventAgentGone {
			return errors.New("the store is away")
		}
		return nil
	})
	f.clock.Advance(DefaultGoneAfter)
	if _, err := f.desk.Tidy(t.Context(), f.desk.now()); err == nil {
		t.Errorf("tidying claims success although nothing could be told")
	}
	if n := len(f.view().Agents); n != 1 {
		t.Fatalf("%d people on the floor, want anna until her conversation is told", n)
	}
	f.ledger.Gate(nil)
	f.tidy()
	f.tidy() // telling twice is harmless
	if n := len(f.ledger.Events("c-1", orchestrator.EventAgentGone)); n != 1 {
		t.Errorf("told %d times, want once", n)
	}
	if f.stands(anna) {
		t.Errorf("anna still counts as there")
	}
	if c := f.ledger.Conversation("c-1"); c.State != orchestrator.StateQueued {
		t.Errorf("state %s, want queued", c.State)
	}
}

// stands reports whether somebody is there, online or away.
func (f *floor) stands(who orchestrator.Agent) bool {
	f.Helper()
	return slices.ContainsFunc(f.view().Agents, func(p orchestrator.Presence) bool {
		return p.Agent.ID == who.ID && !gone(&p, f.desk.now())
	})
}

// heard is a heartbeat.
func (f *floor) heard(who orchestrator.Agent) {
	f.Helper()
	if err := f.desk.Heard(f.Context(), who.ID, f.desk.now().Add(DefaultGoneAfter)); err != nil {
		f.Fatalf("heard: %v", err)
	}
}

func away(p *orchestrator.Presence) { p.Online = false }

func TestHeartbeatChoosesNothing(t *testing.T) {
	f := stillFloor(t)
	f.heard(anna)
	if f.stands(anna) {
		t.Errorf("who chose nothing is there after a heartbeat")
	}
	f.present(anna, 1, away)
	for range 5 {
		f.clock.Advance(DefaultGoneAfter / 2)
		f.heard(anna)
		f.tidy()
	}
	if p := f.view().Agents; len(p) != 1 || p[0].Online || !f.stands(anna) {
		t.Errorf("after heartbeats: %+v, want anna away", p)
	}
}

func TestWhoIsHeardOfAgainIsThereAsTheyChose(t *testing.T) {
	f := newFloor(t)
	f.present(anna, 1)
	f.begin("c-1")
	f.do(orchestrator.EventAccepted, "c-1", f.offered("c-1"))
	f.clock.Advance(DefaultGoneAfter)
	f.tidy()
	if c := f.ledger.Conversation("c-1"); c.State != orchestrator.StateQueued || f.stands(anna) {
		t.Fatalf("state %s, want queued, because anna vanished", c.State)
	}
	f.heard(anna) // the network is back
	if who := f.offered("c-1"); who.ID != anna.ID {
		t.Errorf("it rings at %s, want anna", who.ID)
	}
	f.clock.Advance(keepChoice + time.Hour)
	f.tidy()
	f.heard(anna)
	if f.stands(anna) {
		t.Errorf("a choice is kept for ever")
	}
}

func TestAwayWhileItRingsWithdrawsItAtOnce(t *testing.T) {
	f := newFloor(t)
	f.present(anna, 3)
	f.begin("c-1")
	f.do(orchestrator.EventAccepted, "c-1", f.offered("c-1"))
	f.present(bob, 3)
	f.do(orchestrator.EventTransferRequested, "c-1", bob)
	f.present(bob, 3, away)
	f.ledger.Settle(t)
	if c := f.ledger.Conversation("c-1"); c.State != orchestrator.StateAgent || c.Owner().ID != anna.ID {
		t.Errorf("the transfer still rings: state %s, owner %q", c.State, c.Owner().ID)
	}
	f.begin("c-2")
	f.offered("c-2")
	f.present(anna, 3, away)
	f.ledger.Settle(t)
	if c := f.ledger.Conversation("c-2"); c.State != orchestrator.StateQueued {
		t.Errorf("the offer still rings: state %s", c.State)
	}
	f.present(anna, 3)
	if who := f.offered("c-2"); who.ID != anna.ID {
		t.Errorf("back online, it rings at %s", who.ID)
	}
}

func TestWhatBeganToRingAtSomebodyWhoJustWentAwayIsWithdrawnAtTheNextBeat(t *testing.T) {
	f := stillFloor(t)
	f.present(anna, 1)
	f.begin("c-1")
	f.ledger.Settle(t)
	f.tidy()
	f.desk.setSink(nil) // the process that is told cannot tell the engine
	f.present(anna, 1, away)
	f.desk.setSink(f.ledger)
	f.offered("c-1")
	f.tidy()
	if c := f.ledger.Conversation("c-1"); c.State != orchestrator.StateQueued {
		t.Errorf("state %s, want queued", c.State)
	}
}

func TestWhoIsSignedOffBySomebodyElseStaysOffUntilTheyChoose(t *testing.T) {
	f := newFloor(t)
	f.present(anna, 1)
	f.begin("c-1")
	f.do(orchestrator.EventAccepted, "c-1", f.offered("c-1"))
	if err := f.desk.Absent(t.Context(), anna.ID, "went home"); err != nil {
		t.Fatal(err)
	}
	f.ledger.Settle(t)
	if c := f.ledger.Conversation("c-1"); c.State != orchestrator.StateQueued {
		t.Errorf("state %s, want queued", c.State)
	}
	f.heard(anna)
	f.tidy()
	p := f.view().Agents
	if f.stands(anna) || len(p) != 1 || !p[0].Offline || p[0].Reason != "went home" {
		t.Errorf("after a heartbeat: %+v", p)
	}
	f.present(anna, 1)
	if who := f.offered("c-1"); who.ID != anna.ID {
		t.Errorf("it rings at %s, want anna, who chose anew", who.ID)
	}
}

func TestVanishedPersonWhoIsHeardOfAgainKeepsTheirConversations(t *testing.T) {
	f := stillFloor(t)
	f.present(anna, 1)
	f.begin("c-1")
	f.ledger.Settle(t)
	f.tidy()
	f.do(orchestrator.EventAccepted, "c-1", f.offered("c-1"))
	f.clock.Advance(DefaultGoneAfter)
	f.present(anna, 1)
	f.tidy()
	if c := f.ledger.Conversation("c-1"); c.State != orchestrator.StateAgent || c.Owner().ID != anna.ID {
		t.Errorf("state %s, owner %q, want anna in state agent", c.State, c.Owner().ID)
	}
}

func TestPersonWhoVanishesInAfterCallWorkFreesTheSeat(t *testing.T) {
	f := newFloor(t)
	f.present(anna, 1)
	f.begin("c-1")
	f.do(orchestrator.EventAccepted, "c-1", f.offered("c-1"))
	f.do(orchestrator.EventChatEnded, "c-1", anna)
	f.clock.Advance(DefaultGoneAfter)
	f.tidy()
	if c := f.ledger.Conversation("c-1"); c.State != orchestrator.StateCompleted {
		t.Errorf("state %s, want completed", c.State)
	}
	if n := len(f.seats()); n != 0 {
		t.Errorf("%d seats, want none", n)
	}
}

func TestGuestAndTransferTargetWhoVanishLeaveTheOwnerInPlace(t *testing.T) {
	f := newFloor(t)
	long := func(p *orchestrator.Presence) { p.Until = f.desk.now().Add(time.Hour) }
	f.present(anna, 2, long)
	f.begin("joined")
	f.do(orchestrator.EventAccepted, "joined", f.offered("joined"))
	f.begin("moving")
	f.do(orchestrator.EventAccepted, "moving", f.offered("moving"))
	f.present(bob, 2)
	f.do(orchestrator.EventInvited, "joined", bob)
	f.do(orchestrator.EventAgentJoined, "joined", bob)
	f.do(orchestrator.EventTransferRequested, "moving", bob)
	f.clock.Advance(DefaultGoneAfter)
	f.tidy()
	for _, id := range []orchestrator.ConversationID{"joined", "moving"} {
		if c := f.ledger.Conversation(id); c.State != orchestrator.StateAgent || c.Owner().ID != anna.ID {
			t.Errorf("%s: state %s, owner %q, want anna in state agent", id, c.State, c.Owner().ID)
		}
	}
	for _, s := range f.seats() {
		if s.Agent == bob.ID {
			t.Errorf("bob still has a seat: %v", s)
		}
	}
}

func TestAwayPersonKeepsConversationsAndIsOfferedNone(t *testing.T) {
	f := newFloor(t)
	f.present(anna, 2)
	f.begin("c-1")
	f.do(orchestrator.EventAccepted, "c-1", f.offered("c-1"))
	f.present(anna, 2, func(p *orchestrator.Presence) { p.Online = false })
	f.begin("c-2")
	f.present(bob, 1)
	if who := f.offered("c-2"); who.ID != bob.ID {
		t.Errorf("rings at %s, who is away", who.ID)
	}
	if c := f.ledger.Conversation("c-1"); c.Owner().ID != anna.ID {
		t.Errorf("anna lost her conversation by going away")
	}
}

func TestSignOffBeforeTheDeskRunsIsFinishedLater(t *testing.T) {
	f := &floor{T: t, roster: nil, clock: orchestrator.NewStepClock(start)}
	first := newFloor(t)
	first.present(anna, 1)
	first.begin("c-1")
	first.do(orchestrator.EventAccepted, "c-1", first.offered("c-1"))
	// Another process, whose desk does not run yet, takes the sign-off.
	f.desk, _ = openDesk(t, first.roster, first.clock)
	if err := f.desk.Absent(t.Context(), anna.ID, ""); err != nil {
		t.Fatal(err)
	}
	if n, err := f.desk.Tidy(t.Context(), f.desk.now()); n != 0 || err != nil {
		t.Errorf("a desk without an engine tidied %d, %v", n, err)
	}
	first.tidy()
	if c := first.ledger.Conversation("c-1"); c.State != orchestrator.StateQueued {
		t.Errorf("state %s, want queued", c.State)
	}
}

func TestChatOfSomebodyWhoseSignOffOvertookTheirAcceptanceGoesBack(t *testing.T) {
	f := stillFloor(t)
	f.present(anna, 1)
	f.begin("c-1")
	f.ledger.Settle(t)
	f.tidy()
	f.do(orchestrator.EventAccepted, "c-1", f.offered("c-1"))
	// The sign-off found no seat and was done with anna before the acceptance took one.
	if err := f.roster.RemovePresence(t.Context(), anna.ID); err != nil {
		t.Fatal(err)
	}
	f.tidy()
	f.ledger.AwaitState(f, "c-1", orchestrator.StateAgent) // she may be about to say that she is there
	f.clock.Advance(DefaultGoneAfter)
	f.tidy()
	f.ledger.AwaitState(f, "c-1", orchestrator.StateQueued)
	if n := len(f.seats()); n != 0 {
		t.Errorf("%d seats, want none", n)
	}
}

func TestBadPresenceIsRefusedByField(t *testing.T) {
	f := newFloor(t)
	for pointer, p := range map[string]orchestrator.Presence{
		"/agent/id": {Capacity: 1},
		"/capacity": {Agent: anna, Capacity: maxSeats + 1},
		"/until":    {Agent: anna, Capacity: 1, Until: f.desk.now()},
	} {
		err := f.desk.Present(t.Context(), p)
		var input *orchestrator.InputError
		if !errors.As(err, &input) || input.Fields[0].Pointer != pointer {
			t.Errorf("%s: %v", pointer, err)
		}
	}
}

func TestUnchangedHeartbeatWakesNobody(t *testing.T) {
	desk, _ := openDesk(t, newFloor(t).roster, orchestrator.NewStepClock(start))
	p := orchestrator.Presence{Agent: anna, Online: true, Capacity: 1}
	for i, want := range []int{1, 0} {
		if err := desk.Present(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		if n := len(desk.kicks); n != want {
			t.Errorf("report %d: %d kicks, want %d", i, n, want)
		}
		for range len(desk.kicks) {
			<-desk.kicks
		}
	}
}
