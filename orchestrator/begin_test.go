package orchestrator_test

import (
	"errors"
	"testing"
	"time"

	"handoff/orchestrator"
)

func TestRefusedWordBeginsNoConversation(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	late := orchestrator.Event{
		ID: "late", Type: orchestrator.EventMessage, Bot: "shop", External: "c-1", Epoch: 4,
		Actor: orchestrator.Actor{Role: orchestrator.ActorBot, ID: "shop"}, Message: &orchestrator.Message{ID: "late", Text: "as I said"},
	}
	var rejection *orchestrator.Rejection
	if _, err := p.Receive(t.Context(), late); !errors.As(err, &rejection) {
		t.Fatalf("a word of an older epoch was answered with %v", err)
	}
	if id, err := r.store.Find(t.Context(), "shop", "c-1"); !errors.Is(err, orchestrator.ErrNotFound) {
		t.Errorf("it began %s, %v", id, err)
	}
}

func TestEventForTheNextConversationIsNotLostOnAnExpiredOne(t *testing.T) {
	r := newRig(t)
	one, two := r.start("one"), r.start("two")
	ends := func(ev orchestrator.EventID) orchestrator.Event {
		return orchestrator.Event{ID: ev, Type: orchestrator.EventCompleted, Bot: "shop", External: "c-1",
			Actor: orchestrator.Actor{Role: orchestrator.ActorBot, ID: "shop"}}
	}
	old := r.take(one, customerSays("c-1", "m1", "hello")).Conversation.ID
	r.take(one, ends("end1"))
	r.clock.Advance(25 * time.Hour)
	rate := orchestrator.Event{ID: "rate", Type: orchestrator.EventRated, Conversation: old, Rating: 5,
		Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u-1"}}
	if _, err := one.Receive(t.Context(), rate); !errors.Is(err, orchestrator.ErrNotFound) {
		t.Fatalf("rating what has expired: %v", err)
	}
	next := r.take(two, customerSays("c-1", "m2", "hello again")).Conversation.ID
	if receipt := r.take(one, ends("end2")); receipt.Conversation.ID != next {
		t.Errorf("%s was ended, want %s", receipt.Conversation.ID, next)
	}
}
