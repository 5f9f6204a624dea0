package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"

	"handoff/orchestrator"
)

// result is how one story went.
type result struct {
	story story
	id    string
	end   orchestrator.State
	err   error
}

// String is one line about it.
func (r result) String() string {
	switch {
	case r.err != nil:
		return fmt.Sprintf("failed  %s: %v", r.story.name, r.err)
	case r.bad():
		return fmt.Sprintf("wrong   %s: ended %s, should be %s (%s)", r.story.name, r.end, r.story.end, r.id)
	default:
		return fmt.Sprintf("played  %-26s %s", r.story.name, r.end)
	}
}

func (r result) bad() bool { return r.err != nil || (r.story.end != "" && r.end != r.story.end) }

// playAll lets the customers of the cast play one story after the other. The order is the list's, so that a number of
// stories as large as the list plays each once.
func playAll(ctx context.Context, people *cast, lines *watcher, c *console, o demoOptions) error {
	plays := stories()
	if o.desks == desksAll {
		plays = slices.Concat(vendorStories(), plays)
	}
	if !o.agents {
		plays = openStories()
	}
	results := make(chan result)
	next := make(chan int)
	var customers sync.WaitGroup
	for n := range o.customers {
		customers.Go(func() {
			random := rand.New(rand.NewPCG(o.seed, uint64(n))) //nolint:gosec // think times, no secrets
			for number := range next {
				st := plays[number%len(plays)]
				id, end, err := people.play(ctx, st, customerName(number), random)
				results <- result{st, id, end, err}
				if err != nil {
					people.rest(ctx) // whatever it was, it should not be met again at once
				}
			}
		})
	}
	go func() {
		defer close(next)
		for number := 0; (o.stories == 0 || number < o.stories) && o.customers > 0; number++ {
			select {
			case next <- number:
			case <-ctx.Done():
				return
			}
		}
	}()
	go func() {
		customers.Wait()
		close(results)
	}()
	return tell(ctx, results, lines, c, o)
}

// tell reports the stories; one that was broken off because the demo ends is none.
func tell(ctx context.Context, results <-chan result, lines *watcher, c *console, o demoOptions) error {
	bad, played := 0, 0
	for r := range results {
		if ctx.Err() != nil && r.err != nil {
			continue
		}
		played++
		if r.bad() {
			bad++
		}
		if err := lines.show(ctx, r.id); err != nil && ctx.Err() == nil { // before it is said how it ended
			c.note("the last steps of %s cannot be shown: %v", r.story.name, err)
		}
		if o.stories > 0 || r.bad() {
			c.note("%s", r)
		}
	}
	if o.stories > 0 {
		c.say("%d stories played, %d not as they should", played, bad)
	}
	if o.stories > 0 && bad > 0 {
		return errReported
	}
	return nil
}

// customerName gives customers names that can be told apart on a screen.
func customerName(number int) string {
	names := []string{"Ann", "Bob", "Cem", "Dora", "Eva", "Finn", "Gul", "Hugo", "Ida", "Jon", "Kim", "Lea", "Max", "Nora", "Ole"}
	name := names[number%len(names)]
	if round := number / len(names); round > 0 {
		name = fmt.Sprintf("%s %d", name, round+1)
	}
	return name
}
