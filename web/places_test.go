package web

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"handoff/orchestrator"
)

func TestManyRequestsAtOnceAreToldPlacesOfTheirOwn(t *testing.T) {
	const many = 200
	r := newRig(t)
	r.person("anna").put("/v1/me/presence", map[string]any{"state": "online", "capacity": 1}).want(t, 200)
	r.reach(r.handoff("rings").text("id"), orchestrator.StateOffered)
	answers := make([]*answer, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() { answers[i] = r.handoff(fmt.Sprintf("c-%d", i)) })
	}
	all.Wait()
	slices.SortFunc(answers, func(a, b *answer) int {
		return int(a.number("queue", "position") - b.number("queue", "position"))
	})
	for i, a := range answers {
		place := float64(i + 1)
		if a.number("queue", "position") != place || a.number("initial_queue_pos") != place {
			t.Fatalf("place %d is told as %v, initial_queue_pos %v", i+1, a.at("queue", "position"), a.at("initial_queue_pos"))
		}
		if i > 0 && a.text("when_requested") <= answers[i-1].text("when_requested") {
			t.Errorf("place %d was requested at %s, the one before at %s", i+1, a.text("when_requested"),
				answers[i-1].text("when_requested"))
		}
	}
	for i, a := range answers {
		r.stands(a.text("id"), i+1)
	}
}
