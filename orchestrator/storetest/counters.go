package storetest

import (
	"time"

	"handoff/orchestrator"
)

// beginIn commits a new conversation of a flow.
func (f *fixture) beginIn(flow string) *orchestrator.Conversation {
	f.Helper()
	c := f.fresh(f.name("chat"))
	c.Flow = flow
	return f.must(f.step(c, "", nil))
}

// standing fails unless as many of a flow stand in each state as are given; the others must be empty.
func (f *fixture) standing(flow string, want map[orchestrator.State]int64) {
	f.Helper()
	got, err := f.store.Standing(f.ctx, flow)
	f.ok(err)
	whole := map[orchestrator.State]int64{}
	for _, state := range orchestrator.LiveStates() {
		whole[state] = want[state]
	}
	f.equal(got, whole)
}

func standingFollowsTheMoves(f *fixture) {
	for range 3 {
		f.beginIn("sales")
	}
	for range 2 {
		f.moveTo(f.beginIn("sales"), orchestrator.StateQueued)
	}
	again := f.moveTo(f.moveTo(f.beginIn("help"), orchestrator.StateQueued), orchestrator.StateQueued) // to the next queue
	f.must(f.step(again, "", nil))                                                                     // a word is not a move
	f.moveTo(f.moveTo(f.beginIn("help"), orchestrator.StateAgent), orchestrator.StateCompleted)
	ended := f.fresh(f.name("chat")) // begun and ended at once
	ended.Flow = "help"
	f.must(f.step(ended, orchestrator.StateExpired, nil))
	repeated := f.step(f.beginIn("help"), orchestrator.StateOffered, nil)
	f.must(repeated)
	_, err := f.store.Commit(f.ctx, repeated)
	f.ok(err)
	f.standing("sales", map[orchestrator.State]int64{orchestrator.StateBot: 3, orchestrator.StateQueued: 2})
	f.standing("help", map[orchestrator.State]int64{orchestrator.StateQueued: 1, orchestrator.StateOffered: 1})
	f.standing("nosuch", nil)
}

func recountFindsNothing(f *fixture) {
	for i := range 30 {
		c := f.beginIn([]string{"sales", "help"}[i%2])
		f.moveTo(c, append(orchestrator.LiveStates(), orchestrator.StateCompleted)[i%8])
	}
	for range 2 { // at first, and a day later
		for p := range f.store.Partitions() {
			mended, err := f.store.Recount(f.ctx, p, f.now())
			f.ok(err)
			f.equal(mended, 0)
		}
		f.clock.Advance(25 * time.Hour)
	}
	_, err := f.store.Recount(f.ctx, f.store.Partitions(), f.now())
	if err == nil {
		f.Fatal("a partition that there is not is counted")
	}
}

func recentStepsAreCounted(f *fixture) {
	began := f.now() // at half past, so it is the beginning of five minutes
	step := orchestrator.StepCount{
		Flow: "default", Event: orchestrator.EventRequeued, From: orchestrator.StateBot, To: orchestrator.StateQueued,
	}
	// passed fails unless so many steps count at a moment after the beginning, and since when.
	passed := func(after time.Duration, n int64, since time.Duration) {
		f.Helper()
		want := orchestrator.RecentCounts{Since: began.Add(since), Steps: map[orchestrator.StepCount]int64{step: n}}
		if n == 0 {
			want.Steps = nil
		}
		got, err := f.store.Recent(f.ctx, began.Add(after))
		f.ok(err)
		f.equal(got, want)
	}
	f.moveTo(f.begin(), orchestrator.StateQueued)
	f.clock.Advance(4 * time.Minute)
	f.moveTo(f.begin(), orchestrator.StateQueued)
	f.must(f.step(f.begin(), "", nil)) // a word is not a step
	f.clock.Advance(time.Minute)
	f.moveTo(f.begin(), orchestrator.StateQueued)
	passed(5*time.Minute, 3, -55*time.Minute)
	passed(64*time.Minute, 3, 0)
	passed(65*time.Minute, 1, 5*time.Minute)
	passed(69*time.Minute, 1, 5*time.Minute)
	passed(70*time.Minute, 0, 10*time.Minute)
}

func stepsAreCounted(f *fixture) {
	hour := f.now() - f.now()%orchestrator.Moment(time.Hour.Milliseconds())
	for range 3 {
		f.moveTo(f.begin(), orchestrator.StateQueued)
	}
	f.must(f.step(f.begin(), "", nil)) // a word is not a step
	f.clock.Advance(time.Hour)
	f.moveTo(f.begin(), orchestrator.StateQueued)
	step := orchestrator.StepCount{
		Flow: "default", Event: orchestrator.EventRequeued, From: orchestrator.StateBot, To: orchestrator.StateQueued,
	}
	next := hour.Add(time.Hour)
	hours, err := f.store.Hours(f.ctx, hour.Add(5*time.Minute), f.now())
	f.ok(err)
	f.equal(hours, map[orchestrator.Moment]orchestrator.HourCounts{hour: stepped(step, 3), next: stepped(step, 1)})
	hours, err = f.store.Hours(f.ctx, next, next)
	f.ok(err)
	f.equal(hours, map[orchestrator.Moment]orchestrator.HourCounts{next: stepped(step, 1)})
}

func stepped(step orchestrator.StepCount, n int64) orchestrator.HourCounts {
	return orchestrator.HourCounts{
		Steps: map[orchestrator.StepCount]int64{step: n}, Durations: map[orchestrator.DurationCount]int64{},
	}
}

func durationsAreCounted(f *fixture) {
	for _, waits := range []time.Duration{4 * time.Second, 5 * time.Second, 100 * time.Second} {
		queuedAt := f.now()
		queued := f.must(f.step(f.begin(), orchestrator.StateQueued, func(n *orchestrator.Conversation) { n.QueuedAt = queuedAt }))
		f.clock.Advance(waits)
		served := f.must(f.step(queued, orchestrator.StateAgent, func(n *orchestrator.Conversation) { n.Started = f.now() }))
		f.clock.Advance(time.Minute)
		f.moveTo(f.moveTo(served, orchestrator.StateWrapUp), orchestrator.StateCompleted)
	}
	hours, err := f.store.Hours(f.ctx, f.now().Add(-time.Hour), f.now())
	f.ok(err)
	sum := map[orchestrator.DurationCount]int64{}
	for _, counts := range hours {
		for d, n := range counts.Durations {
			sum[d] += n
		}
	}
	f.equal(sum, map[orchestrator.DurationCount]int64{
		{Flow: "default", Kind: orchestrator.DurationWait, Bucket: 3}:    2,
		{Flow: "default", Kind: orchestrator.DurationWait, Bucket: 12}:   1,
		{Flow: "default", Kind: orchestrator.DurationHandle, Bucket: 10}: 3,
	})
}
