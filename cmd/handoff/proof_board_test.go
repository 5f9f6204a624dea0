package main

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore"
	"handoff/web/browsertest"
)

// Bounds of the board with very many conversations. Those of the browser do not depend on how fast the machine is.
const (
	manyConversations = 20000
	mostElements      = 5000
	mostHeapBytes     = 40 << 20
)

// TestProofBoardStaysSmallWithTwentyThousandConversations fills the store and looks at the board: what the browser holds is
// bounded, and a change is still seen. How long the first paint takes is printed.
func TestProofBoardStaysSmallWithTwentyThousandConversations(t *testing.T) {
	in := install(t, nil)
	s := in.scenery()
	fill(t, s.store())
	sam := in.looks(browsertest.Open(t), browsertest.Desktop)
	sam.opens("/board", "sam")
	sam.Shows(".column[data-state=queued] .oldest", "oldest")
	sam.Goto(in.base + "/board")
	sam.Until("it has been painted", `performance.getEntriesByName("first-contentful-paint").length === 1`)
	paint := browsertest.Ask[float64](sam.Tab, `performance.getEntriesByName("first-contentful-paint")[0].startTime`)
	sam.Until("it is live", `document.querySelector("#link").dataset.link === "up"`)
	s.begins("Zoe")
	// The board shows those that have stood longest: the newest is found by name.
	sam.Fill("input[type=search]", "Zoe")
	sam.Click(".filter button")
	sam.inColumn(orchestrator.StateBot, "Zoe")
	sam.Goto(in.base + "/board")
	elements := browsertest.Ask[int](sam.Tab, `document.querySelectorAll("*").length`)
	heap := browsertest.Ask[int](sam.Tab, `performance.memory.usedJSHeapSize`)
	bytes := browsertest.Ask[int](sam.Tab, `performance.getEntriesByType("navigation")[0].decodedBodySize`)
	t.Logf("%d conversations: first paint after %.0f ms, %d elements, %.1f MB of JavaScript heap, %d kB of page",
		manyConversations, paint, elements, float64(heap)/(1<<20), bytes>>10)
	if elements > mostElements || heap > mostHeapBytes {
		t.Errorf("the browser holds %d elements and %d bytes, at most %d and %d are allowed", elements, heap, mostElements, mostHeapBytes)
	}
	sam.Shows(".column[data-state=agent] .total", "2\u202f857")
	sam.Fits()
	sam.Goto(in.base + "/board?state=queued")
	first := browsertest.Ask[string](sam.Tab, `document.querySelector(".card .who-is").textContent`)
	sam.Click(".more a")
	sam.Until("the next page is shown", fmt.Sprintf(`document.querySelector(".card .who-is").textContent !== %q`, first))
	if shown := browsertest.Ask[int](sam.Tab, `document.querySelectorAll(".card").length`); shown == 0 || shown > 60 {
		t.Errorf("a page of one state shows %d", shown)
	}
}

// fill commits conversations in every live state, as decisions would have left them.
func fill(t *testing.T, store *redisstore.Store) {
	t.Helper()
	ctx, states := context.Background(), orchestrator.LiveStates()
	now := orchestrator.MomentOf(orchestrator.SystemClock{}.Now())
	numbers := make(chan int)
	var workers sync.WaitGroup
	for range 8 * runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for n := range numbers {
				external, state := fmt.Sprintf("many-%05d", n), states[n%len(states)]
				at := now - orchestrator.Moment(n)
				c := &orchestrator.Conversation{
					ID: store.Mint(storyBot, external), Bot: storyBot, External: external, Flow: "default", Channel: orchestrator.ChannelBot,
					State: state, Version: 1, Epoch: 1, Sequence: 1, Customer: orchestrator.Customer{ID: external, Name: fmt.Sprintf("Customer %d", n)},
					Queue: "general", Desk: "house", OpenedAt: at, EnteredAt: at, QueuedAt: at, Deadline: now.Add(lifeTimeout * 60), DeadlineRule: "idle",
				}
				_, err := store.Commit(ctx, &orchestrator.Commit{
					Next: c, Event: "begin", Now: now, Node: "nobody", Lease: orchestrator.DispatchLease,
					Entries: []orchestrator.Entry{{At: at, Version: 1, Epoch: 1, To: state, Event: orchestrator.Event{ID: "begin", Type: orchestrator.EventStarted}}},
				})
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for n := range manyConversations {
		numbers <- n
	}
	close(numbers)
	workers.Wait()
}
