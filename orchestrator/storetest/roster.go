package storetest

import (
	"cmp"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"handoff/orchestrator"
)

var rosterTests = []behaviour{
	{"PresenceIsShown", presenceIsShown},
	{"ProvisionalPresenceGivesWay", provisionalPresenceGivesWay},
	{"LineIsOrdered", lineIsOrdered},
	{"LinesAreSeparate", linesAreSeparate},
	{"EnqueueReplacesPlaceAndSeats", enqueueReplaces},
	{"ReservedConversationLeavesTheLine", reservedLeavesTheLine},
	{"ChoicesOfPresence", choicesOfPresence},
	{"PlacesThatAreHeldAtOnceAreAllDifferent", heldPlacesDiffer},
	{"HeldPlaceCountsButDoesNotRing", heldPlaceDoesNotRing},
	{"HeldPlaceIsTakenGivenBackOrRunsOut", heldPlaceEnds},
	{"ConversationRingsAtOnePerson", ringsAtOnePerson},
	{"CapacityIsKeptUnderARace", capacityIsKept},
	{"AwayAgentIsNotOffered", awayAgentIsNotOffered},
	{"SupervisorMayForceASeat", supervisorMayForce},
	{"ReservationRunsOut", reservationRunsOut},
	{"ReservationOutsideTheLineRunsOut", reservationOutsideTheLineRunsOut},
	{"ReservationIsRenewed", reservationIsRenewed},
	{"OwnerTakesOverFromAllButGuests", ownerTakesOver},
	{"AcceptanceBeatsTheExpiry", acceptanceBeatsTheExpiry},
	{"WrapUpKeepsTheSeat", wrapUpKeepsTheSeat},
	{"ReleaseGivesBackOneSeat", releaseGivesBackOne},
	{"RemoveGivesBackAll", removeGivesBackAll},
	{"SeatsOutliveTheSignOff", seatsOutliveTheSignOff},
	{"LongestIdleIsKnown", longestIdleIsKnown},
	{"HandleTimeIsAveraged", handleTimeIsAveraged},
	{"FloorKeepsToItsLimit", floorKeepsToItsLimit},
	{"BadNamesAreRefused", badNamesAreRefused},
}

func provisionalPresenceGivesWay(f *fixture) {
	anna := orchestrator.Agent{ID: "anna", Name: "Anna"}
	seen := orchestrator.Presence{Agent: anna, Until: f.in(time.Minute), Provisional: true}
	said := orchestrator.Presence{Agent: anna, Online: true, Capacity: 2, Until: f.in(time.Hour)}
	for _, step := range []struct{ set, want orchestrator.Presence }{{seen, seen}, {said, said}, {seen, said}} {
		f.ok(f.store.SetPresence(f.ctx, step.set, f.now()))
		floor, err := f.store.Floor(f.ctx, 1)
		f.ok(err)
		step.want.IdleSince, step.want.Since = f.now(), f.now()
		f.equal(floor.Agents, []orchestrator.Presence{step.want})
	}
	f.ok(f.store.RemovePresence(f.ctx, "anna"))
	f.ok(f.store.SetPresence(f.ctx, seen, f.now()))
	err := f.store.Reserve(f.ctx, orchestrator.Reservation{
		Conversation: f.store.Mint(bot, "x"), Agent: "anna", Until: f.in(time.Minute),
	}, f.now())
	f.fails(err, orchestrator.ErrNoSeat)
}

func choicesOfPresence(f *fixture) {
	anna := orchestrator.Presence{Agent: orchestrator.Agent{ID: "anna"}, Online: true, Until: f.in(time.Minute)}
	changes, err := f.store.Subscribe(f.ctx)
	f.ok(err)
	// told waits for the hint of a choice that is made now. One of a step that is no choice would come in its place.
	told := func(at orchestrator.Moment) {
		f.Helper()
		for change := range changes {
			if change.Presence == "anna" {
				f.equal(change.At, at)
				return
			}
		}
	}
	began := f.now()
	for _, step := range []struct {
		name   string
		do     func()
		online bool
		since  orchestrator.Moment
		reason string
		told   bool
	}{
		{"a choice", func() { f.ok(f.store.SetPresence(f.ctx, anna, f.now())) }, true, began, "", true},
		{"the same again", func() {
			f.clock.Advance(time.Second)
			f.ok(f.store.SetPresence(f.ctx, anna, f.now()))
		}, true, began, "", false},
		{"a sign of life", func() {
			renewed, err := f.store.RenewPresence(f.ctx, "anna", f.in(time.Hour))
			f.ok(err)
			f.equal(renewed, true)
		}, true, began, "", false},
		{"another one, for a reason", func() {
			anna.Online, anna.Reason = false, "lunch"
			f.ok(f.store.SetPresence(f.ctx, anna, f.now()))
		}, false, began.Add(time.Second), "lunch", true},
		{"the same without its reason", func() {
			anna.Reason = ""
			f.ok(f.store.SetPresence(f.ctx, anna, f.now()))
		}, false, began.Add(time.Second), "lunch", false},
		{"another reason", func() {
			anna.Reason = "training"
			f.clock.Advance(time.Second)
			f.ok(f.store.SetPresence(f.ctx, anna, f.now()))
		}, false, began.Add(2 * time.Second), "training", true},
		{"missed, and heard of again", func() {
			f.clock.Advance(2 * time.Hour)
			renewed, err := f.store.RenewPresence(f.ctx, "anna", f.in(time.Minute))
			f.ok(err)
			f.equal(renewed, true)
		}, false, began.Add(2 * time.Second), "training", false},
		{"signed off by somebody else", func() {
			anna.Offline, anna.Until, anna.Reason = true, f.now(), "fire drill"
			f.ok(f.store.SetPresence(f.ctx, anna, f.now()))
			renewed, err := f.store.RenewPresence(f.ctx, "anna", f.in(time.Minute))
			f.ok(err)
			f.equal(renewed, false)
		}, false, began.Add(2*time.Hour + 2*time.Second), "fire drill", true},
	} {
		step.do()
		if step.told {
			told(f.now())
		}
		floor, err := f.store.Floor(f.ctx, 1)
		f.ok(err)
		if len(floor.Agents) != 1 {
			f.Fatalf("%s: %d people", step.name, len(floor.Agents))
		}
		p := floor.Agents[0]
		if p.Online != step.online || p.Since != step.since || p.Reason != step.reason {
			f.Errorf("%s: online %t since %s for %q; want %t, %s, %q", step.name, p.Online, p.Since, p.Reason, step.online,
				step.since, step.reason)
		}
	}
	f.ok(f.store.RemovePresence(f.ctx, "anna"))
	told(0)
	renewed, err := f.store.RenewPresence(f.ctx, "anna", f.in(time.Minute))
	f.ok(err)
	f.equal(renewed, false)
}

// present signs an agent in for an hour.
func (f *fixture) present(id orchestrator.AgentID, capacity int) {
	f.Helper()
	f.ok(f.store.SetPresence(f.ctx, orchestrator.Presence{
		Agent: orchestrator.Agent{ID: id, Name: "N " + string(id)}, Online: true, Queues: []orchestrator.QueueName{"general"},
		Skills: []string{"refund"}, Capacity: capacity, Until: f.in(time.Hour),
	}, f.now()))
}

func (f *fixture) wait(id orchestrator.ConversationID, queue orchestrator.QueueName) orchestrator.Waiting {
	f.Helper()
	w := orchestrator.Waiting{Queue: queue, Since: f.now()}
	f.ok(f.store.Enqueue(f.ctx, id, w, f.now()))
	return w
}

func (f *fixture) reserve(id orchestrator.ConversationID, agent orchestrator.AgentID, fromLine bool) error {
	return f.store.Reserve(f.ctx, orchestrator.Reservation{
		Conversation: id, Agent: agent, Until: f.in(time.Minute), FromLine: fromLine,
	}, f.now())
}

func (f *fixture) take(id orchestrator.ConversationID, agent orchestrator.AgentID, kind orchestrator.SeatKind) {
	f.Helper()
	f.ok(f.store.Take(f.ctx, id, agent, kind, f.now()))
}

// floor reads the floor, with its agents sorted for comparison.
func (f *fixture) floor() *orchestrator.Floor {
	f.Helper()
	floor, err := f.store.Floor(f.ctx, 100)
	f.ok(err)
	slices.SortFunc(floor.Agents, func(a, b orchestrator.Presence) int { return cmp.Compare(a.Agent.ID, b.Agent.ID) })
	return floor
}

// seatsOf reads the seats that a filter selects, sorted for comparison.
func (f *fixture) seatsOf(of orchestrator.SeatFilter) []orchestrator.Seat {
	f.Helper()
	seats, err := f.store.Seats(f.ctx, of)
	f.ok(err)
	sortSeats(seats)
	return seats
}

func (f *fixture) allSeats() []orchestrator.Seat {
	f.Helper()
	return f.seatsOf(orchestrator.SeatFilter{})
}

func sortSeats(seats []orchestrator.Seat) {
	slices.SortFunc(seats, func(a, b orchestrator.Seat) int {
		return cmp.Or(cmp.Compare(a.Conversation, b.Conversation), cmp.Compare(a.Agent, b.Agent))
	})
}

// seats names who has which seat: "conversation agent kind".
func (f *fixture) seats() []string {
	f.Helper()
	var seats []string
	for _, s := range f.allSeats() {
		seats = append(seats, fmt.Sprint(s.Conversation, " ", s.Agent, " ", s.Kind))
	}
	return seats
}

// waiting names who waits in a queue, the next first.
func (f *fixture) waiting(queue orchestrator.QueueName) []orchestrator.ConversationID {
	f.Helper()
	var waiting []orchestrator.ConversationID
	line := f.floor().Lines[queue]
	for i, place := range line.First {
		waiting = append(waiting, place.Conversation)
		q, position, err := f.store.Position(f.ctx, place.Conversation)
		f.ok(err)
		if q != queue || position != i+1 {
			f.Fatalf("%s is at %d of %s, not at %d of %s", place.Conversation, position, q, i+1, queue)
		}
	}
	f.equal(line.Waiting, len(waiting))
	return waiting
}

func presenceIsShown(f *fixture) {
	f.present("anna", 2)
	began := f.now()
	f.clock.Advance(time.Minute)
	f.present("bo", 1)
	changed := orchestrator.Presence{Agent: orchestrator.Agent{ID: "anna", Name: "Anna B"}, Capacity: 5,
		Until: f.in(time.Minute)}
	f.ok(f.store.SetPresence(f.ctx, changed, f.now()))
	changed.IdleSince, changed.Since = began, f.now()
	agents := f.floor().Agents
	f.equal(len(agents), 2)
	f.equal(agents[0], changed)
	f.equal(agents[1].IdleSince, f.now())
	f.ok(f.store.RemovePresence(f.ctx, "anna"))
	f.ok(f.store.RemovePresence(f.ctx, "anna"))
	f.equal(len(f.floor().Agents), 1)
	f.present("anna", 2) // somebody new
	f.equal(f.floor().Agents[0].IdleSince, f.now())
}

func lineIsOrdered(f *fixture) {
	base := f.now()
	for _, p := range []struct {
		id       orchestrator.ConversationID
		priority int
		front    bool
		since    time.Duration
	}{
		{"low-early", 0, false, 0}, {"high-late", 9, false, 5}, {"high-early", 9, false, 1}, {"high-late-front", 9, true, 6},
		{"mid", 5, false, 2}, {"low-front", 0, true, 9}, {"beyond", 12, false, 4}, {"below", -3, false, 1},
	} {
		f.ok(f.store.Enqueue(f.ctx, p.id, orchestrator.Waiting{
			Queue: "general", Priority: p.priority, Front: p.front, Since: base.Add(p.since * time.Second),
		}, f.now()))
	}
	f.equal(f.waiting("general"), []orchestrator.ConversationID{
		"high-late-front", "high-early", "beyond", "high-late", "mid", "low-front", "low-early", "below",
	})
}

func linesAreSeparate(f *fixture) {
	f.wait("a", "general")
	f.wait("b", "gen")
	w := orchestrator.Waiting{
		Queue: "general", Since: f.in(time.Second), Skills: []string{"refund"}, Prefer: "anna", Only: "bo",
		Exclude: []orchestrator.AgentID{"cy"}, Priority: 0, Front: false,
	}
	f.ok(f.store.Enqueue(f.ctx, "c", w, f.now()))
	f.equal(f.waiting("general"), []orchestrator.ConversationID{"a", "c"})
	f.equal(f.waiting("gen"), []orchestrator.ConversationID{"b"})
	f.equal(f.floor().Lines["general"].First[1], orchestrator.Place{Conversation: "c", Waiting: w})
	_, _, err := f.store.Position(f.ctx, "nobody")
	f.fails(err, orchestrator.ErrNotWaiting)
}

func enqueueReplaces(f *fixture) {
	f.present("anna", 1)
	f.wait("a", "general")
	f.wait("a", "billing")
	f.wait("a", "billing")
	f.equal(f.waiting("general"), []orchestrator.ConversationID(nil))
	f.equal(f.waiting("billing"), []orchestrator.ConversationID{"a"})
	f.ok(f.reserve("a", "anna", true))
	f.wait("a", "general")
	f.equal(f.seats(), []string(nil))
	f.ok(f.reserve("a", "anna", true)) // her seat is free again
}

func reservedLeavesTheLine(f *fixture) {
	f.present("anna", 1)
	f.wait("a", "general")
	f.wait("b", "general")
	f.ok(f.reserve("a", "anna", true))
	f.ok(f.reserve("a", "anna", true)) // again
	f.equal(f.waiting("general"), []orchestrator.ConversationID{"b"})
	f.equal(f.allSeats(), []orchestrator.Seat{{
		Agent: "anna", Conversation: "a", Kind: orchestrator.SeatRinging, Since: f.now(), Until: f.in(time.Minute),
	}})
	f.fails(f.reserve("b", "anna", true), orchestrator.ErrNoSeat)
	f.equal(f.waiting("general"), []orchestrator.ConversationID{"b"})
	f.fails(f.reserve("c", "anna", true), orchestrator.ErrNotWaiting)
}

func ringsAtOnePerson(f *fixture) {
	const agents = 20
	for i := range agents {
		f.present(orchestrator.AgentID(fmt.Sprint("agent-", i)), 1)
	}
	f.wait("a", "general")
	var rings, late atomic.Int64
	f.race(agents, func(i int) error {
		switch err := f.reserve("a", orchestrator.AgentID(fmt.Sprint("agent-", i)), true); {
		case err == nil:
			rings.Add(1)
		case isNotWaiting(err):
			late.Add(1)
		default:
			return err
		}
		return nil
	})
	if rings.Load() != 1 || late.Load() != agents-1 {
		f.Fatalf("rings at %d people, %d came late", rings.Load(), late.Load())
	}
	f.equal(len(f.allSeats()), 1)
}

func capacityIsKept(f *fixture) {
	const waiting = 30
	f.present("anna", 3)
	for i := range waiting {
		f.wait(orchestrator.ConversationID(fmt.Sprint("c-", i)), "general")
	}
	var seated atomic.Int64
	f.race(waiting, func(i int) error {
		switch err := f.reserve(orchestrator.ConversationID(fmt.Sprint("c-", i)), "anna", true); {
		case err == nil:
			seated.Add(1)
		case !isNoSeat(err):
			return err
		}
		return nil
	})
	f.equal(seated.Load(), int64(3))
	f.equal(len(f.allSeats()), 3)
	f.equal(len(f.waiting("general")), waiting-3)
}

func awayAgentIsNotOffered(f *fixture) {
	f.wait("a", "general")
	f.fails(f.reserve("a", "anna", true), orchestrator.ErrNoSeat) // nobody knows her
	f.present("anna", 1)
	f.clock.Advance(time.Hour + time.Millisecond)
	f.fails(f.reserve("a", "anna", true), orchestrator.ErrNoSeat) // vanished
	f.ok(f.store.SetPresence(f.ctx, orchestrator.Presence{Agent: orchestrator.Agent{ID: "anna"}, Capacity: 1,
		Until: f.in(time.Hour)}, f.now()))
	f.fails(f.reserve("a", "anna", true), orchestrator.ErrNoSeat) // away
	f.present("anna", 0)
	f.fails(f.reserve("a", "anna", true), orchestrator.ErrNoSeat) // takes nobody
	f.equal(f.waiting("general"), []orchestrator.ConversationID{"a"})
}

func supervisorMayForce(f *fixture) {
	f.wait("a", "general")
	r := orchestrator.Reservation{Conversation: "a", Agent: "anna", Until: f.in(time.Minute), FromLine: true, Force: true}
	f.ok(f.store.Reserve(f.ctx, r, f.now()))
	f.equal(f.seats(), []string{"a anna ringing"})
	r.Conversation = "b"
	f.fails(f.store.Reserve(f.ctx, r, f.now()), orchestrator.ErrNotWaiting)
}
