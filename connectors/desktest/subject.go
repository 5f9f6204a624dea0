package desktest

import (
	"time"

	"handoff/orchestrator"
)

// TB is what the suite needs of a test; *testing.T is one. Fatalf must not return.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
	Cleanup(f func())
}

// Subject is one freshly made desk with everything around it that the suite plays: its people, its customer's side
// and its vendor's moods. What a desk cannot do or what cannot be played is nil and declared in Missing with the
// reason; the suite checks both directions.
type Subject struct {
	Desk  orchestrator.Desk
	Clock orchestrator.Clock
	// Seat is the desk's seat: SeatCustomer, or SeatAgent for a desk at which chats begin with our bot. Empty is SeatCustomer.
	Seat string
	// Memory is what the desk was given; nil for a desk that needs none.
	Memory *Memory
	// Twin makes another process's desk for the same account, on the same memory. Required where the manifest says that
	// there is one session for each account.
	Twin func(t TB) orchestrator.Desk
	// Queue is a queue that all of People serve.
	Queue orchestrator.QueueName
	// People are at least three who can be signed in. A desk without SignIn has them there from the start.
	People []orchestrator.Agent
	// Capacity is how many conversations a person signed in by SignIn may have; 0 where the desk does not tell.
	Capacity int

	Script Script
	Faults Faults
	// Missing names what is nil above, each with the reason in plain words.
	Missing map[Item]string

	// Secrets are texts that must appear in no error and no log line: keys, tokens, passwords.
	Secrets []string
	// Logged answers everything that the desk has logged so far.
	Logged func() string
	// Patience is how long the suite waits for something that should happen; 0 means ten seconds.
	Patience time.Duration
	// Close ends what lies around the desk: the simulator, the store, idle connections. It is called after the desk's
	// Run has ended, and afterwards no goroutine may be left. Nil where there is nothing to end.
	Close func()
	// Moved is told each step of a conversation to another state that the desk itself has reported; nil where nobody counts them.
	Moved func(orchestrator.Transition)
	// Calls answers what the vendor was asked, "POST /path" each; nil where nobody counts.
	Calls func() []string
	// OpensAgain says why a lost answer of an open may leave a second chat at the vendor; empty: it must not.
	OpensAgain string
	// Outcomes replaces what the suite expects of an HTTP status, where the vendor means something else by it.
	Outcomes map[int][]orchestrator.Outcome
}

// Seats of a desk at a vendor's.
const (
	SeatCustomer = "customer"
	SeatAgent    = "agent"
)

// Open makes one fresh subject.
type Open func(t TB) *Subject
