package storetest

import (
	"context"
	"time"

	"handoff/orchestrator"
)

var changeTests = []behaviour{
	{"CommitIsTold", commitIsTold},
	{"NothingIsToldOfARefusedCommit", nothingIsToldOfARefusedCommit},
	{"TypingIsTold", typingIsTold},
	{"SubscriptionEndsWithItsContext", subscriptionEnds},
}

func (f *fixture) subscribe() <-chan orchestrator.Change {
	f.Helper()
	changes, err := f.store.Subscribe(f.ctx)
	f.ok(err)
	return changes
}

func (f *fixture) receive(changes <-chan orchestrator.Change) orchestrator.Change {
	f.Helper()
	select {
	case change, open := <-changes:
		if !open {
			f.Fatal("the subscription has ended")
		}
		return change
	case <-f.ctx.Done():
		f.Fatal("no change was told")
	}
	return orchestrator.Change{}
}

func commitIsTold(f *fixture) {
	one, two := f.subscribe(), f.subscribe()
	c := f.begin()
	want := orchestrator.Change{
		Conversation: c.ID, Version: 1, Sequence: 1, State: orchestrator.StateBot, At: f.now(), Epoch: 1,
	}
	f.equal(f.receive(one), want)
	f.equal(f.receive(two), want)
	f.must(f.step(c, orchestrator.StateOffered, func(n *orchestrator.Conversation) {
		n.Offer = &orchestrator.Offer{Agent: orchestrator.Agent{ID: "anna"}}
		n.Epoch = 2
	}))
	f.equal(f.receive(one), orchestrator.Change{
		Conversation: c.ID, Version: 2, Sequence: 2, State: orchestrator.StateOffered, From: orchestrator.StateBot,
		Cause: orchestrator.EventRequeued, By: orchestrator.ActorCustomer, At: f.now(), Epoch: 2,
		Agents: []orchestrator.AgentID{"anna"},
	})
	withdrawn := f.step(f.load(c.ID), orchestrator.StateBot, func(n *orchestrator.Conversation) { n.Offer = nil })
	withdrawn.Before = []orchestrator.AgentID{"anna"}
	f.must(withdrawn)
	f.equal(f.receive(one).Agents, []orchestrator.AgentID{"anna"})
}

func nothingIsToldOfARefusedCommit(f *fixture) {
	c := f.begin()
	stale, first := f.step(c, orchestrator.StateQueued, nil), f.step(c, "", nil)
	f.must(first)
	changes := f.subscribe()
	_, err := f.store.Commit(f.ctx, stale)
	f.fails(err, orchestrator.ErrConflict)
	_, err = f.store.Commit(f.ctx, f.again(first))
	f.ok(err)
	next := f.must(f.step(first.Next, "", nil))
	told := map[uint64]int{}
	for change := f.receive(changes); change.Version != next.Version; change = f.receive(changes) {
		// In a cluster a hint from before the subscription may come late, but never that of a refused commit.
		told[change.Version]++
		if change.State == stale.Next.State || told[change.Version] > 1 {
			f.Fatalf("told of what was not committed: %+v", change)
		}
	}
}

// again is another sender's repetition of a commit's event.
func (f *fixture) again(c *orchestrator.Commit) *orchestrator.Commit {
	repeat := f.step(c.Next, "", nil)
	repeat.Event = c.Event
	return repeat
}

func typingIsTold(f *fixture) {
	changes := f.subscribe()
	want := orchestrator.Change{Conversation: f.store.Mint(bot, "x"), Typing: &orchestrator.TypingChange{
		Author: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna"}, Until: f.in(6 * time.Second),
	}}
	f.ok(f.store.Publish(f.ctx, want))
	f.equal(f.receive(changes), want)
}

func subscriptionEnds(f *fixture) {
	ctx, cancel := context.WithCancel(f.ctx)
	changes, err := f.store.Subscribe(ctx)
	f.ok(err)
	cancel()
	for {
		select {
		case _, open := <-changes:
			if !open {
				return
			}
		case <-f.ctx.Done():
			f.Fatal("the channel stays open")
		}
	}
}
