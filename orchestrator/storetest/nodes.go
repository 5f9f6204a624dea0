package storetest

import (
	"time"

	"handoff/orchestrator"
)

var nodeTests = []behaviour{
	{"LanesOfADeadNodeAreInherited", lanesOfADeadNode},
	{"NodesThatBeatAreAlive", nodesThatBeat},
	{"NodeThatLeavesIsNotMissed", nodeThatLeaves},
}

// inherit takes over all that a dead node has, a few lanes at a time.
func (f *fixture) inherit(dead, node orchestrator.NodeID) map[orchestrator.LaneKey]bool {
	f.Helper()
	all, cursor := map[orchestrator.LaneKey]bool{}, ""
	for {
		keys, next, err := f.store.Inherit(f.ctx, dead, node, f.now(), lease, cursor, 2)
		f.ok(err)
		for _, key := range keys {
			all[key] = true
		}
		if cursor = next; cursor == "" {
			return all
		}
	}
}

func lanesOfADeadNode(f *fixture) {
	want := map[orchestrator.LaneKey]bool{}
	var last *orchestrator.Commit
	for range 7 {
		last = f.step(f.begin(), "", nil, send("one"), toBot("two"))
		f.must(last)
		want[orchestrator.LaneKey{Conversation: last.Next.ID, Lane: deskLane}] = true
		want[orchestrator.LaneKey{Conversation: last.Next.ID, Lane: botLane}] = true
	}
	theirs := f.step(f.begin(), "", nil, send("theirs"))
	theirs.Node = nodeB
	f.must(theirs)
	const heir = "node-heir"
	f.equal(f.inherit(nodeA, heir), want)
	f.equal(len(f.inherit(nodeA, heir)), 0)
	f.equal(f.head(last.Next, deskLane, heir), &last.Commands[0])
	_, err := f.store.Done(f.ctx, &last.Commands[0], nodeA, f.now(), lease)
	f.fails(err, orchestrator.ErrNotLeased)
	f.equal(f.head(theirs.Next, deskLane, nodeB), &theirs.Commands[0])
	f.clock.Advance(lease + time.Millisecond)
	f.equal(len(f.claim(nodeB)), len(want)+1) // the heir's leases run out like any
}

func nodesThatBeat(f *fixture) {
	for _, node := range []orchestrator.NodeID{nodeA, nodeB, nodeA} {
		silent, err := f.store.Beat(f.ctx, node, time.Hour, nil)
		f.ok(err)
		f.equal(len(silent), 0)
	}
}

func nodeThatLeaves(f *fixture) {
	_, err := f.store.Beat(f.ctx, nodeA, time.Hour, nil)
	f.ok(err)
	f.ok(f.store.Leave(f.ctx, nodeA))
	f.ok(f.store.Leave(f.ctx, "never-heard-of"))
	silent, err := f.store.Beat(f.ctx, nodeB, time.Hour, nil)
	f.ok(err)
	f.equal(len(silent), 0)
}
