package storetest

import (
	"errors"
	"slices"
	"time"

	"handoff/orchestrator"
)

var indexTests = []behaviour{
	{"CountsFollowTheMoves", countsFollowTheMoves},
	{"EveryLiveConversationIsListedOnce", everyLiveConversationIsListedOnce},
	{"ListIsFiltered", listIsFiltered},
	{"ListOfManyThatBeganAtOnce", listOfManyThatBeganAtOnce},
	{"ListWhoseMembersLeaveBetweenPages", listWhoseMembersLeave},
	{"BadCursorIsRefused", badListCursor},
	{"ChangedSinceShowsLiveAndEnded", changedSince},
	{"ChangedAfterALongWait", changedAfterALongWait},
	{"LongestComesFirst", longestComesFirst},
	{"LongestOfManyThatBeganAtOnce", longestOfMany},
	{"StandingFollowsTheMovesOfAFlow", standingFollowsTheMoves},
	{"RecountFindsNothingToMend", recountFindsNothing},
	{"StepsAreCountedByTheHour", stepsAreCounted},
	{"StepsOfTheLastHourAreCounted", recentStepsAreCounted},
	{"DurationsAreCountedByTheHour", durationsAreCounted},
}

func (f *fixture) invalid(err error) {
	f.Helper()
	if _, ok := errors.AsType[*orchestrator.InputError](err); !ok {
		f.Fatalf("got error %v, want an *InputError", err)
	}
}

func countsFollowTheMoves(f *fixture) {
	began := f.now()
	for range 5 {
		f.begin()
	}
	f.clock.Advance(time.Minute)
	queued := f.moveTo(f.begin(), orchestrator.StateQueued)
	f.clock.Advance(time.Minute)
	again := f.moveTo(queued, orchestrator.StateQueued) // to the next queue
	f.moveTo(f.begin(), orchestrator.StateCompleted)
	counts, err := f.store.Counts(f.ctx)
	f.ok(err)
	want := map[orchestrator.State]orchestrator.StateCount{}
	for _, state := range orchestrator.LiveStates() {
		want[state] = orchestrator.StateCount{}
	}
	want[orchestrator.StateBot] = orchestrator.StateCount{Count: 5, Oldest: began}
	want[orchestrator.StateQueued] = orchestrator.StateCount{Count: 1, Oldest: again.EnteredAt}
	f.equal(counts, want)
}

// listAll pages through a list and fails when something comes twice.
func (f *fixture) listAll(filter orchestrator.Filter, between func()) []orchestrator.ConversationID {
	f.Helper()
	var all []orchestrator.ConversationID
	for pages := 0; ; pages++ {
		page, next, err := f.store.List(f.ctx, filter)
		f.ok(err)
		if len(page) > filter.Limit || pages > 10000 {
			f.Fatalf("page %d has %d items, limit %d", pages, len(page), filter.Limit)
		}
		for _, c := range page {
			if slices.Contains(all, c.ID) {
				f.Fatalf("%s is listed twice", c.ID)
			}
			all = append(all, c.ID)
		}
		if next == "" {
			slices.Sort(all)
			return all
		}
		filter.Cursor = next
		if between != nil {
			between()
		}
	}
}

func everyLiveConversationIsListedOnce(f *fixture) {
	var want []orchestrator.ConversationID
	for i := range 60 {
		c := f.begin()
		f.clock.Advance(time.Duration(i%3) * time.Millisecond)
		if state := orchestrator.LiveStates()[i%7]; state != orchestrator.StateBot {
			c = f.moveTo(c, state)
		}
		want = append(want, c.ID)
	}
	f.moveTo(f.begin(), orchestrator.StateCompleted)
	slices.Sort(want)
	for _, limit := range []int{1, 7, 60, 1000} {
		f.equal(f.listAll(orchestrator.Filter{Limit: limit}, nil), want)
	}
	page, next, err := f.store.List(f.ctx, orchestrator.Filter{Limit: 1000})
	f.ok(err)
	f.equal(next, "")
	for _, c := range page {
		f.equal(c, f.load(c.ID))
	}
}

func listIsFiltered(f *fixture) {
	var queued, billing, anna []orchestrator.ConversationID
	for i := range 30 {
		c := f.begin()
		if i%2 == 0 {
			c = f.must(f.step(c, orchestrator.StateQueued, func(n *orchestrator.Conversation) {
				n.Queue, n.Desk = "general", desk
				if i%3 == 0 {
					n.Queue = "billing"
				}
			}))
			queued = append(queued, c.ID)
			if i%3 == 0 {
				billing = append(billing, c.ID)
			}
		}
		if i%5 == 0 {
			c = f.must(f.step(c, "", func(n *orchestrator.Conversation) {
				n.Offer = &orchestrator.Offer{Agent: orchestrator.Agent{ID: "anna"}}
			}))
			anna = append(anna, c.ID)
		}
	}
	for _, list := range [][]orchestrator.ConversationID{queued, billing, anna} {
		slices.Sort(list)
	}
	f.equal(f.listAll(orchestrator.Filter{State: orchestrator.StateQueued, Limit: 4}, nil), queued)
	f.equal(f.listAll(orchestrator.Filter{Queue: "billing", Limit: 4}, nil), billing)
	f.equal(f.listAll(orchestrator.Filter{Agent: "anna", Limit: 1}, nil), anna)
	f.equal(f.listAll(orchestrator.Filter{Desk: desk, Bot: bot, Limit: 50}, nil), queued)
	f.equal(len(f.listAll(orchestrator.Filter{Bot: "other", Limit: 4}, nil)), 0)
	f.equal(len(f.listAll(orchestrator.Filter{State: orchestrator.StateCompleted, Limit: 4}, nil)), 0)
}

func listOfManyThatBeganAtOnce(f *fixture) {
	const many = 400
	for range many {
		f.begin()
	}
	f.equal(len(f.listAll(orchestrator.Filter{Limit: 3}, nil)), many)
}

func listWhoseMembersLeave(f *fixture) {
	var stay []orchestrator.ConversationID
	var leave []*orchestrator.Conversation
	for i := range 40 {
		if c := f.begin(); i%2 == 0 {
			stay = append(stay, c.ID)
		} else {
			leave = append(leave, c)
		}
	}
	listed := f.listAll(orchestrator.Filter{Limit: 2}, func() {
		if len(leave) > 0 {
			f.moveTo(leave[0], orchestrator.StateCompleted)
			leave = leave[1:]
		}
	})
	for _, id := range stay {
		if !slices.Contains(listed, id) {
			f.Fatalf("%s, which never moved, is not listed", id)
		}
	}
}

func badListCursor(f *fixture) {
	f.begin()
	for _, cursor := range []string{"!", "YQ", "OTk5OTl8MXx4", "MHx4fHg"} {
		_, _, err := f.store.List(f.ctx, orchestrator.Filter{Limit: 3, Cursor: cursor})
		f.invalid(err)
	}
}

// changedAfterALongWait: lists go by the first wait, but what changed goes by when it moved.
func changedAfterALongWait(f *fixture) {
	began := f.now()
	f.clock.Advance(time.Hour)
	c := f.must(f.step(f.begin(), orchestrator.StateQueued, func(n *orchestrator.Conversation) { n.WaitingFrom = began }))
	changes, err := f.store.ChangedSince(f.ctx, f.now(), 10)
	f.ok(err)
	f.equal(len(changes), 1)
	f.equal(changes[0].At, c.EnteredAt)
	counts, err := f.store.Counts(f.ctx)
	f.ok(err)
	f.equal(counts[orchestrator.StateQueued].Oldest, began)
	f.moveTo(c, orchestrator.StateAbandoned)
	changes, err = f.store.ChangedSince(f.ctx, f.now(), 10)
	f.ok(err)
	f.equal(len(changes), 1)
	f.equal(changes[0].State, orchestrator.StateAbandoned)
}

func changedSince(f *fixture) {
	f.begin()
	f.clock.Advance(time.Minute)
	since := f.now()
	queued := f.moveTo(f.begin(), orchestrator.StateQueued)
	f.clock.Advance(time.Minute)
	ended := f.moveTo(f.begin(), orchestrator.StateCompleted)
	change := func(c *orchestrator.Conversation, at orchestrator.Moment) orchestrator.Change {
		return orchestrator.Change{Conversation: c.ID, Version: c.Version, Sequence: c.Sequence, State: c.State, At: at,
			Epoch: c.Epoch}
	}
	changes, err := f.store.ChangedSince(f.ctx, since, 100)
	f.ok(err)
	f.equal(changes, []orchestrator.Change{change(queued, queued.EnteredAt), change(ended, ended.EndedAt)})
	changes, err = f.store.ChangedSince(f.ctx, since, 1)
	f.ok(err)
	f.equal(changes, []orchestrator.Change{change(queued, queued.EnteredAt)})
	changes, err = f.store.ChangedSince(f.ctx, f.now()+1, 100)
	f.ok(err)
	f.equal(len(changes), 0)
}
