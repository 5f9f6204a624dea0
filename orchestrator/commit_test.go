package orchestrator_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"handoff/orchestrator"
)

// hurried is a store whose callers go away while a commit is on its way.
type hurried struct {
	orchestrator.Store
	leave func()
	after error // the answer that gets lost on the way back; nil: none does
}

func (s *hurried) Commit(ctx context.Context, c *orchestrator.Commit) (orchestrator.Committed, error) {
	s.leave()
	if ctx.Err() != nil {
		return orchestrator.Committed{}, ctx.Err()
	}
	written, err := s.Store.Commit(ctx, c)
	if s.after != nil {
		return orchestrator.Committed{}, s.after
	}
	return written, err
}

func TestCallerWhoGoesAwayDoesNotStopHisWord(t *testing.T) {
	r := newRig(t)
	store := &hurried{Store: r.store, leave: func() {}}
	p := r.startOn("one", store, r.flow)
	id := r.handedOver(p, "c-1")
	awaitNoLease(t, r, id) // nobody else commits any more
	ctx, leave := context.WithCancel(t.Context())
	store.leave = leave
	if _, err := p.Receive(ctx, agentSays(id, "w1", "hello")); err != nil {
		t.Fatal(err)
	}
	if got := next(t, r.bot.calls, isMessage); got.message != "hello" {
		t.Fatalf("got %+v", got)
	}
}

func TestWordWhoseCommitWasNotConfirmedIsDeliveredAtOnce(t *testing.T) {
	r := newRig(t)
	store := &hurried{Store: r.store, leave: func() {}}
	p := r.startOn("one", store, r.flow)
	id := r.handedOver(p, "c-1")
	awaitNoLease(t, r, id)
	store.after = errors.New("the connection broke")
	if _, err := p.Receive(t.Context(), agentSays(id, "w1", "hello")); err == nil {
		t.Fatal("the broken connection was not told")
	}
	if got := next(t, r.bot.calls, isMessage); got.message != "hello" {
		t.Fatalf("got %+v", got)
	}
}

func TestRepeatedEventIsAnsweredAfterThePolicyWasChanged(t *testing.T) {
	r := newRig(t)
	one := r.start("one")
	id := r.handedOver(one, "c-1")
	done := orchestrator.Event{
		ID: "done", Type: orchestrator.EventCompleted, Conversation: id, Disposition: "solved",
		Actor: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna"},
	}
	late := agentSays(id, "w1", "one more thing")
	r.take(one, done)
	other := r.startOn("other", r.store, r.flowOf("desk: desk\nqueue: general\nwrap_up: {dispositions: [spam]}\n"))
	receipt := r.take(other, done)
	if !receipt.Repeated || receipt.Conversation.State != orchestrator.StateCompleted {
		t.Fatalf("the repetition was answered with %+v", receipt)
	}
	var rejection *orchestrator.Rejection
	if _, err := other.Receive(t.Context(), late); !errors.As(err, &rejection) {
		t.Fatalf("a word after the end was answered with %v", err)
	}
}

func TestConversationOfAFlowThatIsGoneGoesOnUnderItsBotsOrTheDefault(t *testing.T) {
	r := newRig(t)
	one := r.start("one")
	c := r.take(one, customerSays("c-1", "m1", "hello")).Conversation.Clone()
	c.Flow = "gone"
	flow, err := one.Flow(c)
	if err != nil || flow != orchestrator.Flow(r.flow) {
		t.Fatalf("it is decided by %v, %v", flow, err)
	}
	c.Bot = "nobody"
	if flow, err := one.Flow(c); err != nil || flow != orchestrator.Flow(r.flow) {
		t.Fatalf("without its bot too it is decided by %v, %v, not by the default", flow, err)
	}
}

// picky is an archive that cannot take some conversations.
type picky struct {
	mu      sync.Mutex
	refused []orchestrator.ConversationID
	kept    []orchestrator.ConversationID
}

func (p *picky) Archive(_ context.Context, c *orchestrator.Conversation, _ []orchestrator.Entry) error {
	if slices.Contains(p.refused, c.ID) {
		return errors.New("planted")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = append(p.kept, c.ID)
	return nil
}

func (p *picky) Erased(context.Context, orchestrator.Erasure) error { return nil }

func TestConversationThatCannotBeArchivedKeepsNoOtherFromIt(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	archive := &picky{}
	reaper := orchestrator.NewReaper(p.Engine, archive, time.Hour)
	const others = 6
	for i := range 1 + others {
		id := r.take(p, customerSays(string(rune('a'+i)), "m1", "hello")).Conversation.ID
		r.take(p, orchestrator.Event{
			ID: "gone", Type: orchestrator.EventCustomerLeft, Conversation: id, Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer},
		})
		if i == 0 {
			archive.refused = append(archive.refused, id)
		}
		r.clock.Advance(time.Second)
	}
	r.clock.Advance(31 * time.Minute)
	s, err := reaper.Sweep(t.Context())
	if s.Retired != others || s.Failed != 1 || len(archive.kept) != others {
		t.Fatalf("the sweep did %+v, %v, and kept %d; want %d", s, err, len(archive.kept), others)
	}
	if s, err := reaper.Sweep(t.Context()); s.Failed != 1 || err == nil {
		t.Fatalf("the next sweep did %+v, %v; want it tried again and told", s, err)
	}
}
