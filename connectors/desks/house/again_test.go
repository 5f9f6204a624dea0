package house

import (
	"slices"
	"testing"
	"time"

	"handoff/orchestrator"
)

// declinesWhatRings answers which conversation rings at a person, who declines it; "" where none does.
func (f *floor) declinesWhatRings(who orchestrator.Agent) orchestrator.ConversationID {
	f.Helper()
	for _, s := range f.view().Ringing {
		if s.Agent == who.ID {
			f.do(orchestrator.EventDeclined, s.Conversation, who)
			return s.Conversation
		}
	}
	return ""
}

func TestTheOnlyPersonWhoDeclinesIsOfferedAllOthersFirst(t *testing.T) {
	const pause = 30 * time.Second
	f := stillFloor(t)
	f.ledger.PauseAfterDecline(pause)
	f.present(anna, 1, func(p *orchestrator.Presence) { p.Until = f.desk.now().Add(time.Hour) })
	for _, id := range []orchestrator.ConversationID{"c-1", "c-2", "c-3"} {
		f.begin(id)
		f.clock.Advance(time.Second)
	}
	f.ledger.Settle(t)
	var rang []orchestrator.ConversationID
	decline := func(times int) {
		t.Helper()
		for range times {
			f.tidy()
			rang = append(rang, f.declinesWhatRings(anna))
			f.clock.Advance(time.Second)
		}
	}
	expect := func(want ...orchestrator.ConversationID) {
		t.Helper()
		if !slices.Equal(rang, want) {
			t.Errorf("rang %v, want %v", rang, want)
		}
		rang = nil
	}
	decline(4)
	expect("c-1", "c-2", "c-3", "") // all have rung; then it is quiet
	f.clock.Advance(pause - 3*time.Second)
	decline(1)
	expect("c-1") // whose pause is over first
	f.begin("c-4")
	f.ledger.Settle(t)
	f.clock.Advance(pause)
	decline(4)
	expect("c-4", "c-2", "c-3", "c-1") // whatever pauses are over, what has not rung comes first
}

func TestWhoIsFreeIsAskedBeforeWhoDeclined(t *testing.T) {
	f := stillFloor(t)
	long := func(p *orchestrator.Presence) { p.Until = f.desk.now().Add(time.Hour) }
	f.present(anna, 1, long)
	f.begin("c-1")
	f.ledger.Settle(t)
	f.tidy()
	f.declinesWhatRings(anna)
	f.present(bob, 1, long)
	f.clock.Advance(time.Minute)
	f.tidy()
	if who := f.offered("c-1"); who.ID != bob.ID {
		t.Errorf("it rings at %s, want bob, who was not asked yet", who.ID)
	}
}
