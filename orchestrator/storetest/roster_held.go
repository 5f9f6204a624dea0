package storetest

import (
	"slices"
	"sync"
	"time"

	"handoff/orchestrator"
)

func (f *fixture) hold(id orchestrator.ConversationID, queue orchestrator.QueueName) orchestrator.HeldPlace {
	f.Helper()
	held, err := f.store.HoldPlace(f.ctx, id, orchestrator.Waiting{Queue: queue, Since: f.now()}, f.in(time.Minute))
	f.ok(err)
	return held
}

func heldPlacesDiffer(f *fixture) {
	const many = 200
	ids := make([]orchestrator.ConversationID, many)
	held := make([]orchestrator.HeldPlace, many)
	var all sync.WaitGroup
	for i := range many {
		ids[i] = f.store.Mint(bot, f.name("chat"))
		all.Go(func() {
			// Clocks of processes differ: some ask with a moment that lies behind.
			since := f.now().Add(-time.Duration(i%3) * 10 * time.Millisecond)
			held[i], _ = f.store.HoldPlace(f.ctx, ids[i], orchestrator.Waiting{Queue: "general", Since: since}, f.in(time.Minute))
		})
	}
	all.Wait()
	for i, id := range ids {
		f.ok(f.store.Enqueue(f.ctx, id, orchestrator.Waiting{Queue: "general", Since: held[i].Since}, f.now()))
	}
	told := map[int]orchestrator.Moment{}
	for i, id := range ids {
		_, position, err := f.store.Position(f.ctx, id)
		f.ok(err)
		if held[i].Position != position {
			f.Errorf("told place %d, stands at %d", held[i].Position, position)
		}
		told[held[i].Position] = held[i].Since
	}
	f.equal(len(told), many)
	order := make([]orchestrator.Moment, 0, many)
	for place := range many {
		order = append(order, told[place+1])
	}
	if !slices.IsSorted(order) {
		f.Errorf("the places are not in the order of the first waits")
	}
}

func heldPlaceDoesNotRing(f *fixture) {
	f.present("anna", 2)
	held, waits := f.store.Mint(bot, "held"), f.store.Mint(bot, "waits")
	f.equal(f.hold(held, "general").Position, 1)
	f.wait(waits, "general")
	line := f.floor().Lines["general"]
	f.equal(line.Waiting, 2)
	f.equal(len(line.First), 1)
	f.equal(line.First[0].Conversation, waits)
	f.fails(f.reserve(held, "anna", true), orchestrator.ErrNotWaiting)
	f.ok(f.store.Take(f.ctx, held, "anna", orchestrator.SeatOwner, f.now())) // somebody accepts before it is opened
	f.equal(f.floor().Lines["general"].Waiting, 1)
}

func heldPlaceEnds(f *fixture) {
	id, next := f.store.Mint(bot, "x"), f.store.Mint(bot, "y")
	first := f.hold(id, "general")
	f.equal(f.hold(next, "general").Position, 2)
	again := f.hold(id, "general") // another try
	f.equal(again.Position, 1)
	f.equal(again.Since, first.Since)
	f.ok(f.store.GiveBackPlace(f.ctx, id, first)) // the older try loses: the place is the newer one's
	_, position, err := f.store.Position(f.ctx, next)
	f.ok(err)
	f.equal(position, 2)
	f.ok(f.store.Enqueue(f.ctx, id, orchestrator.Waiting{Queue: "general", Since: again.Since}, f.now()))
	f.ok(f.store.GiveBackPlace(f.ctx, id, again)) // it is not held any more
	_, position, err = f.store.Position(f.ctx, id)
	f.ok(err)
	f.equal(position, 1)
	f.clock.Advance(time.Minute + time.Millisecond)
	_, err = f.store.Expire(f.ctx, f.now(), 10)
	f.ok(err)
	_, _, err = f.store.Position(f.ctx, next)
	f.fails(err, orchestrator.ErrNotWaiting)
	lost := f.hold(next, "general")
	f.ok(f.store.GiveBackPlace(f.ctx, next, lost))
	f.equal(f.floor().Lines["general"].Waiting, 1)
}
