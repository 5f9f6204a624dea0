package bottest

import (
	"net/http"
	"time"

	"handoff/orchestrator"
)

// TB is what the suite needs of a test; *testing.T is one. Fatalf must not return.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
}

// Subject is one freshly made bot that hears, with its simulated platform.
type Subject struct {
	Bot      orchestrator.Bot
	Platform Platform
	// Clock is the one that the bot's time-outs go by; the suite steps it.
	Clock *orchestrator.StepClock
	// Attempt is the bot's time-out of one call.
	Attempt time.Duration
	// Secrets are texts that must appear in no error and no log line: keys, tokens, passwords, also those within URLs.
	Secrets []string
	// Logged answers everything that the bot has logged so far.
	Logged func() string
	// Outcomes replaces what the suite expects of an HTTP status, where the platform means something else by it.
	Outcomes map[int][]orchestrator.Outcome
	// Post is what the platform sends when its customer says something: a request that Authenticate and Decode take, with the
	// members of extra (JSON, "name":value,…) added wherever there is an object. Nil where the platform does not post.
	Post func(t TB, external, text, extra string) (http.Header, []byte)
	// Close ends what lies around the bot. It is called after Run has ended; afterwards no goroutine may be left.
	Close func()
	// Patience is how long the suite waits for something that should happen; 0 means five seconds.
	Patience time.Duration
}

// Open makes one fresh subject.
type Open func(t TB) *Subject

// Platform is the simulated platform's side.
type Platform interface {
	// Next makes it misbehave with the calls to come, one fault each, in order.
	Next(faults ...Fault)
	// Calls answers what arrived so far, in the order of arrival, trusted or not.
	Calls() []Call
	// Changed is closed when the next call has arrived.
	Changed() <-chan struct{}
	// Down stops it: from now on connections are refused.
	Down()
}

// Fault is a way to misbehave with one call.
type Fault struct {
	Status     int    // what is answered; 0: success
	RetryAfter string // header
	Location   string // header
	Body       string
	Hang       bool // it acts, and does not answer until the caller gives up
	Drop       bool // it acts, and closes the connection without an answer
	DropInBody bool // it acts, answers success and closes the connection in the middle of the body
}

// Call is one call that arrived.
type Call struct {
	ID           string // by which a receiver tells a repetition
	Conversation string // the bot's own id
	Text         string // what was said, if something was
	Kind         string // what it tells, in the platform's words
	Signature    string // what proves that we sent it, if that changes with each call
	Refused      string // why the platform does not trust it; empty if it does
}
