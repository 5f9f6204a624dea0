package storetest

import (
	"fmt"
	"sync"
	"time"

	"handoff/orchestrator"
)

var outboxTests = []behaviour{
	{"CommandsOfALaneComeInOrder", commandsComeInOrder},
	{"LanesAreIndependent", lanesAreIndependent},
	{"CommitterGetsTheLeaseOfAFreeLane", committerGetsTheLease},
	{"OtherNodeFindsTheCommandOfALeasedLane", otherNodeFindsTheCommand},
	{"DoneIsOnlyForTheFirstCommand", doneIsOnlyForTheFirst},
	{"DoneTwiceTakesOneCommand", doneTwiceTakesOne},
	{"StrangerMayNotWorkALane", strangerMayNotWork},
	{"ExpiredLeaseIsClaimedByAnother", expiredLeaseIsClaimed},
	{"RenewedLeaseIsNotClaimed", renewedLeaseIsNotClaimed},
	{"RenewedLanesAreNotClaimed", renewedLanesAreNotClaimed},
	{"RenewingShortensNoLease", renewingShortensNoLease},
	{"CommitTakesOverAnExpiredLease", commitTakesOverAnExpiredLease},
	{"ConcurrentClaimsHaveOneWinnerForEachLane", concurrentClaims},
	{"ClaimKeepsToItsLimit", claimKeepsToItsLimit},
	{"RetryRemembersHowItWent", retryRemembers},
	{"WaitingForARetryKeepsTheLease", waitingKeepsTheLease},
	{"YieldedLaneIsClaimedAtOnce", yieldedLaneIsClaimed},
	{"FailingCommandStepsAside", failingCommandStepsAside},
	{"LateLaneOfAnotherNode", lateLaneOfAnotherNode},
	{"LaneOutlivesTheEnd", laneOutlivesTheEnd},
}

func (f *fixture) head(
	c *orchestrator.Conversation, lane orchestrator.Lane, node orchestrator.NodeID,
) *orchestrator.Command {
	f.Helper()
	cmd, err := f.store.Head(f.ctx, orchestrator.LaneKey{Conversation: c.ID, Lane: lane}, node, f.now(), lease)
	f.ok(err)
	return cmd
}

func (f *fixture) done(cmd *orchestrator.Command, node orchestrator.NodeID) *orchestrator.Command {
	f.Helper()
	next, err := f.store.Done(f.ctx, cmd, node, f.now(), lease)
	f.ok(err)
	return next
}

func (f *fixture) claim(node orchestrator.NodeID) []orchestrator.LaneKey {
	f.Helper()
	keys, err := f.store.Claim(f.ctx, node, f.now(), lease, 1000)
	f.ok(err)
	return keys
}

func commandsComeInOrder(f *fixture) {
	c := f.begin()
	var want []string
	for i := range 6 {
		one, two := fmt.Sprint(2*i), fmt.Sprint(2*i+1)
		c = f.must(f.step(c, "", nil, send(one), send(two)))
		want = append(want, one, two)
	}
	var got []string
	for cmd := f.head(c, deskLane, nodeA); cmd != nil; cmd = f.done(cmd, nodeA) {
		got = append(got, cmd.Message.Text)
	}
	f.equal(got, want)
	pending, err := f.store.Pending(f.ctx, c.ID)
	f.ok(err)
	f.equal(len(pending), 0)
}

func lanesAreIndependent(f *fixture) {
	step := f.step(f.begin(), "", nil, send("desk"), toBot("bot"))
	c := f.must(step)
	f.equal(f.head(c, deskLane, nodeA), &step.Commands[0])
	f.equal(f.head(c, botLane, nodeA), &step.Commands[1])
	f.done(&step.Commands[0], nodeA)
	f.equal(f.head(c, botLane, nodeA), &step.Commands[1])
	pending, err := f.store.Pending(f.ctx, c.ID)
	f.ok(err)
	f.equal(pending, step.Commands[1:])
}

func committerGetsTheLease(f *fixture) {
	c := f.begin()
	step := f.step(c, "", nil, send("one"), toBot("two"), send("three"))
	first, err := f.store.Commit(f.ctx, step)
	f.ok(err)
	f.equal(first.Leased, []orchestrator.Lane{deskLane, botLane})
	f.equal(first.Fresh, []orchestrator.Lane{deskLane, botLane})
	again, err := f.store.Commit(f.ctx, f.step(step.Next, "", nil, send("four")))
	f.ok(err)
	f.equal(again, orchestrator.Committed{Leased: []orchestrator.Lane{deskLane}})
}

func otherNodeFindsTheCommand(f *fixture) {
	first := f.step(f.begin(), "", nil, send("one"))
	c := f.must(first)
	second := f.step(c, "", nil, send("two"))
	second.Node = nodeB
	done, err := f.store.Commit(f.ctx, second)
	f.ok(err)
	f.equal(done, orchestrator.Committed{})
	next := f.done(&first.Commands[0], nodeA)
	f.equal(next, &second.Commands[0])
	if rest := f.done(next, nodeA); rest != nil {
		f.Fatalf("a third command: %+v", rest)
	}
	third := f.step(second.Next, "", nil, send("three"))
	third.Node = nodeB
	done, err = f.store.Commit(f.ctx, third)
	f.ok(err)
	f.equal(done, orchestrator.Committed{Leased: []orchestrator.Lane{deskLane}, Fresh: []orchestrator.Lane{deskLane}})
}

func doneIsOnlyForTheFirst(f *fixture) {
	step := f.step(f.begin(), "", nil, send("one"), send("two"))
	f.must(step)
	f.equal(f.done(&step.Commands[1], nodeA), &step.Commands[0])
}

func doneTwiceTakesOne(f *fixture) {
	step := f.step(f.begin(), "", nil, send("one"), send("two"))
	c := f.must(step)
	f.equal(f.done(&step.Commands[0], nodeA), &step.Commands[1])
	f.equal(f.done(&step.Commands[0], nodeA), &step.Commands[1])
	if rest := f.done(&step.Commands[1], nodeA); rest != nil {
		f.Fatalf("a third command: %+v", rest)
	}
	_, err := f.store.Done(f.ctx, &step.Commands[1], nodeA, f.now(), lease)
	f.fails(err, orchestrator.ErrNotLeased)
	_, err = f.store.Head(f.ctx, orchestrator.LaneKey{Conversation: c.ID, Lane: deskLane}, nodeA, f.now(), lease)
	f.fails(err, orchestrator.ErrNotLeased)
}

func strangerMayNotWork(f *fixture) {
	step := f.step(f.begin(), "", nil, send("one"))
	c := f.must(step)
	cmd := &step.Commands[0]
	_, err := f.store.Head(f.ctx, orchestrator.LaneKey{Conversation: c.ID, Lane: deskLane}, nodeB, f.now(), lease)
	f.fails(err, orchestrator.ErrNotLeased)
	_, err = f.store.Done(f.ctx, cmd, nodeB, f.now(), lease)
	f.fails(err, orchestrator.ErrNotLeased)
	_, err = f.store.Bury(f.ctx, cmd, nodeB, f.now(), lease)
	f.fails(err, orchestrator.ErrNotLeased)
	_, _, err = f.store.StepAside(f.ctx, cmd, nodeB, f.now(), lease)
	f.fails(err, orchestrator.ErrNotLeased)
	f.fails(f.store.Retry(f.ctx, cmd, nodeB, f.now(), lease), orchestrator.ErrNotLeased)
	f.ok(f.store.Yield(f.ctx, []orchestrator.LaneKey{{Conversation: c.ID, Lane: deskLane}}, nodeB, f.now()))
	f.equal(f.head(c, deskLane, nodeA), cmd)
}

func expiredLeaseIsClaimed(f *fixture) {
	step := f.step(f.begin(), "", nil, send("one"), toBot("two"))
	c := f.must(step)
	f.clock.Advance(lease)
	f.equal(len(f.claim(nodeB)), 0)
	f.clock.Advance(time.Millisecond)
	keys := f.claim(nodeB)
	f.equal(len(keys), 2)
	f.equal(f.head(c, deskLane, nodeB), &step.Commands[0])
	f.equal(f.head(c, botLane, nodeB), &step.Commands[1])
	_, err := f.store.Done(f.ctx, &step.Commands[0], nodeA, f.now(), lease)
	f.fails(err, orchestrator.ErrNotLeased)
	f.equal(len(f.claim(nodeA)), 0)
}

func renewedLeaseIsNotClaimed(f *fixture) {
	step := f.step(f.begin(), "", nil, send("one"))
	c := f.must(step)
	for range 5 {
		f.clock.Advance(lease - time.Second)
		f.equal(len(f.claim(nodeB)), 0)
		f.equal(f.head(c, deskLane, nodeA), &step.Commands[0])
	}
}

func renewedLanesAreNotClaimed(f *fixture) {
	var keys []orchestrator.LaneKey
	for range 3 {
		c := f.must(f.step(f.begin(), "", nil, send("one")))
		keys = append(keys, orchestrator.LaneKey{Conversation: c.ID, Lane: deskLane})
	}
	theirs := f.step(f.begin(), "", nil, send("theirs"))
	theirs.Node = nodeB
	foreign := orchestrator.LaneKey{Conversation: f.must(theirs).ID, Lane: deskLane}
	for range 5 {
		f.clock.Advance(lease - time.Second)
		f.ok(f.store.Renew(f.ctx, append(keys, foreign), nodeA, f.now(), lease))
		f.ok(f.store.Renew(f.ctx, []orchestrator.LaneKey{foreign}, nodeB, f.now(), lease))
		f.equal(len(f.claim("node-c")), 0)
	}
	f.equal(f.head(theirs.Next, deskLane, nodeB), &theirs.Commands[0]) // the lane is not nodeA's now
	f.clock.Advance(lease + time.Millisecond)
	f.equal(len(f.claim("node-c")), 4)
	f.ok(f.store.Renew(f.ctx, keys, nodeA, f.now(), lease))
	_, err := f.store.Head(f.ctx, keys[0], nodeA, f.now(), lease)
	f.fails(err, orchestrator.ErrNotLeased)
}

func renewingShortensNoLease(f *fixture) {
	step := f.step(f.begin(), "", nil, send("one"))
	c := f.must(step)
	f.ok(f.store.Retry(f.ctx, &step.Commands[0], nodeA, f.now().Add(time.Hour), lease))
	f.ok(f.store.Renew(f.ctx, []orchestrator.LaneKey{{Conversation: c.ID, Lane: deskLane}}, nodeA, f.now(), lease))
	f.clock.Advance(time.Hour)
	f.equal(len(f.claim(nodeB)), 0)
}

func commitTakesOverAnExpiredLease(f *fixture) {
	first := f.step(f.begin(), "", nil, send("one"))
	c := f.must(first)
	f.clock.Advance(lease)
	atItsEnd := f.step(c, "", nil, send("two"))
	atItsEnd.Node = nodeB
	done, err := f.store.Commit(f.ctx, atItsEnd)
	f.ok(err)
	f.equal(done, orchestrator.Committed{})
	f.clock.Advance(time.Millisecond)
	after := f.step(atItsEnd.Next, "", nil, send("three"))
	after.Node = nodeB
	done, err = f.store.Commit(f.ctx, after)
	f.ok(err)
	f.equal(done, orchestrator.Committed{Leased: []orchestrator.Lane{deskLane}})
	f.equal(f.head(c, deskLane, nodeB), &first.Commands[0])
	f.equal(len(f.claim(nodeA)), 0)
}

func concurrentClaims(f *fixture) {
	const lanes, nodes = 40, 8
	for range lanes {
		f.must(f.step(f.begin(), "", nil, send("one")))
	}
	f.clock.Advance(lease + time.Millisecond)
	now := f.now()
	var mu sync.Mutex
	claimed := map[orchestrator.LaneKey]int{}
	f.race(nodes, func(i int) error {
		keys, err := f.store.Claim(f.ctx, orchestrator.NodeID(fmt.Sprint("node-", i)), now, lease, lanes)
		mu.Lock()
		defer mu.Unlock()
		for _, key := range keys {
			claimed[key]++
		}
		return err
	})
	f.equal(len(claimed), lanes)
	for key, times := range claimed {
		if times != 1 {
			f.Fatalf("%v was claimed %d times", key, times)
		}
	}
}

func claimKeepsToItsLimit(f *fixture) {
	const lanes = 25
	for range lanes {
		f.must(f.step(f.begin(), "", nil, send("one")))
	}
	f.clock.Advance(lease + time.Millisecond)
	seen := map[orchestrator.LaneKey]bool{}
	for {
		keys, err := f.store.Claim(f.ctx, nodeB, f.now(), lease, 4)
		f.ok(err)
		if len(keys) > 4 {
			f.Fatalf("%d lanes at once, want at most 4", len(keys))
		}
		if len(keys) == 0 {
			break
		}
		for _, key := range keys {
			seen[key] = true
		}
	}
	f.equal(len(seen), lanes)
}

func retryRemembers(f *fixture) {
	step := f.step(f.begin(), "", nil, send("one"), send("two"))
	c := f.must(step)
	tried := step.Commands[0]
	tried.Attempt, tried.First, tried.Failure, tried.Unsure = 1, f.now(), "house: send: HTTP 503", true
	f.ok(f.store.Retry(f.ctx, &tried, nodeA, f.in(time.Second), lease))
	f.equal(f.head(c, deskLane, nodeA), &tried)
	notFirst := step.Commands[1]
	f.fails(f.store.Retry(f.ctx, &notFirst, nodeA, f.in(time.Second), lease), orchestrator.ErrNotLeased)
	f.equal(f.done(&tried, nodeA), &step.Commands[1])
}

func waitingKeepsTheLease(f *fixture) {
	step := f.step(f.begin(), "", nil, send("one"))
	f.must(step)
	f.ok(f.store.Retry(f.ctx, &step.Commands[0], nodeA, f.in(10*time.Minute), lease))
	f.clock.Advance(10*time.Minute + lease)
	f.equal(len(f.claim(nodeB)), 0)
	f.clock.Advance(time.Millisecond)
	f.equal(len(f.claim(nodeB)), 1)
}

func yieldedLaneIsClaimed(f *fixture) {
	step := f.step(f.begin(), "", nil, send("one"))
	c := f.must(step)
	key := orchestrator.LaneKey{Conversation: c.ID, Lane: deskLane}
	f.ok(f.store.Yield(f.ctx, []orchestrator.LaneKey{key}, nodeA, f.now()))
	_, err := f.store.Head(f.ctx, key, nodeA, f.now(), lease)
	f.fails(err, orchestrator.ErrNotLeased)
	pending, err := f.store.Pending(f.ctx, c.ID)
	f.ok(err)
	f.equal(pending, step.Commands)
	f.equal(f.claim(nodeB), []orchestrator.LaneKey{key})
	f.equal(f.head(c, deskLane, nodeB), &step.Commands[0])
}

func failingCommandStepsAside(f *fixture) {
	step := f.step(f.begin(), "", nil, send("one"), send("two"))
	c := f.must(step)
	failing := step.Commands[0]
	failing.Attempt, failing.Failure = 4, "house: send: HTTP 500"
	next, late, err := f.store.StepAside(f.ctx, &failing, nodeA, f.now(), lease)
	f.ok(err)
	f.equal(next, &step.Commands[1])
	f.equal(late, true)
	aside := failing
	aside.Late = true
	lateLane := failing.To.Lane(true)
	f.equal(f.head(c, lateLane, nodeA), &aside)
	// Again: nothing moves twice.
	next, late, err = f.store.StepAside(f.ctx, &failing, nodeA, f.now(), lease)
	f.ok(err)
	f.equal(next, &step.Commands[1])
	f.equal(late, true)
	if rest := f.done(&step.Commands[1], nodeA); rest != nil {
		f.Fatalf("more in the lane: %+v", rest)
	}
	aside.Attempt = 5
	f.ok(f.store.Retry(f.ctx, &aside, nodeA, f.in(time.Minute), lease))
	if rest := f.done(&aside, nodeA); rest != nil {
		f.Fatalf("more in the late lane: %+v", rest)
	}
}

func lateLaneOfAnotherNode(f *fixture) {
	first := f.step(f.begin(), "", nil, send("one"), send("two"))
	c := f.must(first)
	_, late, err := f.store.StepAside(f.ctx, &first.Commands[0], nodeA, f.now(), lease)
	f.ok(err)
	f.equal(late, true)
	f.ok(f.store.Yield(f.ctx, []orchestrator.LaneKey{{Conversation: c.ID, Lane: deskLane}}, nodeA, f.now()))
	f.equal(len(f.claim(nodeB)), 1)
	next, late, err := f.store.StepAside(f.ctx, &first.Commands[1], nodeB, f.now(), lease)
	f.ok(err)
	if next != nil || late {
		f.Fatalf("next %+v, late %v; want none, and the late lane is the other node's", next, late)
	}
	aside := first.Commands[0]
	aside.Late = true
	second := first.Commands[1]
	second.Late = true
	f.equal(f.done(&aside, nodeA), &second)
}

func laneOutlivesTheEnd(f *fixture) {
	end := f.step(f.begin(), orchestrator.StateCompleted, nil, toBot("ended"))
	c := f.must(end)
	f.clock.Advance(lease + time.Millisecond)
	f.equal(f.claim(nodeB), []orchestrator.LaneKey{{Conversation: c.ID, Lane: botLane}})
	f.equal(f.head(c, botLane, nodeB), &end.Commands[0])
}
