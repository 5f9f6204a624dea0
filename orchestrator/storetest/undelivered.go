package storetest

import (
	"time"

	"handoff/orchestrator"
)

var undeliveredTests = []behaviour{
	{"BuriedCommandIsListedAndTheLaneGoesOn", buriedCommandIsListed},
	{"ListIsOldestFirstInPages", undeliveredInPages},
	{"ListOfAConversationIsItsOwn", undeliveredOfAConversation},
	{"RevivedCommandIsDeliveredLast", revivedCommandIsDeliveredLast},
	{"RevivedOnce", revivedOnce},
	{"DiscardedCommandIsGone", discardedCommandIsGone},
	{"BadCursorIsRefused", badUndeliveredCursor},
}

func (f *fixture) undelivered() []orchestrator.Command {
	f.Helper()
	commands, cursor, err := f.store.Undelivered(f.ctx, "", 1000)
	f.ok(err)
	f.equal(cursor, "")
	return commands
}

func buriedCommandIsListed(f *fixture) {
	step := f.step(f.begin(), "", nil, toBot("one"), toBot("two"))
	f.must(step)
	buried := step.Commands[0]
	buried.Attempt, buried.Failure = 9, "shop: deliver: HTTP 410"
	next, err := f.store.Bury(f.ctx, &buried, nodeA, f.now(), lease)
	f.ok(err)
	f.equal(next, &step.Commands[1])
	next, err = f.store.Bury(f.ctx, &buried, nodeA, f.now(), lease)
	f.ok(err)
	f.equal(next, &step.Commands[1])
	f.equal(f.undelivered(), []orchestrator.Command{buried})
}

func undeliveredInPages(f *fixture) {
	var want []orchestrator.Command
	for range 11 {
		step := f.step(f.begin(), "", nil, toBot("x"))
		f.must(step)
		_, err := f.store.Bury(f.ctx, &step.Commands[0], nodeA, f.now(), lease)
		f.ok(err)
		want = append(want, step.Commands[0])
		f.clock.Advance(time.Millisecond)
	}
	var got []orchestrator.Command
	for cursor, pages := "", 0; ; pages++ {
		page, next, err := f.store.Undelivered(f.ctx, cursor, 3)
		f.ok(err)
		if len(page) > 3 || pages > 20 {
			f.Fatalf("page %d has %d commands", pages, len(page))
		}
		got = append(got, page...)
		if next == "" {
			break
		}
		cursor = next
	}
	f.equal(got, want)
}

// Many others are buried before those of the conversation, of the same partition among them.
func undeliveredOfAConversation(f *fixture) {
	bury := func(cmd *orchestrator.Command) {
		f.Helper()
		_, err := f.store.Bury(f.ctx, cmd, nodeA, f.now(), lease)
		f.ok(err)
		f.clock.Advance(time.Millisecond)
	}
	const others = 600 // more than a hash of Redis answers in one part of a scan
	for range others {
		other := f.step(f.begin(), "", nil, toBot("x"))
		f.must(other)
		bury(&other.Commands[0])
	}
	step := f.step(f.begin(), "", nil, toBot("one"), toBot("two"), send("three"))
	c := f.must(step)
	got, err := f.store.UndeliveredOf(f.ctx, c.ID)
	f.ok(err)
	f.equal(len(got), 0)
	for _, i := range []int{2, 0, 1} {
		bury(&step.Commands[i])
	}
	got, err = f.store.UndeliveredOf(f.ctx, c.ID)
	f.ok(err)
	f.equal(got, []orchestrator.Command{step.Commands[2], step.Commands[0], step.Commands[1]})
	_, err = f.store.UndeliveredOf(f.ctx, "nosuch")
	f.fails(err, orchestrator.ErrNotFound)
}

func revivedCommandIsDeliveredLast(f *fixture) {
	step := f.step(f.begin(), "", nil, toBot("one"), toBot("two"))
	c := f.must(step)
	buried := step.Commands[0]
	buried.Attempt, buried.First = 9, f.now()
	_, err := f.store.Bury(f.ctx, &buried, nodeA, f.now(), lease)
	f.ok(err)
	key, held, err := f.store.Revive(f.ctx, c.ID, buried.ID, nodeA, f.now(), lease)
	f.ok(err)
	f.equal(key, orchestrator.LaneKey{Conversation: c.ID, Lane: botLane})
	f.equal(held, true)
	f.equal(len(f.undelivered()), 0)
	revived := f.done(&step.Commands[1], nodeA)
	if revived == nil || revived.ID != buried.ID || revived.Attempt != 0 || revived.First != 0 {
		f.Fatalf("got %+v, want the revived command with its schedule begun anew", revived)
	}
}

func revivedOnce(f *fixture) {
	step := f.step(f.begin(), "", nil, toBot("one"))
	c := f.must(step)
	next, err := f.store.Bury(f.ctx, &step.Commands[0], nodeA, f.now(), lease)
	f.ok(err)
	if next != nil {
		f.Fatalf("more in the lane: %+v", next)
	}
	_, held, err := f.store.Revive(f.ctx, c.ID, step.Commands[0].ID, nodeB, f.now(), lease)
	f.ok(err)
	f.equal(held, true)
	_, _, err = f.store.Revive(f.ctx, c.ID, step.Commands[0].ID, nodeB, f.now(), lease)
	f.fails(err, orchestrator.ErrNotFound)
	f.equal(f.head(c, botLane, nodeB), &step.Commands[0])
	if rest := f.done(&step.Commands[0], nodeB); rest != nil {
		f.Fatalf("revived twice: %+v", rest)
	}
}

func discardedCommandIsGone(f *fixture) {
	step := f.step(f.begin(), "", nil, toBot("one"))
	c := f.must(step)
	_, err := f.store.Bury(f.ctx, &step.Commands[0], nodeA, f.now(), lease)
	f.ok(err)
	f.ok(f.store.Discard(f.ctx, c.ID, step.Commands[0].ID))
	f.equal(len(f.undelivered()), 0)
	f.fails(f.store.Discard(f.ctx, c.ID, step.Commands[0].ID), orchestrator.ErrNotFound)
	_, _, err = f.store.Revive(f.ctx, c.ID, step.Commands[0].ID, nodeB, f.now(), lease)
	f.fails(err, orchestrator.ErrNotFound)
}

func badUndeliveredCursor(f *fixture) {
	_, _, err := f.store.Undelivered(f.ctx, "not a cursor!", 10)
	f.invalid(err)
}
