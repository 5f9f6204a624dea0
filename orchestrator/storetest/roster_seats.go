package storetest

import (
	"fmt"
	"time"

	"handoff/orchestrator"
)

func reservationRunsOut(f *fixture) {
	f.present("anna", 1)
	f.present("bo", 1)
	first := f.wait("a", "general")
	f.clock.Advance(time.Second)
	f.wait("b", "general")
	since := f.now()
	f.ok(f.reserve("a", "anna", true))
	until := f.in(time.Minute)
	f.clock.Advance(time.Minute)
	expired, err := f.store.Expire(f.ctx, f.now(), 10)
	f.ok(err)
	f.equal(len(expired), 0)
	f.clock.Advance(time.Millisecond)
	expired, err = f.store.Expire(f.ctx, f.now(), 10)
	f.ok(err)
	f.equal(expired,
		[]orchestrator.Seat{{Agent: "anna", Conversation: "a", Kind: orchestrator.SeatRinging, Since: since, Until: until}})
	f.equal(f.waiting("general"), []orchestrator.ConversationID{"a", "b"}) // its place again
	f.equal(f.floor().Lines["general"].First[0].Waiting, first)
	f.equal(f.seats(), []string(nil))
	expired, err = f.store.Expire(f.ctx, f.now(), 10)
	f.ok(err)
	f.equal(len(expired), 0)
	f.ok(f.reserve("a", "bo", true))
}

func reservationOutsideTheLineRunsOut(f *fixture) {
	f.present("anna", 1)
	f.present("bo", 1)
	f.take("a", "anna", orchestrator.SeatOwner)
	f.ok(f.reserve("a", "bo", false)) // a transfer
	f.clock.Advance(2 * time.Minute)
	expired, err := f.store.Expire(f.ctx, f.now(), 10)
	f.ok(err)
	f.equal(len(expired), 1)
	f.equal(f.seats(), []string{"a anna owner"})
	_, _, err = f.store.Position(f.ctx, "a")
	f.fails(err, orchestrator.ErrNotWaiting)
}

func reservationIsRenewed(f *fixture) {
	f.present("anna", 1)
	f.wait("a", "general")
	f.ok(f.reserve("a", "anna", true))
	f.clock.Advance(50 * time.Second)
	f.ok(f.reserve("a", "anna", true))
	f.clock.Advance(50 * time.Second)
	expired, err := f.store.Expire(f.ctx, f.now(), 10)
	f.ok(err)
	f.equal(len(expired), 0)
	f.equal(f.allSeats()[0].Until, f.in(10*time.Second))
}

func ownerTakesOver(f *fixture) {
	for _, agent := range []orchestrator.AgentID{"anna", "bo", "cy", "dag"} {
		f.present(agent, 1)
	}
	f.wait("a", "general")
	f.take("a", "anna", orchestrator.SeatOwner) // picked by hand, without a reservation
	f.equal(f.waiting("general"), []orchestrator.ConversationID(nil))
	f.take("a", "bo", orchestrator.SeatGuest)
	f.ok(f.reserve("a", "cy", false))
	f.ok(f.reserve("a", "dag", false))
	f.equal(f.seats(), []string{"a anna owner", "a bo guest", "a cy ringing", "a dag ringing"})
	f.take("a", "cy", orchestrator.SeatOwner)
	f.take("a", "cy", orchestrator.SeatOwner)
	f.equal(f.seats(), []string{"a bo guest", "a cy owner"})
	f.ok(f.reserve("b", "anna", false))
	f.ok(f.reserve("b", "dag", false))
	f.fails(f.reserve("b", "cy", false), orchestrator.ErrNoSeat)
	f.take("a", "bo", orchestrator.SeatOwner) // the guest remains alone
	f.equal(f.seats(), []string{"a bo owner", "b anna ringing", "b dag ringing"})
}

func acceptanceBeatsTheExpiry(f *fixture) {
	f.present("anna", 1)
	f.wait("a", "general")
	f.ok(f.reserve("a", "anna", true))
	f.clock.Advance(2 * time.Minute)
	f.take("a", "anna", orchestrator.SeatOwner)
	expired, err := f.store.Expire(f.ctx, f.now(), 10)
	f.ok(err)
	f.equal(len(expired), 0)
	f.equal(f.seats(), []string{"a anna owner"})
	f.equal(f.waiting("general"), []orchestrator.ConversationID(nil))
}

func wrapUpKeepsTheSeat(f *fixture) {
	f.present("anna", 1)
	f.take("a", "anna", orchestrator.SeatOwner)
	f.clock.Advance(time.Minute)
	f.take("a", "anna", orchestrator.SeatWrapUp)
	f.equal(f.allSeats(),
		[]orchestrator.Seat{{Agent: "anna", Conversation: "a", Kind: orchestrator.SeatWrapUp, Since: f.now()}})
	f.fails(f.reserve("b", "anna", false), orchestrator.ErrNoSeat)
	f.ok(f.store.Release(f.ctx, "a", "anna", f.now()))
	f.ok(f.reserve("b", "anna", false))
}

func releaseGivesBackOne(f *fixture) {
	f.present("anna", 2)
	f.take("a", "anna", orchestrator.SeatOwner)
	f.take("a", "bo", orchestrator.SeatGuest)
	f.take("b", "anna", orchestrator.SeatOwner)
	f.ok(f.store.Release(f.ctx, "a", "anna", f.now()))
	f.ok(f.store.Release(f.ctx, "a", "anna", f.now()))
	f.ok(f.store.Release(f.ctx, "x", "anna", f.now()))
	f.equal(f.seats(), []string{"a bo guest", "b anna owner"})
	f.ok(f.reserve("c", "anna", false))
	f.fails(f.reserve("d", "anna", false), orchestrator.ErrNoSeat)
}

func removeGivesBackAll(f *fixture) {
	f.present("anna", 1)
	f.present("bo", 1)
	f.take("a", "anna", orchestrator.SeatOwner)
	f.take("a", "bo", orchestrator.SeatGuest)
	f.wait("b", "general")
	f.ok(f.store.Remove(f.ctx, "a", f.now()))
	f.ok(f.store.Remove(f.ctx, "a", f.now()))
	f.equal(f.seats(), []string(nil))
	f.ok(f.reserve("b", "anna", true))
	f.ok(f.store.Remove(f.ctx, "b", f.now()))
	f.equal(f.seats(), []string(nil))
	f.clock.Advance(time.Hour)
	expired, err := f.store.Expire(f.ctx, f.now(), 10)
	f.ok(err)
	f.equal(len(expired), 0)
	f.equal(f.waiting("general"), []orchestrator.ConversationID(nil))
}

func seatsOutliveTheSignOff(f *fixture) {
	f.present("anna", 1)
	f.take("a", "anna", orchestrator.SeatOwner)
	f.ok(f.store.RemovePresence(f.ctx, "anna"))
	f.equal(f.seats(), []string{"a anna owner"})
	f.present("anna", 1)
	f.fails(f.reserve("b", "anna", false), orchestrator.ErrNoSeat)
}

func longestIdleIsKnown(f *fixture) {
	f.present("anna", 2)
	idle := func() orchestrator.Moment { f.Helper(); return f.floor().Agents[0].IdleSince }
	for _, stir := range []func(){
		func() { f.ok(f.reserve("a", "anna", false)) },
		func() { f.take("a", "anna", orchestrator.SeatOwner) },
		func() { f.ok(f.store.Release(f.ctx, "a", "anna", f.now())) },
		func() { f.take("b", "anna", orchestrator.SeatGuest) },
		func() { f.ok(f.store.Remove(f.ctx, "b", f.now())) },
	} {
		f.clock.Advance(time.Minute)
		stir()
		f.equal(idle(), f.now())
	}
	stirred := f.now()
	f.clock.Advance(time.Minute)
	f.present("anna", 2)
	f.equal(idle(), stirred)
}

func handleTimeIsAveraged(f *fixture) {
	serve := func(id orchestrator.ConversationID, took time.Duration) {
		f.wait(id, "general")
		f.take(id, "anna", orchestrator.SeatOwner)
		f.clock.Advance(took)
		f.ok(f.store.Remove(f.ctx, id, f.now()))
	}
	average := func() time.Duration {
		f.Helper()
		return time.Duration(f.floor().Lines["general"].HandleMS) * time.Millisecond
	}
	f.equal(average(), time.Duration(0))
	serve("a", 4*time.Minute)
	f.equal(average(), 4*time.Minute)
	serve("b", 8*time.Minute)
	if got := average(); got <= 4*time.Minute || got >= 8*time.Minute {
		f.Fatalf("the average of 4 and 8 minutes is %v", got)
	}
	f.wait("c", "general")
	f.present("anna", 1)
	before := average()
	f.ok(f.reserve("c", "anna", true)) // rang, and nobody served
	f.clock.Advance(time.Hour)
	f.ok(f.store.Remove(f.ctx, "c", f.now()))
	f.equal(average(), before)
}

func floorKeepsToItsLimit(f *fixture) {
	for i := range 10 {
		f.wait(orchestrator.ConversationID(fmt.Sprint("c-", i)), "general")
	}
	for _, limit := range []int{0, 1, 9, 10, 50} {
		floor, err := f.store.Floor(f.ctx, limit)
		f.ok(err)
		f.equal(floor.Lines["general"].Waiting, 10)
		f.equal(len(floor.Lines["general"].First), min(limit, 10))
	}
}

func badNamesAreRefused(f *fixture) {
	for _, name := range []string{"", "a\x1fb", "a\x1eb"} {
		if f.store.SetPresence(f.ctx, orchestrator.Presence{Agent: orchestrator.Agent{ID: orchestrator.AgentID(name)}},
			f.now()) == nil {
			f.Errorf("agent %q was taken", name)
		}
		if f.store.Enqueue(f.ctx, "a", orchestrator.Waiting{Queue: orchestrator.QueueName(name)}, f.now()) == nil {
			f.Errorf("queue %q was taken", name)
		}
		if f.reserve(orchestrator.ConversationID(name), "anna", false) == nil {
			f.Errorf("conversation %q was taken", name)
		}
		if f.store.Take(f.ctx, "a", orchestrator.AgentID(name), orchestrator.SeatOwner, f.now()) == nil {
			f.Errorf("seat of %q was taken", name)
		}
	}
	if f.store.Take(f.ctx, "a", "anna", "sofa", f.now()) == nil {
		f.Error("a seat of an unknown kind was taken")
	}
}
