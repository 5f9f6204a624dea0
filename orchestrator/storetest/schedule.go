package storetest

import (
	"context"
	"errors"
	"slices"
	"time"

	"handoff/orchestrator"
)

var scheduleTests = []behaviour{
	{"OverdueConversationsAreListedMostOverdueFirst", overdueFirst},
	{"LaterDeadlineOfAMessageIsSortedOutBySweeping", laterDeadlineIsRearmed},
	{"EarlierDeadlineIsDueEarlier", earlierDeadlineIsDue},
	{"EarlierDeadlineAfterRearmIsDueEarlier", earlierAfterRearm},
	{"RearmOfAnOldVersionDoesNothing", rearmOfAnOldVersion},
	{"MoveSetsTheDeadline", moveSetsTheDeadline},
	{"ConversationWithoutDeadlineIsNeverDue", noDeadlineIsNeverDue},
	{"LastFetchIsKept", lastFetchIsKept},
	{"EndedConversationLeavesTheSchedule", endedLeavesTheSchedule},
	{"EndedConversationIsRetiredOnce", retiredOnce},
	{"WhatComesNextIsKnown", whatComesNext},
	{"ExclusiveRunsOneAtATime", exclusiveRunsOne},
	{"ExclusiveAnswersTheError", exclusiveAnswersTheError},
	{"PartitionsAreFixed", partitionsAreFixed},
}

func (f *fixture) due(now orchestrator.Moment) []orchestrator.ConversationID {
	f.Helper()
	items := f.eachPartition(func(p int) ([]orchestrator.DueItem, error) { return f.store.Due(f.ctx, p, now, 1000) })
	return ids(items)
}

func ids(items []orchestrator.DueItem) []orchestrator.ConversationID {
	var all []orchestrator.ConversationID
	for _, item := range items {
		all = append(all, item.ID)
	}
	slices.Sort(all)
	return all
}

func setDeadline(at orchestrator.Moment) func(*orchestrator.Conversation) {
	return func(n *orchestrator.Conversation) { n.Deadline = at }
}

func overdueFirst(f *fixture) {
	for i := range 40 {
		c := f.begin()
		f.must(f.step(c, orchestrator.StateQueued, setDeadline(f.in(time.Duration(40-i)*time.Second))))
	}
	now := f.in(30 * time.Second)
	total := 0
	for p := range f.store.Partitions() {
		items, err := f.store.Due(f.ctx, p, now, 1000)
		f.ok(err)
		total += len(items)
		for i, item := range items {
			if item.At >= now || (i > 0 && item.At < items[i-1].At) || f.load(item.ID).Deadline != item.At {
				f.Fatalf("partition %d: %v", p, items)
			}
		}
		if len(items) > 1 {
			first, err := f.store.Due(f.ctx, p, now, 1)
			f.ok(err)
			f.equal(first, items[:1])
		}
	}
	f.equal(total, 29)
}

func laterDeadlineIsRearmed(f *fixture) {
	c := f.begin()
	first := c.Deadline
	f.clock.Advance(10 * time.Minute)
	c = f.must(f.step(c, "", setDeadline(f.in(30*time.Minute))))
	found := f.due(first + 1)
	if len(found) > 0 { // a lower bound is allowed; it must be mended by Rearm
		f.ok(f.store.Rearm(f.ctx, c.ID, c.Version, c.Deadline))
	}
	f.equal(len(f.due(c.Deadline)), 0)
	f.equal(f.due(c.Deadline+1), []orchestrator.ConversationID{c.ID})
}

func earlierDeadlineIsDue(f *fixture) {
	c := f.begin()
	c = f.must(f.step(c, "", setDeadline(f.in(time.Minute))))
	f.equal(f.due(c.Deadline+1), []orchestrator.ConversationID{c.ID})
}

func earlierAfterRearm(f *fixture) {
	c := f.begin()
	c = f.must(f.step(c, "", setDeadline(f.in(2*time.Hour))))
	f.ok(f.store.Rearm(f.ctx, c.ID, c.Version, c.Deadline))
	c = f.must(f.step(c, "", setDeadline(f.in(time.Hour))))
	f.equal(f.due(c.Deadline+1), []orchestrator.ConversationID{c.ID})
}

func rearmOfAnOldVersion(f *fixture) {
	c := f.begin()
	newer := f.must(f.step(c, "", setDeadline(f.in(time.Minute))))
	f.ok(f.store.Rearm(f.ctx, c.ID, c.Version, f.in(time.Hour)))
	f.equal(f.due(newer.Deadline+1), []orchestrator.ConversationID{c.ID})
	ended := f.moveTo(newer, orchestrator.StateCompleted)
	f.ok(f.store.Rearm(f.ctx, c.ID, ended.Version, f.in(time.Minute)))
	f.equal(len(f.due(f.in(time.Hour))), 0)
}

func moveSetsTheDeadline(f *fixture) {
	c := f.begin()
	c = f.must(f.step(c, orchestrator.StateAgent, setDeadline(f.in(3*time.Hour))))
	f.equal(len(f.due(c.Deadline)), 0)
	f.equal(f.due(c.Deadline+1), []orchestrator.ConversationID{c.ID})
}

func noDeadlineIsNeverDue(f *fixture) {
	c := f.begin()
	c = f.must(f.step(c, orchestrator.StateAgent, setDeadline(0)))
	f.equal(len(f.due(f.in(100000*time.Hour))), 0)
	f.ok(f.store.Touch(f.ctx, c.ID, f.now()))
	fetched, err := f.store.Fetched(f.ctx, c.ID)
	f.ok(err)
	f.equal(fetched, f.now())
	c = f.must(f.step(c, "", setDeadline(f.in(time.Minute))))
	f.equal(f.due(c.Deadline+1), []orchestrator.ConversationID{c.ID})
}

func lastFetchIsKept(f *fixture) {
	c, other := f.begin(), f.begin()
	fetched, err := f.store.Fetched(f.ctx, c.ID)
	f.ok(err)
	f.equal(fetched, orchestrator.Moment(0))
	at := f.now()
	f.ok(f.store.Touch(f.ctx, c.ID, at))
	f.ok(f.store.Touch(f.ctx, c.ID, at.Add(-time.Minute))) // a late one
	f.ok(f.store.Touch(f.ctx, other.ID, at.Add(time.Minute)))
	fetched, err = f.store.Fetched(f.ctx, c.ID)
	f.ok(err)
	f.equal(fetched, at)
	unseen := f.eachPartition(func(p int) ([]orchestrator.DueItem,
		error) {
		return f.store.Unseen(f.ctx, p, at.Add(time.Second), 10)
	})
	f.equal(unseen, []orchestrator.DueItem{{ID: c.ID, At: at}})
}

func endedLeavesTheSchedule(f *fixture) {
	c := f.begin()
	f.ok(f.store.Touch(f.ctx, c.ID, f.now()))
	c = f.moveTo(c, orchestrator.StateAbandoned)
	f.ok(f.store.Touch(f.ctx, c.ID, f.now())) // the client does not know yet
	far := f.in(10000 * time.Hour)
	f.equal(len(f.due(far)), 0)
	unseen := f.eachPartition(func(p int) ([]orchestrator.DueItem, error) { return f.store.Unseen(f.ctx, p, far, 10) })
	f.equal(len(unseen), 0)
	fetched, err := f.store.Fetched(f.ctx, c.ID)
	f.ok(err)
	f.equal(fetched, orchestrator.Moment(0))
}

func retiredOnce(f *fixture) {
	f.begin()
	first := f.moveTo(f.begin(), orchestrator.StateCompleted)
	f.clock.Advance(time.Hour)
	second := f.moveTo(f.begin(), orchestrator.StateExpired)
	unretired := func(until orchestrator.Moment) []orchestrator.ConversationID {
		return ids(f.eachPartition(func(p int) ([]orchestrator.DueItem,
			error) {
			return f.store.Retire(f.ctx, p, until, 10)
		}))
	}
	f.equal(unretired(f.now()), []orchestrator.ConversationID{first.ID})
	both := []orchestrator.ConversationID{first.ID, second.ID}
	slices.Sort(both)
	f.equal(unretired(f.now()+1), both)
	for p := range f.store.Partitions() {
		items, err := f.store.Retire(f.ctx, p, f.now(), 10)
		f.ok(err)
		f.ok(f.store.Retired(f.ctx, p, ids(items)))
		f.ok(f.store.Retired(f.ctx, p, ids(items)))
	}
	f.equal(unretired(f.now()+1), []orchestrator.ConversationID{second.ID})
	f.equal(f.load(first.ID), first) // archived, and still readable
}

func whatComesNext(f *fixture) {
	all := make([]int, f.store.Partitions())
	for p := range all {
		all[p] = p
	}
	expect := func(want map[int]orchestrator.Ahead) {
		f.Helper()
		ahead, err := f.store.Ahead(f.ctx, all)
		f.ok(err)
		for p, got := range ahead {
			f.equal(got, want[p])
		}
	}
	expect(nil)
	c := f.begin()
	p, ok := f.store.Partition(c.ID)
	f.equal(ok, true)
	c = f.must(f.step(c, orchestrator.StateQueued, setDeadline(f.in(time.Minute))))
	f.ok(f.store.Touch(f.ctx, c.ID, f.now()))
	want := orchestrator.Ahead{Due: c.Deadline, Seen: f.now()}
	expect(map[int]orchestrator.Ahead{p: want})
	c = f.must(f.step(c, "", nil, send("one")))
	want.Lease = f.in(lease)
	expect(map[int]orchestrator.Ahead{p: want})
	f.clock.Advance(time.Second)
	f.moveTo(c, orchestrator.StateAbandoned)
	expect(map[int]orchestrator.Ahead{p: {Ended: f.now(), Lease: want.Lease}})
	far, err := f.store.Ahead(f.ctx, nil)
	f.ok(err)
	f.equal(len(far), 0)
	_, err = f.store.Ahead(f.ctx, []int{len(all)})
	if err == nil {
		f.Error("a partition that is not there has something ahead")
	}
	if _, ok := f.store.Partition("nothing"); ok {
		f.Error("what is no id has a partition")
	}
}

func exclusiveRunsOne(f *fixture) {
	inside, leave := make(chan struct{}), make(chan struct{})
	outcome := make(chan error, 1)
	go func() {
		ran, err := f.store.Exclusive(f.ctx, "sweep:1", time.Minute, func(context.Context) error {
			close(inside)
			<-leave
			return nil
		})
		if err == nil && !ran {
			err = errors.New("the first did not run")
		}
		outcome <- err
	}()
	<-inside
	never := func(context.Context) error { return errors.New("ran beside another") }
	ran, err := f.store.Exclusive(f.ctx, "sweep:1", time.Minute, never)
	f.ok(err)
	f.equal(ran, false)
	ran, err = f.store.Exclusive(f.ctx, "sweep:2", time.Minute, func(context.Context) error { return nil })
	f.ok(err)
	f.equal(ran, true)
	close(leave)
	f.ok(<-outcome)
	ran, err = f.store.Exclusive(f.ctx, "sweep:1", time.Minute, func(context.Context) error { return nil })
	f.ok(err)
	f.equal(ran, true)
}

func exclusiveAnswersTheError(f *fixture) {
	broken := errors.New("broken")
	ran, err := f.store.Exclusive(f.ctx, "sweep:1", time.Minute, func(context.Context) error { return broken })
	f.equal(ran, true)
	f.fails(err, broken)
}

func partitionsAreFixed(f *fixture) {
	f.equal(f.store.Partitions(), Partitions)
	if _, err := f.store.Due(f.ctx, Partitions, f.now(), 1); err == nil {
		f.Fatal("a partition too many")
	}
	if _, err := f.store.Unseen(f.ctx, -1, f.now(), 1); err == nil {
		f.Fatal("partition -1")
	}
}
