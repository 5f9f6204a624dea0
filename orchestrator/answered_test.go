package orchestrator_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

func asksForAPerson(id orchestrator.ConversationID, event orchestrator.EventID, number int64) orchestrator.Event {
	return orchestrator.Event{
		ID: event, Type: orchestrator.EventHandoffRequested, Conversation: id, BotSequence: number,
		Actor: orchestrator.Actor{Role: orchestrator.ActorBot, ID: "shop"}, Request: &orchestrator.Request{Reason: "user_requested", Priority: 5},
	}
}

// TestAskingAgainWhileOpenWritesNothing: the answer is what stands, as often as it is asked; a process that is behind looks first.
func TestAskingAgainWhileOpenWritesNothing(t *testing.T) {
	r := newRig(t)
	one, two := r.start("one"), r.start("two")
	id := r.handedOver(one, "c-1")
	watch := one.Hub().Watch(id)
	defer watch.Close()
	awaitEntry(t, r, id, watch, orchestrator.EventDeskOpened) // else it comes in between
	r.take(two, asksForAPerson(id, "by-two", 0))
	r.take(one, agentSays(id, "w-1", "good day"))
	stands, err := r.store.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []*process{one, two, two} {
		receipt := r.take(p, asksForAPerson(id, "again", 0))
		if receipt.Sequence != 0 || receipt.Repeated || receipt.Moved || receipt.Created {
			t.Errorf("answered with %+v", receipt)
		}
		if diff := cmp.Diff(stands, receipt.Conversation); diff != "" {
			t.Errorf("what stands (-stored +answered):\n%s", diff)
		}
	}
	after, err := r.store.Load(t.Context(), id)
	if err != nil || after.Version != stands.Version || after.Sequence != stands.Sequence {
		t.Errorf("the record stands at %d/%d (%v), it stood at %d/%d", after.Version, after.Sequence, err, stands.Version, stands.Sequence)
	}
}

// TestTheNumberOfWhatWasAskedForAlreadyIsNotMissed: the sender's next number is taken at once, and no gap is noted.
func TestTheNumberOfWhatWasAskedForAlreadyIsNotMissed(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	r.take(p, customerSays("c-1", "m0", "hello"))
	word := func(event orchestrator.EventID, number int64) orchestrator.Event {
		ev := customerSays("c-1", string(event), "word")
		ev.BotSequence = number
		return ev
	}
	first := r.take(p, word("m1", 5))
	id := first.Conversation.ID
	r.take(p, asksForAPerson(id, "asked", 6))
	for range 2 {
		r.take(p, asksForAPerson(id, "again", 7))
	}
	r.take(p, asksForAPerson(id, "and again", 8))
	next := r.take(p, word("m2", 9))
	entries, err := r.store.Timeline(t.Context(), id, next.Sequence-1, 1)
	if err != nil {
		t.Fatal(err)
	}
	if e := entries[0]; e.MissingBefore != 0 || e.Late || e.Event.AnsweredTo != 8 || next.Conversation.BotSequence != 9 {
		t.Errorf("the next word is noted as %+v", e)
	}
}
