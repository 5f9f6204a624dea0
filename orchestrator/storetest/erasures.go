package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"pgregory.net/rapid"

	"handoff/orchestrator"
)

var erasureTests = []behaviour{
	{"CustomerIsFoundAmongLiveAndEnded", customerIsFound},
	{"NothingIsLeftOfAnErasedConversation", nothingIsLeftOfAnErased},
	{"LiveConversationIsNotErased", liveIsNotErased},
	{"HandleOfAnotherConversationStays", handleOfAnotherStays},
	{"CommitAgainstErasureLeavesAllOrNothing", commitAgainstErasure},
	{"ErasureIsToldToAll", erasureIsTold},
	{"OrderIsReplacedByANewerOne", orderIsReplaced},
}

// customer answers all conversations of a customer, as parts of two.
func (f *fixture) customer(id string) (live, ended []orchestrator.ConversationID) {
	f.Helper()
	seen := map[orchestrator.ConversationID]bool{}
	for p := range f.store.Partitions() {
		for cursor := ""; ; {
			walked, err := f.store.OfCustomer(f.ctx, p, bot, id, cursor, 2)
			f.ok(err)
			for _, c := range walked.Live {
				if !seen[c.ID] {
					live = append(live, c.ID)
				}
				seen[c.ID] = true
			}
			for _, c := range walked.Ended {
				if !seen[c.ID] {
					ended = append(ended, c.ID)
				}
				seen[c.ID] = true
			}
			if cursor = walked.Next; cursor == "" {
				break
			}
		}
	}
	slices.Sort(live)
	slices.Sort(ended)
	return live, ended
}

// beginFor begins a conversation of a customer.
func (f *fixture) beginFor(customer string) *orchestrator.Conversation {
	f.Helper()
	c := f.fresh(f.name("chat"))
	c.Customer.ID = customer
	return f.must(f.step(c, "", nil))
}

func customerIsFound(f *fixture) {
	var live, ended []orchestrator.ConversationID
	for range 5 {
		live = append(live, f.beginFor("u-7").ID)
		ended = append(ended, f.moveTo(f.beginFor("u-7"), orchestrator.StateCompleted).ID)
		f.beginFor("u-77") // begins alike
	}
	slices.Sort(live)
	slices.Sort(ended)
	gotLive, gotEnded := f.customer("u-7")
	f.equal(gotLive, live)
	f.equal(gotEnded, ended)
	none, over := f.customer("u-none")
	f.equal(append(none, over...), []orchestrator.ConversationID(nil))
}

// full is an ended conversation with commands that wait, one that was given up, a seat, and a handle with a note.
func (f *fixture) full(customer string) (*orchestrator.Conversation, *orchestrator.Commit) {
	f.Helper()
	first := f.step(f.beginFor(customer), "", nil, send("one"), toBot("two"), toBot("three"))
	c := f.must(first)
	_, err := f.store.Bury(f.ctx, &first.Commands[0], nodeA, f.now(), lease)
	f.ok(err)
	f.ok(f.store.Enqueue(f.ctx, c.ID, orchestrator.Waiting{Queue: "general", Since: f.now()}, f.now()))
	f.ok(f.store.Bind(f.ctx, desk, "ref-1", c.ID))
	f.ok(f.store.Keep(f.ctx, desk, "ref-1", "note", []byte("Ann")))
	f.ok(f.store.Touch(f.ctx, c.ID, f.now()))
	return f.moveTo(c, orchestrator.StateCompleted), first
}

func nothingIsLeftOfAnErased(f *fixture) {
	c, first := f.full("u-7")
	f.ok(f.store.Erase(f.ctx, c, []orchestrator.Bound{{Desk: desk, Ref: "ref-1"}}))
	f.gone(c, first)
	f.ok(f.store.Erase(f.ctx, c, nil)) // again is harmless
	next := f.beginAs(c.External)      // the customer begins anew
	f.equal(f.load(next.ID), next)
}

// gone checks that nothing can be read, written or carried out any more.
func (f *fixture) gone(c *orchestrator.Conversation, first *orchestrator.Commit) {
	f.Helper()
	_, err := f.store.Load(f.ctx, c.ID)
	f.fails(err, orchestrator.ErrNotFound)
	_, err = f.store.Timeline(f.ctx, c.ID, 0, 10)
	f.fails(err, orchestrator.ErrNotFound)
	_, err = f.store.Find(f.ctx, bot, c.External)
	f.fails(err, orchestrator.ErrNotFound)
	_, err = f.store.Resolve(f.ctx, desk, "ref-1")
	f.fails(err, orchestrator.ErrNotFound)
	seen, err := f.store.Seen(f.ctx, c.ID, first.Event)
	f.ok(err)
	f.equal(seen, (*orchestrator.Seen)(nil))
	kept, err := f.store.Kept(f.ctx, desk, "ref-1")
	f.ok(err)
	f.equal(kept, map[string][]byte{})
	handles, err := f.store.Handles(f.ctx, desk, 0, 10)
	f.ok(err)
	f.equal(handles, []orchestrator.Handle{})
	pending, err := f.store.Pending(f.ctx, c.ID)
	f.ok(err)
	f.equal(pending, []orchestrator.Command{})
	f.equal(f.undelivered(), []orchestrator.Command{})
	_, _, err = f.store.Position(f.ctx, c.ID)
	f.fails(err, orchestrator.ErrNotWaiting)
	_, err = f.store.Commit(f.ctx, f.step(c, "", nil, toBot("late")))
	f.fails(err, orchestrator.ErrConflict)
	_, err = f.store.Bury(f.ctx, &first.Commands[1], nodeA, f.now(), lease)
	f.fails(err, orchestrator.ErrNotLeased)
	_, err = f.store.Done(f.ctx, &first.Commands[1], nodeA, f.now(), lease)
	f.fails(err, orchestrator.ErrNotLeased)
	f.fails(f.store.Retry(f.ctx, &first.Commands[1], nodeA, f.now(), lease), orchestrator.ErrNotLeased)
	_, _, err = f.store.Revive(f.ctx, c.ID, first.Commands[0].ID, nodeA, f.now(), lease)
	f.fails(err, orchestrator.ErrNotFound)
	f.ok(f.store.Touch(f.ctx, c.ID, f.now()))
	fetched, err := f.store.Fetched(f.ctx, c.ID)
	f.ok(err)
	f.equal(fetched, orchestrator.Moment(0))
	live, ended := f.customer(c.Customer.ID)
	f.equal(append(live, ended...), []orchestrator.ConversationID(nil))
	f.clock.Advance(2 * lease)
	claimed, err := f.store.Claim(f.ctx, nodeB, f.now(), lease, 10)
	f.ok(err)
	f.equal(claimed, []orchestrator.LaneKey(nil))
}

func liveIsNotErased(f *fixture) {
	c := f.begin()
	if err := f.store.Erase(f.ctx, c, nil); err == nil {
		f.Fatal("a live conversation was erased")
	}
	f.equal(f.load(c.ID), c)
	f.must(f.step(c, "", nil))
}

func handleOfAnotherStays(f *fixture) {
	old, next := f.moveTo(f.beginFor("u-7"), orchestrator.StateCompleted), f.beginFor("u-8")
	f.ok(f.store.Bind(f.ctx, desk, "ref-1", old.ID))
	f.ok(f.store.Bind(f.ctx, desk, "ref-1", next.ID)) // the desk uses its handle again
	f.ok(f.store.Keep(f.ctx, desk, "ref-1", "note", []byte("next")))
	f.ok(f.store.Erase(f.ctx, old, []orchestrator.Bound{{Desk: desk, Ref: "ref-1"}}))
	id, err := f.store.Resolve(f.ctx, desk, "ref-1")
	f.ok(err)
	f.equal(id, next.ID)
	kept, err := f.store.Kept(f.ctx, desk, "ref-1")
	f.ok(err)
	f.equal(kept, map[string][]byte{"note": []byte("next")})
}

// commitAgainstErasure lets late words of an ended conversation race against its erasure. Whoever comes first, nothing is left.
func commitAgainstErasure(f *fixture) {
	for round := range 20 {
		c := f.moveTo(f.begin(), orchestrator.StateCompleted)
		late := f.step(c, "", nil, toBot(fmt.Sprint("late ", round)))
		var racing sync.WaitGroup
		var committed, erased error
		racing.Go(func() { _, committed = f.store.Commit(f.ctx, late) })
		racing.Go(func() { erased = f.store.Erase(f.ctx, c, nil) })
		racing.Wait()
		f.ok(erased)
		if committed != nil && !errors.Is(committed, orchestrator.ErrConflict) {
			f.Fatal(committed)
		}
		_, err := f.store.Load(f.ctx, c.ID)
		f.fails(err, orchestrator.ErrNotFound)
		pending, err := f.store.Pending(f.ctx, c.ID)
		f.ok(err)
		f.equal(pending, []orchestrator.Command{})
		_, err = f.store.Commit(f.ctx, f.step(late.Next, "", nil))
		f.fails(err, orchestrator.ErrConflict)
	}
}

func erasureIsTold(f *fixture) {
	changes, err := f.store.Subscribe(f.ctx)
	f.ok(err)
	c := f.moveTo(f.begin(), orchestrator.StateCompleted)
	f.ok(f.store.Erase(f.ctx, c, nil))
	for change := range changes {
		if change.Erased {
			f.equal(change.Conversation, c.ID)
			return
		}
	}
	f.Fatal("nobody was told")
}

func orderIsReplaced(f *fixture) {
	first := orchestrator.Erasure{Bot: bot, Customer: "u-7", At: f.now()}
	f.ok(f.store.PutErasure(f.ctx, first))
	f.ok(f.store.PutErasure(f.ctx, orchestrator.Erasure{Bot: bot, Customer: "u-8", At: f.now()}))
	next := first
	next.Next = 3
	moved, err := f.store.MoveErasure(f.ctx, first, &next)
	f.ok(err)
	f.equal(moved, true)
	again := orchestrator.Erasure{Bot: bot, Customer: "u-7", At: f.in(1)}
	f.ok(f.store.PutErasure(f.ctx, again))
	moved, err = f.store.MoveErasure(f.ctx, next, nil) // who works on the older one does not end the newer
	f.ok(err)
	f.equal(moved, false)
	moved, err = f.store.MoveErasure(f.ctx, again, nil)
	f.ok(err)
	f.equal(moved, true)
	orders, err := f.store.Erasures(f.ctx)
	f.ok(err)
	f.equal(orders, []orchestrator.Erasure{{Bot: bot, Customer: "u-8", At: f.now()}})
}

// erase removes an ended conversation from store and model.
func (m *chatModel) erase(t *rapid.T) {
	c, ok := m.anyChat(t)
	if !ok {
		return
	}
	id, external := c.record.ID, c.record.External
	err := m.store.Erase(m.ctx, c.record, nil)
	if !c.record.State.Ended() {
		if err == nil {
			t.Fatalf("%s lives and was erased", id)
		}
		return
	}
	no(t, err)
	m.last = nil
	m.chats = slices.DeleteFunc(m.chats, func(other *chat) bool { return other == c })
	m.graves = slices.DeleteFunc(m.graves, func(g grave) bool { return g.command.Conversation == id })
	if m.newest[external] == c {
		delete(m.newest, external)
	}
	_, err = m.store.Load(m.ctx, id)
	is(t, err, orchestrator.ErrNotFound)
	_, err = m.store.Commit(m.ctx, m.step(c.record, "", nil, m.commands(t)...))
	is(t, err, orchestrator.ErrConflict)
	for _, commit := range c.commits {
		seen, err := m.store.Seen(m.ctx, id, commit.Event)
		no(t, err)
		same(t, "seen", seen, (*orchestrator.Seen)(nil))
	}
}
