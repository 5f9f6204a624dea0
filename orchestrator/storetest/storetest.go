// Package storetest says what any orchestrator.Store must do. A store's own test calls Run with a function that opens
// it.
package storetest

import (
	"testing"
	"time"

	"handoff/orchestrator"
)

// Retention is how long a store under test must keep ended conversations; Partitions is how many partitions it must
// have.
const (
	Retention  = 24 * time.Hour
	Partitions = 4
)

// Start is where the clocks of stores under test begin.
var Start = time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)

// Open opens an empty store that ends with the test, and answers the clock by which it lives, which stands at Start.
type Open func(t *testing.T) (orchestrator.Store, *orchestrator.StepClock)

// Run runs the whole suite. Each test gets a store of its own from open.
func Run(t *testing.T, open Open) {
	groups := []struct {
		name  string
		tests []behaviour
	}{
		{"Conversations", conversationTests},
		{"Outbox", outboxTests},
		{"Callbacks", callbackTests},
		{"Nodes", nodeTests},
		{"Undelivered", undeliveredTests},
		{"Schedule", scheduleTests},
		{"Index", indexTests},
		{"Changes", changeTests},
		{"Roster", rosterTests},
		{"Bindings", bindingTests},
		{"Notebook", notebookTests},
		{"Sessions", sessionTests},
		{"Erasures", erasureTests},
		{"Model", modelTests},
	}
	for _, group := range groups {
		t.Run(group.name, func(t *testing.T) {
			for _, b := range group.tests {
				t.Run(b.name, func(t *testing.T) { b.run(newFixture(t, open)) })
			}
		})
	}
}

// behaviour is one thing that a store must do.
type behaviour struct {
	name string
	run  func(f *fixture)
}
