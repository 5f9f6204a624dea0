package storetest

import (
	"cmp"
	"slices"
	"time"

	"handoff/orchestrator"
)

// pagesOf are the ids of all pages of a list in the order in which they come.
func (f *fixture) pagesOf(filter orchestrator.Filter) []orchestrator.ConversationID {
	f.Helper()
	var all []orchestrator.ConversationID
	for pages := 0; ; pages++ {
		page, next, err := f.store.List(f.ctx, filter)
		f.ok(err)
		if len(page) > filter.Limit || pages > 10000 {
			f.Fatalf("page %d has %d items, limit %d", pages, len(page), filter.Limit)
		}
		for _, c := range page {
			all = append(all, c.ID)
		}
		if next == "" {
			return all
		}
		filter.Cursor = next
	}
}

func longestComesFirst(f *fixture) {
	var queued []*orchestrator.Conversation
	for i := range 90 {
		f.clock.Advance(time.Duration(i%4) * time.Millisecond)
		c := f.begin()
		if i%3 > 0 {
			queued = append(queued, f.must(f.step(c, orchestrator.StateQueued, func(n *orchestrator.Conversation) {
				n.Queue = []orchestrator.QueueName{"general", "billing"}[i%2]
				n.WaitingFrom = n.EnteredAt.Add(-time.Duration(i*7%30) * time.Second) // it waited, rang, and waits again
			})))
		}
	}
	slices.SortFunc(queued, func(a, b *orchestrator.Conversation) int {
		return cmp.Or(cmp.Compare(a.WaitingFrom, b.WaitingFrom), cmp.Compare(a.ID, b.ID))
	})
	var all, billing []orchestrator.ConversationID
	for _, c := range queued {
		all = append(all, c.ID)
		if c.Queue == "billing" {
			billing = append(billing, c.ID)
		}
	}
	for _, limit := range []int{1, 7, 60, 1000} {
		f.equal(f.pagesOf(orchestrator.Filter{State: orchestrator.StateQueued, Limit: limit}), all)
		f.equal(f.pagesOf(orchestrator.Filter{State: orchestrator.StateQueued, Queue: "billing", Limit: limit}), billing)
	}
	f.equal(len(f.pagesOf(orchestrator.Filter{State: orchestrator.StateAgent, Limit: 5})), 0)
	f.equal(len(f.pagesOf(orchestrator.Filter{State: orchestrator.StateCompleted, Limit: 5})), 0)
	for _, cursor := range []string{"x", "bm90aGluZw", "%"} {
		_, _, err := f.store.List(f.ctx, orchestrator.Filter{State: orchestrator.StateQueued, Limit: 5, Cursor: cursor})
		f.invalid(err)
	}
}

func longestOfMany(f *fixture) {
	const many = 400
	for range many {
		f.begin()
	}
	found := f.pagesOf(orchestrator.Filter{State: orchestrator.StateBot, Limit: 9})
	f.equal(len(found), many)
	f.equal(slices.IsSorted(found), true)
}
