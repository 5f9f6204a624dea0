package simkit

import (
	"net/http"
	"sync"
	"time"

	"handoff/orchestrator"
)

// Faults are the switches of a simulator: what can go wrong between us and a vendor. A simulator embeds one, lets all calls
// of the vendor's interface pass through Wrap and all its notifications through Notify. The zero value is at rest. Safe for
// concurrent use.
type Faults struct {
	// Clock is what Delay waits by; nil is the machine's. It is set before the first call.
	Clock orchestrator.Clock
	// Polls says which calls ask for notifications, for LosePoll; nil is none. It is set before the first call.
	Polls func(r *http.Request) bool
	// About answers which chat a call concerns, for Refuse; empty is none. It is set before the first call. It is asked for a
	// call at the door, with no lock held.
	About func(r *http.Request) (chat string)

	mu        sync.Mutex
	next      []fault       // each for one call, the first for the first
	refusals  []*refusal    // each for the calls about one chat
	single    *single       // for one call about one chat; nil: none
	polls     int           // how many answers to polls are to be lost
	held      chan struct{} // calls wait at the door until it is closed; nil: they do not
	door      int           // how many calls wait there
	recorded  []string      // see Record
	recording bool
	down      int // the status that every call is answered; 0: none
	telling   arrangement
	waiting   []func()      // notifications held back by telling
	revision  uint64        // grows with each change
	changed   chan struct{} // closed and replaced at each change
}

// fault is what happens to one call.
type fault struct {
	kind   string
	status int
	delay  time.Duration
}

// Kinds of faults, as they are named over HTTP.
const (
	FaultDelay       = "delay"        // the call is answered late
	FaultStatus      = "status"       // an error page, and nothing is done
	FaultHang        = "hang"         // no answer until the caller gives up, and nothing is done
	FaultDropMidBody = "drop_midbody" // done, and the connection breaks in the middle of the answer
	FaultLoseAnswer  = "lose_answer"  // done, and the connection breaks before the answer
	FaultLosePoll    = "lose_poll"    // the same for a call that asks for notifications
	FaultDuplicate   = "duplicate"    // the next notification is told twice
	FaultReorder     = "reorder"      // the next two notifications change places
	FaultUnknown     = "unknown"      // notifications that nobody has heard of
	FaultLoseSession = "lose_session" // the vendor forgets every session of ours
	FaultDown        = "down"         // every call is answered 503 until up
	FaultUp          = "up"
)

// Switches answers the faults themselves, so that whoever has a simulator has them.
func (f *Faults) Switches() *Faults { return f }

// Status answers the next call that is concerned with an HTTP status and an error page that echoes the request, as vendors'
// error pages do; nothing else is done.
func (f *Faults) Status(code int) { f.add(fault{kind: FaultStatus, status: code}) }

// Delay answers the next call that is concerned so much later.
func (f *Faults) Delay(d time.Duration) { f.add(fault{kind: FaultDelay, delay: d}) }

// Hang keeps the next call that is concerned until its caller gives up.
func (f *Faults) Hang() { f.add(fault{kind: FaultHang}) }

// DropMidBody carries the next call that is concerned out and breaks the connection in the middle of the answer.
func (f *Faults) DropMidBody() { f.add(fault{kind: FaultDropMidBody}) }

// LoseAnswer carries the next call that is concerned out and breaks the connection before the answer.
func (f *Faults) LoseAnswer() { f.add(fault{kind: FaultLoseAnswer}) }

// LosePoll breaks the connection before the answer of the next call that asks for notifications.
func (f *Faults) LosePoll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.polls++
}

// Down answers every call, concerned or not, with 503 until Up.
func (f *Faults) Down() { f.setDown(http.StatusServiceUnavailable) }

// Up ends Down.
func (f *Faults) Up() { f.setDown(0) }

// Hold lets every new call wait at the door until it is released, so that something can happen while nobody hears of it.
// Calls within, such as long polls, go on.
func (f *Faults) Hold() (release func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	held := make(chan struct{})
	f.held = held
	return sync.OnceFunc(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		close(held)
		if f.held == held {
			f.held = nil
		}
	})
}

// Held is how many calls wait at the door now. Watch tells when that changes.
func (f *Faults) Held() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.door
}

// wait lets a call wait at the door, and reports whether its caller is still there.
func (f *Faults) wait(r *http.Request, door <-chan struct{}) bool {
	f.atDoor(1)
	defer f.atDoor(-1)
	return await(r, door)
}

func (f *Faults) atDoor(more int) {
	f.mu.Lock()
	f.door += more
	f.mu.Unlock()
	f.Changed()
}

// Pending is how many faults wait for a call, so that a test can tell that its fault was met.
func (f *Faults) Pending() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.next) + f.polls
}

func (f *Faults) add(one fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next = append(f.next, one)
}

func (f *Faults) setDown(status int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = status
}

// take answers what happens to a call, and whether it has to wait at the door first.
func (f *Faults) take(concerned, polls bool) (one fault, door <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.held != nil:
		return fault{}, f.held
	case f.down != 0:
		return fault{kind: FaultStatus, status: f.down}, nil
	case concerned && len(f.next) > 0:
		one = f.next[0]
		f.next = f.next[1:]
	case polls && f.polls > 0:
		f.polls--
		return fault{kind: FaultLoseAnswer}, nil
	}
	return one, nil
}

// Changed tells everybody who waits that something is different at the vendor. What is done by a call or over Control is told
// by itself; a simulator calls this for what happens by its own timers or by a method of its Stage.
func (f *Faults) Changed() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.revision++
	if f.changed != nil {
		close(f.changed)
		f.changed = nil
	}
}

// Watch answers how often something has changed, and a channel that is closed when it changes again.
func (f *Faults) Watch() (revision uint64, changed <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.changed == nil {
		f.changed = make(chan struct{})
	}
	return f.revision, f.changed
}

func (f *Faults) clock() orchestrator.Clock {
	if f.Clock != nil {
		return f.Clock
	}
	return orchestrator.SystemClock{}
}
