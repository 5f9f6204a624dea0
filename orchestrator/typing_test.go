package orchestrator_test

import (
	"errors"
	"testing"
	"time"

	"handoff/orchestrator"
)

func isTyping(c call) bool { return c.kind == orchestrator.CommandTyping }

func agentTypes(id orchestrator.ConversationID, typing bool) orchestrator.Event {
	return orchestrator.Event{
		Type: orchestrator.EventTyping, Conversation: id, Typing: typing,
		Actor: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna", Name: "Anna"},
	}
}

func TestTypingEndsByItselfAfterSixSeconds(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	id := r.handedOver(p, "c-1")
	watch := p.Hub().Watch(id)
	defer watch.Close()
	r.take(p, agentTypes(id, true))
	if started := awaitTyping(t, watch); started.Until == 0 {
		t.Fatalf("the first change is %+v, want a lease", started)
	}
	next(t, r.bot.calls, isTyping)
	r.clock.Advance(orchestrator.TypingLease)
	if stopped := awaitTyping(t, watch); stopped.Until != 0 {
		t.Fatalf("after six seconds came %+v, want the end of the lease", stopped)
	}
	next(t, r.bot.calls, isTyping)
}

func awaitTyping(t *testing.T, watch *orchestrator.Watch) orchestrator.TypingChange {
	t.Helper()
	timeout := time.After(20 * time.Second)
	for {
		select {
		case change := <-watch.C:
			if change.Typing != nil {
				return *change.Typing
			}
		case <-timeout:
			t.Fatal("nobody was told about typing")
		}
	}
}

func TestRenewedTypingTellsNobodyTwice(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	id := r.handedOver(p, "c-1")
	watch := p.Hub().Watch(id)
	defer watch.Close()
	for range 5 {
		r.take(p, agentTypes(id, true))
	}
	r.take(p, agentTypes(id, false))
	if a, b := awaitTyping(t, watch), awaitTyping(t, watch); a.Until == 0 || b.Until != 0 {
		t.Fatalf("told %+v, %+v; want one start and one stop", a, b)
	}
}

func TestNobodyTypesWhoIsNotInControl(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	id := r.handedOver(p, "c-1")
	_, err := p.Receive(t.Context(), orchestrator.Event{
		Type: orchestrator.EventTyping, Conversation: id, Typing: true, Actor: orchestrator.Actor{Role: orchestrator.ActorBot, ID: "shop"},
	})
	var rejection *orchestrator.Rejection
	if !errors.As(err, &rejection) || rejection.Code != orchestrator.CodeNotInControl {
		t.Fatalf("the bot's typing was answered with %v", err)
	}
}

func TestTypingIsNeverStored(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	id := r.handedOver(p, "c-1")
	watch := p.Hub().Watch(id)
	defer watch.Close()
	awaitEntry(t, r, id, watch, orchestrator.EventDeskOpened) // the last thing that the handover stores
	before, err := r.store.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	r.take(p, agentTypes(id, true))
	after, err := r.store.Load(t.Context(), id)
	if err != nil || after.Version != before.Version || after.Sequence != before.Sequence {
		t.Fatalf("typing moved the record from version %d to %d (%v)", before.Version, after.Version, err)
	}
}
