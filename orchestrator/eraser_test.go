package orchestrator_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"handoff/orchestrator"
)

var annaActs = orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna", Name: "Anna"}

// ofCustomer is a customer's first word under her own id.
func ofCustomer(external, customer string) orchestrator.Event {
	ev := customerSays(external, "first-"+external, "my secret words")
	ev.Customer = &orchestrator.Customer{ID: customer, Name: "Ann Example"}
	return ev
}

// waitFor waits until something holds, looking again whenever anything was called.
func (r *rig) waitFor(what string, holds func() bool) {
	r.t.Helper()
	limit := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-r.bot.calls:
		case <-r.desk.calls:
		case <-time.After(5 * time.Millisecond):
		case <-limit:
			r.t.Fatalf("%s: never", what)
		}
	}
}

// idle waits until nothing of a conversation waits to be carried out.
func (r *rig) idle(id orchestrator.ConversationID) {
	r.t.Helper()
	r.waitFor("commands of "+string(id)+" are done", func() bool {
		pending, err := r.store.Pending(r.t.Context(), id)
		if err != nil {
			r.t.Fatal(err)
		}
		return len(pending) == 0
	})
}

// erase works on all orders until none is open.
func (r *rig) erase(x *orchestrator.Eraser) int {
	r.t.Helper()
	total := 0
	r.waitFor("the orders are done", func() bool {
		n, err := x.Work(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}
		total += n
		open, err := r.store.Erasures(r.t.Context())
		if err != nil {
			r.t.Fatal(err)
		}
		return len(open) == 0
	})
	return total
}

func (r *rig) isGone(id orchestrator.ConversationID) {
	r.t.Helper()
	if _, err := r.store.Load(r.t.Context(), id); !errors.Is(err, orchestrator.ErrNotFound) {
		r.t.Errorf("%s: %v", id, err)
	}
}

func TestErasureEndsWhatLivesAndTellsDeskAndBotFirst(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	ask := func(external string) orchestrator.ConversationID {
		r.take(p, ofCustomer(external, "u-9"))
		id := r.take(p, orchestrator.Event{ID: "ask", Type: orchestrator.EventHandoffRequested, Bot: "shop", External: external,
			Actor: orchestrator.Actor{Role: orchestrator.ActorBot}, Request: &orchestrator.Request{Priority: 5}, OnEnd: orchestrator.OnEndReturn}).Conversation.ID
		return id
	}
	withBot := r.take(p, ofCustomer("c-bot", "u-9")).Conversation.ID
	queued := ask("c-queued")
	served, wrapUp := ask("c-served"), ask("c-wrap")
	for _, id := range []orchestrator.ConversationID{served, wrapUp} {
		r.take(p, orchestrator.Event{ID: "accept", Type: orchestrator.EventAccepted, Conversation: id,
			Agent: &orchestrator.Agent{ID: "anna", Name: "Anna"}, Actor: annaActs})
	}
	r.take(p, orchestrator.Event{ID: "end", Type: orchestrator.EventChatEnded, Conversation: wrapUp, Actor: annaActs})
	over := r.take(p, ofCustomer("c-over", "u-9")).Conversation.ID
	r.take(p, orchestrator.Event{ID: "left", Type: orchestrator.EventCustomerLeft, Conversation: over,
		Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer}})
	other := r.take(p, ofCustomer("c-other", "u-99")).Conversation.ID
	mine := []orchestrator.ConversationID{withBot, queued, served, wrapUp, over}
	for _, id := range mine {
		r.idle(id)
	}

	x := orchestrator.NewEraser(p.Engine, nil)
	found, err := x.Order(t.Context(), "shop", "u-9")
	if err != nil || found != len(mine) {
		t.Fatalf("found %d, %v", found, err)
	}
	ended := make(chan call, 100)
	r.desk.fails(func(c call) error { ended <- c; return nil })
	later := r.take(p, ofCustomer("c-later", "u-9")).Conversation.ID // begins in the same millisecond: goes too
	r.clock.Advance(time.Second)
	new := r.take(p, ofCustomer("c-new", "u-9")).Conversation.ID
	if n := r.erase(x); n != len(mine)+1 {
		t.Errorf("%d were erased", n)
	}
	for _, id := range append(mine, later) {
		r.isGone(id)
	}
	for _, id := range []orchestrator.ConversationID{other, new} {
		if _, err := r.store.Load(t.Context(), id); err != nil {
			t.Errorf("%s is not the customer's, or began later: %v", id, err)
		}
	}
	told := map[orchestrator.CommandType]int{}
	for len(ended) > 0 {
		told[(<-ended).kind]++
	}
	if told[orchestrator.CommandEnd] < 1 || told[orchestrator.CommandComplete] < 1 { // withdrawn from the queue; ended at the desk
		t.Errorf("the desk was told %v", told)
	}
	if _, err := x.Order(t.Context(), "shop", "u-none"); !errors.Is(err, orchestrator.ErrNotFound) {
		t.Errorf("unknown customer: %v", err)
	}
	if _, err := x.Order(t.Context(), "other", "u-9"); !errors.Is(err, orchestrator.ErrNotFound) {
		t.Errorf("another bot's: %v", err)
	}
}

func TestProcessThatRemembersAnErasedConversationDoesNotBringItBack(t *testing.T) {
	r := newRig(t)
	one, two := r.start("one"), r.start("two")
	id := r.take(one, ofCustomer("c-1", "u-9")).Conversation.ID
	r.take(two, customerSays("c-1", "m2", "again")) // both have the record now
	r.idle(id)
	x := orchestrator.NewEraser(one.Engine, nil)
	if _, err := x.Order(t.Context(), "shop", "u-9"); err != nil {
		t.Fatal(err)
	}
	r.erase(x)
	for _, p := range []*process{two, one} {
		if _, err := p.Receive(t.Context(), agentSays(id, "late", "hello?")); !errors.Is(err, orchestrator.ErrNotFound) {
			t.Errorf("a word to what was erased: %v", err)
		}
		r.isGone(id)
	}
	again := r.take(two, customerSays("c-1", "m2", "again")) // the memory of event ids went as well
	if !again.Created || again.Conversation.ID == id || again.Conversation.Customer.Name != "" {
		t.Errorf("begins anew: %+v", again.Conversation)
	}
	if receipt := r.take(one, customerSays("c-1", "m3", "and more")); receipt.Conversation.ID != again.Conversation.ID {
		t.Errorf("the other process goes on with %s", receipt.Conversation.ID)
	}
}

// dying is a store whose process dies after some erasures.
type dying struct {
	orchestrator.Store
	left int
	die  context.CancelFunc
}

func (d *dying) Erase(ctx context.Context, c *orchestrator.Conversation, handles []orchestrator.Bound) error {
	if d.left--; d.left < 0 {
		d.die()
		return context.Canceled
	}
	return d.Store.Erase(ctx, c, handles)
}

func TestErasureGoesOnInAnotherProcessAfterACrash(t *testing.T) {
	r := newRig(t)
	ctx, die := context.WithCancel(t.Context())
	one := r.startOn("one", &dying{Store: r.store, left: 3, die: die}, r.flow)
	const many = 8
	var ids []orchestrator.ConversationID
	for i := range many {
		ids = append(ids, r.take(one, ofCustomer("c-"+string(rune('a'+i)), "u-9")).Conversation.ID)
	}
	for _, id := range ids {
		r.idle(id)
	}
	first := orchestrator.NewEraser(one.Engine, nil)
	if found, err := first.Order(ctx, "shop", "u-9"); err != nil || found != many {
		t.Fatalf("found %d, %v", found, err)
	}
	erased := 0
	for range many { // each round may leave what has just been ended to the next
		if ctx.Err() != nil {
			break
		}
		n, _ := first.Work(ctx)
		erased += n
	}
	if ctx.Err() == nil || erased > 3 {
		t.Fatalf("it did not die, or erased %d", erased)
	}
	two := r.start("two")
	reaper := orchestrator.NewReaper(two.Engine, nil, time.Hour)
	r.waitFor("the sweep of another process erases the rest", func() bool {
		if _, err := reaper.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		open, err := r.store.Erasures(t.Context())
		return err == nil && len(open) == 0
	})
	for _, id := range ids {
		r.isGone(id)
	}
}

func TestErasureDoesNotWaitForABotThatIsDown(t *testing.T) {
	r := newRig(t)
	p := r.start("one")
	id := r.handedOver(p, "c-1")
	r.take(p, orchestrator.Event{ID: "who", Type: orchestrator.EventContextUpdated, Conversation: id,
		Actor: orchestrator.Actor{Role: orchestrator.ActorBot}, Customer: &orchestrator.Customer{ID: "u-9"}})
	r.idle(id)
	r.bot.answers(func(call) error { return failure(orchestrator.OutcomeRetry) })
	x := orchestrator.NewEraser(p.Engine, nil)
	if _, err := x.Order(t.Context(), "shop", "u-9"); err != nil {
		t.Fatal(err)
	}
	if n, err := x.Work(t.Context()); err != nil || n != 0 {
		t.Fatalf("%d erased while the bot is told, %v", n, err)
	}
	if c, err := r.store.Load(t.Context(), id); err != nil || !c.State.Ended() {
		t.Fatalf("it was not ended: %v", err)
	}
	r.clock.Advance(time.Minute)
	r.erase(x)
	r.isGone(id)
	r.bot.answers(nil)
	r.clock.Advance(time.Hour) // whatever was tried again finds nothing
	r.isGone(id)
	if pending, err := r.store.Pending(t.Context(), id); err != nil || len(pending) > 0 {
		t.Errorf("pending %v, %v", pending, err)
	}
}
