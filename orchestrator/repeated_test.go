package orchestrator_test

import (
	"context"
	"testing"

	"handoff/orchestrator"
)

func TestRepetitionThatWouldNowBeInvalidGetsItsFirstAnswer(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	id := r.handedOver(p, "c-1")
	supervisor := orchestrator.Actor{Role: orchestrator.ActorSupervisor, ID: "sue"}
	transfer := orchestrator.Event{
		ID: "transfer", Type: orchestrator.EventTransferRequested, Conversation: id, Actor: supervisor, Agent: &orchestrator.Agent{ID: "ben"},
	}
	first := r.take(p, transfer)
	r.take(p, orchestrator.Event{
		ID: "mine", Type: orchestrator.EventTransferAccepted, Conversation: id, Actor: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "ben"},
	})
	if again := r.take(p, transfer); !again.Repeated || again.Sequence != first.Sequence {
		t.Fatalf("the repetition was answered with %+v", again)
	}
}

func TestEventThatLooksInvalidToAProcessThatIsBehindIsDecidedAnew(t *testing.T) {
	r := newRig(t)
	one, two := r.start("one"), r.start("two")
	id := r.handedOver(one, "c-1")
	supervisor := orchestrator.Actor{Role: orchestrator.ActorSupervisor, ID: "sue"}
	r.take(two, orchestrator.Event{ID: "n", Type: orchestrator.EventNote, Conversation: id, Actor: supervisor, Note: "seen by two"})
	r.take(one, orchestrator.Event{
		ID: "to-ben", Type: orchestrator.EventTransferRequested, Conversation: id, Actor: supervisor, Agent: &orchestrator.Agent{ID: "ben"},
	})
	r.take(one, orchestrator.Event{
		ID: "mine", Type: orchestrator.EventTransferAccepted, Conversation: id, Actor: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "ben"},
	})
	r.take(two, orchestrator.Event{
		ID: "back", Type: orchestrator.EventTransferRequested, Conversation: id, Actor: supervisor, Agent: &orchestrator.Agent{ID: "anna"},
	})
}

// repeatingStore is a store whose client sends the first commit again, because its answer was lost, after another commit.
type repeatingStore struct {
	orchestrator.Store
	between func(*orchestrator.Conversation)
}

func (s *repeatingStore) Commit(ctx context.Context, c *orchestrator.Commit) (orchestrator.Committed, error) {
	done, err := s.Store.Commit(ctx, c)
	if between := s.between; err == nil && c.Want == 0 && between != nil {
		s.between = nil
		between(c.Next)
		seen, err := s.Seen(ctx, c.Next.ID, c.Event)
		return orchestrator.Committed{Seen: seen}, err
	}
	return done, err
}

func TestBeginningWhoseAnswerWasLostIsAnsweredAsTheFirstTime(t *testing.T) {
	r := newRig(t)
	two := r.start("two")
	store := &repeatingStore{Store: r.store}
	store.between = func(*orchestrator.Conversation) { r.take(two, customerSays("c-1", "m2", "anybody?")) }
	one := r.startOn("one", store, r.flow)
	receipt := r.take(one, customerSays("c-1", "m1", "hello"))
	if !receipt.Created || receipt.Sequence != 1 || receipt.Conversation.Version != 1 {
		t.Errorf("answered with %+v", receipt)
	}
}
