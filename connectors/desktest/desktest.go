// Package desktest says what any desk must do. A desk's own test makes a fresh [Subject] for each behaviour and calls
// [Run]; vendor desks bring their simulator along as the subject's Script and Faults. The suite itself is proven on
// desks that are broken on purpose.
//
// Behaviours run one after another, each on a subject of its own with a [Ledger] in the engine's place. Nothing here
// waits by sleeping: the ledger tells of each change.
package desktest

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"handoff/orchestrator"
)

// Behaviour is one thing that a desk must do.
type Behaviour struct {
	Name string
	// Seat is the only seat that it concerns; empty is both.
	Seat string
	// Needs are the items without which it cannot be played, When says whether it concerns a desk with this manifest; nil
	// is always.
	Needs []Item
	When  func(m orchestrator.Manifest) bool
	Check func(t TB, p *Play)
}

// Behaviours lists everything that Run checks.
func Behaviours() []Behaviour {
	return slices.Concat(declarations(), calls(), floors(), people(), words(), faults(), answers(), identity(), notifications(), agentSeat(),
		customerSeat(), history(), sessions(), drifts(), readers(), refused(), anyState())
}

// Run checks every behaviour that concerns the subject. With a *testing.T each has a subtest of its own.
func Run(t TB, open Open) {
	t.Helper()
	for _, b := range Behaviours() {
		if tt, ok := t.(*testing.T); ok {
			tt.Run(b.Name, func(tt *testing.T) { One(tt, b, open) })
			continue
		}
		One(t, b, open)
	}
}

// One checks one behaviour on a fresh subject. Goroutines that outlive the desk's Run are a failure of each.
func One(t TB, b Behaviour, open Open) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	s := open(t)
	closing := sync.OnceFunc(func() {
		if s.Close != nil {
			s.Close()
		}
	})
	defer closing() // also when a check gives up half-way
	s.Seat = cmp.Or(s.Seat, SeatCustomer)
	if !s.can(b.Needs...) || (b.Seat != "" && b.Seat != s.Seat) || (b.When != nil && !b.When(s.Desk.Manifest())) {
		t.Logf("%s: does not concern this desk", b.Name)
		return
	}
	if b.Name != declaring {
		have := s.items()
		for item, why := range s.required() {
			if !have[item] {
				t.Fatalf("%s is missing although the manifest says %s", item, why)
			}
		}
	}
	p := &Play{Subject: s, Ledger: NewLedger(s.Desk, s.Clock)}
	p.memory, p.moved = s.Memory, s.Moved
	s.Memory.feed(p.Ledger)
	p.patience = cmp.Or(s.Patience, p.patience)
	func() {
		defer func() { p.stop() }()
		p.start(t)
		b.Check(t, p)
	}()
	p.noSecrets(t, "log", s.Logged())
	closing()
	if err := leftovers(before, p.patience); err != nil {
		t.Errorf("%s: goroutines are left after Run: %v", b.Name, err)
	}
}

// leftovers are the goroutines beside those before. On a busy machine the last ones of a closed connection take their time.
func leftovers(before goleak.Option, patience time.Duration) error {
	late, stop := context.WithTimeout(context.Background(), patience)
	defer stop()
	for {
		if err := goleak.Find(before); err == nil || late.Err() != nil { // which waits a little itself
			return err
		}
	}
}

// Play is a subject in action.
type Play struct {
	*Subject
	*Ledger
	// stop ends the desk's Run and waits; it may be called again.
	stop func()
}

// promptly is how soon a cancelled call or Run must come back.
const promptly = 3 * time.Second

// start runs the desk, until it is stopped.
func (p *Play) start(t TB) {
	t.Helper()
	p.stop = sync.OnceFunc(running(t, p.Desk, p.Ledger, p.patience))
	if p.Desk.Manifest().OneSession && p.Memory != nil {
		p.Await(t, "a session begins", func() bool {
			kept, err := p.Memory.Kept(context.Background(), p.Desk.Name(), "")
			return err == nil && len(kept) > 0
		})
	}
}

// running runs a desk; stop ends that and waits.
func running(t TB, desk orchestrator.Desk, sink orchestrator.Sink, patience time.Duration) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- desk.Run(ctx, sink) }()
	return func() {
		cancel()
		soon := min(promptly, patience)
		late := time.NewTimer(soon)
		defer late.Stop()
		select {
		case err := <-ended:
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Errorf("Run ended with an error: %v", err)
			}
		case <-late.C:
			t.Errorf("Run goes on %s after its context ended", soon)
		}
	}
}

// noSecrets fails the test where a text holds one of the subject's secrets.
func (p *Play) noSecrets(t TB, where, text string) {
	t.Helper()
	for i, secret := range p.Secrets {
		if secret != "" && strings.Contains(text, secret) {
			t.Errorf("secret %d of the subject is in the %s", i, where)
		}
	}
}

// signIn makes people ready, where the desk needs that.
func (p *Play) signIn(t TB, who ...orchestrator.Agent) {
	t.Helper()
	if p.Script.SignIn == nil {
		return
	}
	for _, a := range who {
		p.Script.SignIn(t, a)
	}
}

// floor reads the house's floor.
func (p *Play) floor(t TB) *orchestrator.Floor {
	t.Helper()
	floor, err := p.attendance(t).Floor(context.Background())
	if err != nil {
		t.Fatalf("reading the floor: %v", err)
	}
	return floor
}

// seatsOf reads seats of the house's floor.
func (p *Play) seatsOf(t TB, of orchestrator.SeatFilter) []orchestrator.Seat {
	t.Helper()
	seats, err := p.attendance(t).Seats(context.Background(), of)
	if err != nil {
		t.Fatalf("reading the seats: %v", err)
	}
	return seats
}

func (p *Play) attendance(t TB) orchestrator.Attendance {
	t.Helper()
	attendance, ok := p.Desk.(orchestrator.Attendance)
	if !ok {
		t.Fatalf("the desk has no floor")
	}
	return attendance
}
