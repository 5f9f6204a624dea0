package orchestrator

import (
	"context"
	"sync"
	"time"
)

// lookAheadEvery is how often a partition is looked at in which nothing was heard of. Hints may be lost without a word.
const lookAheadEvery = 15 * time.Second

// Ahead is what comes next in a partition; a moment of zero: nothing.
type Ahead struct {
	Due   Moment // the earliest indexed deadline
	Seen  Moment // the last fetch of the client that has been away for longest
	Ended Moment // the end of the conversation that has waited longest to be retired
	Lease Moment // the end of the lease of a lane that runs out first
}

// horizon is what this process knows of what comes next in each partition, so that an idle one is not asked in every sweep.
// A deadline, an end or a lease that comes sooner is written by a commit, and every commit is heard of. It is believed only
// while this process hears of commits.
type horizon struct {
	mu         sync.Mutex
	partitions []outlook
	nodes      map[NodeID]bool // that lived at the last sweep
}

// outlook is what is known of one partition.
type outlook struct {
	next   Ahead
	looked Moment // when; 0: something was heard of since, or it was never looked at
}

func newHorizon(partitions int) *horizon { return &horizon{partitions: make([]outlook, partitions)} }

// forget makes the next sweep look at a partition, whatever is known of it.
func (h *horizon) forget(partition int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.partitions[partition].looked = 0
}

func (h *horizon) forgetAll() {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range h.partitions {
		h.partitions[i].looked = 0
	}
}

// limits are the moments by which something has to be done: what lies before them.
type limits struct{ now, unseen, ended Moment }

func (l limits) reached(a Ahead) bool {
	return a.Due != 0 && a.Due < l.now || a.Seen != 0 && a.Seen < l.unseen || a.Ended != 0 && a.Ended < l.ended
}

func (l limits) lapsed(a Ahead) bool { return a.Lease != 0 && a.Lease < l.now }

// toLook answers the partitions that have to be looked at, beginning with first. What is heard of them from now on makes the
// next sweep look at them again.
func (h *horizon) toLook(first int, l limits, every time.Duration) []int {
	h.mu.Lock()
	defer h.mu.Unlock()
	var some []int
	for i := range h.partitions {
		p := (first + i) % len(h.partitions)
		o := &h.partitions[p]
		if o.looked == 0 || l.now >= o.looked.Add(every) || l.now < o.looked || l.reached(o.next) || l.lapsed(o.next) {
			o.looked = l.now
			some = append(some, p)
		}
	}
	return some
}

// saw takes in what a look has found.
func (h *horizon) saw(partition int, next Ahead) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.partitions[partition].next = next
}

// left forgets everything if a process is gone that lived at the last sweep: it may have given its leases back.
func (h *horizon) left(told map[NodeID]*Configured) {
	h.mu.Lock()
	before := h.nodes
	h.nodes = make(map[NodeID]bool, len(told))
	for node := range told {
		h.nodes[node] = true
	}
	gone := false
	for node := range before {
		gone = gone || !h.nodes[node]
	}
	h.mu.Unlock()
	if gone {
		h.forgetAll()
	}
}

// Watch hears what changes until ctx ends. Meanwhile sweeps do not look at partitions of which they know that nothing is due.
func (r *Reaper) Watch(ctx context.Context) error {
	watch := r.engine.hub.WatchAll()
	defer watch.Close()
	r.horizon.forgetAll()
	r.watching.Store(true)
	defer r.watching.Store(false)
	for {
		select {
		case change := <-watch.C:
			r.hear(&change)
		case <-ctx.Done():
			return nil
		}
	}
}

// hear makes the next sweep look where something may come sooner now. Typing and presence move no deadline.
func (r *Reaper) hear(change *Change) {
	if change.Typing != nil || change.Presence != "" {
		return
	}
	if partition, ok := r.engine.store.Partition(change.Conversation); ok && !change.Resync {
		r.horizon.forget(partition)
		return
	}
	r.horizon.forgetAll()
}

// lookAhead answers the partitions in which something has to be done, and whether a lease has run out in any.
func (r *Reaper) lookAhead(ctx context.Context) (busy []int, lapsed bool, err error) {
	if !r.watching.Load() || !r.engine.hub.Listening() {
		r.horizon.forgetAll()
	}
	now := r.engine.Now()
	within := limits{now: now, unseen: now.Add(-r.deadAfter()), ended: r.retireBefore(now)}
	first := int(r.next.Add(1)) % r.engine.store.Partitions()
	// Who has just been seen is looked for at the latest when they count as gone: a fetch is no commit.
	looked := r.horizon.toLook(first, within, min(lookAheadEvery, r.deadAfter()))
	ahead, err := r.engine.store.Ahead(ctx, looked)
	if err != nil {
		r.horizon.forgetAll()
		return nil, false, err
	}
	for i, partition := range looked {
		r.horizon.saw(partition, ahead[i])
		lapsed = lapsed || within.lapsed(ahead[i])
		if within.reached(ahead[i]) {
			busy = append(busy, partition)
		}
	}
	return busy, lapsed, nil
}
