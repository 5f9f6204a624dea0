package orchestrator_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"handoff/orchestrator"
)

const longWord = 8000

// filled is a conversation that anna serves and whose timeline takes no more words of the customer's.
func filled(t *testing.T) (*rig, *process, orchestrator.ConversationID) {
	t.Helper()
	r := newRig(t)
	p := r.start("one")
	id := r.handedOver(p, "c-1")
	for i := range orchestrator.DefaultTimelineBytes/longWord + 1 {
		_, err := p.Receive(t.Context(), customerSays("c-1", fmt.Sprint("m", i), strings.Repeat("x", longWord)))
		if err != nil {
			isFull(t, err, orchestrator.BoundTimeline)
			return r, p, id
		}
	}
	t.Fatal("a customer may say as much as she likes")
	return nil, nil, ""
}

func isFull(t *testing.T, err error, bound string) {
	t.Helper()
	var rejection *orchestrator.Rejection
	if !errors.As(err, &rejection) || rejection.Code != orchestrator.CodeConversationFull || rejection.Bound != bound {
		t.Fatalf("answered %v, want %s by %s", err, orchestrator.CodeConversationFull, bound)
	}
}

func TestFullTimelineTakesNoMoreOfTheCustomersWordsAndStoresNothing(t *testing.T) {
	r, p, id := filled(t)
	before, err := r.store.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if least := int64(orchestrator.DefaultTimelineBytes - 2*longWord); before.Bytes < least || before.Bytes > orchestrator.DefaultTimelineBytes {
		t.Errorf("the timeline was full at %d bytes", before.Bytes)
	}
	_, err = p.Receive(t.Context(), customerSays("c-1", "again", strings.Repeat("x", longWord)))
	isFull(t, err, orchestrator.BoundTimeline)
	after, err := r.store.Load(t.Context(), id)
	if err != nil || after.Version != before.Version {
		t.Errorf("version %d after a refused word, want %d; %v", after.Version, before.Version, err)
	}
	receipt := r.take(p, customerSays("c-1", "m0", strings.Repeat("x", longWord)))
	if !receipt.Repeated {
		t.Error("a word that was taken before is not answered as the first time")
	}
}

func TestPeopleCanEndAFullConversationInGoodOrder(t *testing.T) {
	r, p, id := filled(t)
	said := 0
	for ; ; said++ {
		_, err := p.Receive(t.Context(), agentSays(id, fmt.Sprint("w", said), strings.Repeat("x", longWord)))
		if err != nil {
			isFull(t, err, orchestrator.BoundTimeline)
			break
		}
	}
	if least := orchestrator.PeopleBytes/longWord - 1; said < least || said > least+2 {
		t.Errorf("anna said %d words of %d bytes, want about %d", said, longWord, least)
	}
	anna := orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna"}
	_, err := p.Receive(t.Context(), orchestrator.Event{
		ID: "back-long", Type: orchestrator.EventReturnedToBot, Conversation: id, Actor: anna, Reason: "done",
		Note: strings.Repeat("x", orchestrator.StepBytes+1),
	})
	isFull(t, err, orchestrator.BoundTimeline)
	r.take(p, orchestrator.Event{ID: "queue", Type: orchestrator.EventRequeued, Conversation: id, Reason: "a break",
		Actor: orchestrator.Actor{Role: orchestrator.ActorSupervisor, ID: "sue"}})
	r.take(p, orchestrator.Event{ID: "accept-2", Type: orchestrator.EventAccepted, Conversation: id, Actor: anna,
		Agent: &orchestrator.Agent{ID: "anna", Name: "Anna"}})
	r.take(p, orchestrator.Event{ID: "end", Type: orchestrator.EventChatEnded, Conversation: id, Actor: anna})
	r.take(p, orchestrator.Event{ID: "complete", Type: orchestrator.EventCompleted, Conversation: id, Actor: anna, Disposition: "solved"})
}

func TestRequestInAFullConversationLosesItsTranscriptAndNotThePerson(t *testing.T) {
	r, p, id := filled(t)
	r.take(p, orchestrator.Event{ID: "back", Type: orchestrator.EventReturnedToBot, Conversation: id, Reason: "done",
		Actor: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna"}})
	turns := make([]orchestrator.Turn, 3)
	for i := range turns {
		turns[i] = orchestrator.Turn{Role: orchestrator.ActorCustomer, Text: strings.Repeat("x", longWord)}
	}
	receipt := r.take(p, orchestrator.Event{
		ID: "ask-again", Type: orchestrator.EventHandoffRequested, Conversation: id, Actor: orchestrator.Actor{Role: orchestrator.ActorBot},
		Request: &orchestrator.Request{Priority: 5}, Transcript: turns,
	})
	entries, err := r.store.Timeline(t.Context(), id, receipt.Sequence-1, 1)
	if err != nil {
		t.Fatal(err)
	}
	said := entries[0].Event.Transcript
	if len(said) != 1 || said[0].Text != "[3 earlier messages were cut]" {
		t.Errorf("the transcript is %v", said)
	}
}
