package orchestrator_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"handoff/orchestrator"
)

// keepingDesk keeps places, the next one for each hold.
type keepingDesk struct {
	*fakeDesk
	held, back atomic.Int64
}

func (d *keepingDesk) HoldPlace(
	_ context.Context, _ orchestrator.ConversationID, w orchestrator.Waiting,
) (orchestrator.HeldPlace, error) {
	return orchestrator.HeldPlace{Position: int(d.held.Add(1)), Since: w.Since + 1}, nil
}

func (d *keepingDesk) GiveBackPlace(context.Context, orchestrator.ConversationID, orchestrator.HeldPlace) error {
	d.back.Add(1)
	return nil
}

// losingStore loses some commits.
type losingStore struct {
	orchestrator.Store
	lose []error
}

func (s *losingStore) Commit(ctx context.Context, c *orchestrator.Commit) (orchestrator.Committed, error) {
	if len(s.lose) > 0 {
		err := s.lose[0]
		s.lose = s.lose[1:]
		return orchestrator.Committed{}, err
	}
	return s.Store.Commit(ctx, c)
}

func askFor(external string) orchestrator.Event {
	return orchestrator.Event{
		ID: "ask", Type: orchestrator.EventHandoffRequested, Bot: "shop", External: external,
		Actor: orchestrator.Actor{Role: orchestrator.ActorBot}, Request: &orchestrator.Request{Priority: 5},
	}
}

func TestPlaceIsGivenBackWhenTheCommitLoses(t *testing.T) {
	r := newRig(t)
	desk := &keepingDesk{fakeDesk: r.desk}
	r.others = map[orchestrator.ConnectorName]orchestrator.Desk{"desk": desk}
	store := &losingStore{Store: r.store, lose: []error{orchestrator.ErrConflict, errors.New("the store is away")}}
	p := r.startOn("one", store, r.flow)
	if _, err := p.Receive(t.Context(), askFor("c-1")); err == nil {
		t.Fatal("a lost store is answered as taken")
	}
	if held, back := desk.held.Load(), desk.back.Load(); held != 2 || back != 2 {
		t.Errorf("%d places held, %d given back; want two each: one conflict, one failure", held, back)
	}
	receipt := r.take(p, askFor("c-1"))
	c := receipt.Conversation
	if c.InitialQueuePos != 3 || c.Requested != p.Now()+1 || c.WaitingFrom != c.Requested {
		t.Errorf("place %d, requested at %s, waits since %s", c.InitialQueuePos, c.Requested, c.WaitingFrom)
	}
	again := r.take(p, askFor("c-1"))
	if !again.Repeated || again.Conversation.InitialQueuePos != 3 || desk.held.Load() != 3 || desk.back.Load() != 2 {
		t.Errorf("repeated %t, place %d, %d held, %d given back", again.Repeated, again.Conversation.InitialQueuePos,
			desk.held.Load(), desk.back.Load())
	}
}

func TestDeskThatKeepsNoPlacesIsNotSpokenFor(t *testing.T) {
	r := newRig(t)
	ev := askFor("c-1")
	ev.Looked = &orchestrator.Looked{Known: true, Online: 1, Waiting: 4}
	c := r.take(r.start("one"), ev).Conversation
	if c.State != orchestrator.StateQueued || c.InitialQueuePos != 0 {
		t.Errorf("state %s, place %d; the desk has not said it", c.State, c.InitialQueuePos)
	}
}
