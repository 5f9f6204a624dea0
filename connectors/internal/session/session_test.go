package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"handoff/orchestrator"
)

// shared is the memory of several processes, as much of it as a keeper needs.
type shared struct {
	orchestrator.Memory
	mu      sync.Mutex
	kept    []byte
	lease   chan struct{} // holds one token while nobody has the lease
	revoked context.CancelFunc
}

func newShared() *shared {
	s := &shared{lease: make(chan struct{}, 1)}
	s.lease <- struct{}{}
	return s
}

func (s *shared) Keep(_ context.Context, _ orchestrator.ConnectorName, _, _ string, value []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = value
	return nil
}

func (s *shared) Kept(context.Context, orchestrator.ConnectorName, string) (map[string][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kept == nil {
		return map[string][]byte{}, nil
	}
	return map[string][]byte{noteName: s.kept}, nil
}

func (s *shared) Exclusive(ctx context.Context, _ string, _ time.Duration, do func(context.Context) error) (bool, error) {
	select {
	case <-s.lease:
	default:
		return false, nil
	}
	defer func() { s.lease <- struct{}{} }()
	held, cancel := context.WithCancel(ctx)
	defer cancel()
	s.mu.Lock()
	s.revoked = cancel
	s.mu.Unlock()
	return true, do(held)
}

// vendor counts logins and tells of what it is asked.
type vendor struct {
	name   string
	logins int
	refuse error
	served chan string // a session is served
	end    chan error  // ends the one that is
	out    chan string
}

func newVendor(name string) *vendor {
	return &vendor{name: name, served: make(chan string, 16), end: make(chan error), out: make(chan string, 16)}
}

func (v *vendor) Login(context.Context) ([]byte, error) {
	v.logins++
	if v.refuse != nil {
		return nil, v.refuse
	}
	return fmt.Appendf(nil, "%s-%d", v.name, v.logins), nil
}

func (v *vendor) Serve(ctx context.Context, session []byte, ready func()) error {
	ready()
	v.served <- string(session)
	select {
	case err := <-v.end:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (v *vendor) Logout(_ context.Context, session []byte) error {
	v.out <- string(session)
	return nil
}

// patience bounds what a test waits for.
const patience = 10 * time.Second

func next[T any](t *testing.T, c <-chan T) (got T) {
	t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case got = <-c:
	case <-late.C:
		t.Fatal("waited in vain")
	}
	return got
}

type process struct {
	*Keeper
	vendor *vendor
	clock  *orchestrator.StepClock
	stop   func()
}

func start(t *testing.T, memory orchestrator.Memory, name string) *process {
	t.Helper()
	clock := orchestrator.NewStepClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	p := &process{vendor: newVendor(name), clock: clock}
	p.Keeper = New(p.vendor, "desk", memory, clock, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	p.stop = sync.OnceFunc(func() {
		cancel()
		if err := next(t, ended); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(p.stop)
	return p
}

func current(t *testing.T, k *Keeper) (string, uint64) {
	t.Helper()
	session, number, err := k.Current(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return string(session), number
}

func TestEveryProcessCallsWithTheOneSession(t *testing.T) {
	memory := newShared()
	one := start(t, memory, "one")
	next(t, one.vendor.served)
	two := start(t, memory, "two")
	for _, p := range []*process{one, two} {
		if session, _ := current(t, p.Keeper); session != "one-1" {
			t.Errorf("%s calls with %q", p.vendor.name, session)
		}
	}
	if h := one.Health(); h.State != orchestrator.SessionUp || h.Logins != 1 {
		t.Errorf("health %+v", h)
	}
}

func TestAManyTimesExpiredSessionIsRenewedOnce(t *testing.T) {
	p := start(t, newShared(), "one")
	next(t, p.vendor.served)
	_, number := current(t, p.Keeper)
	var calls sync.WaitGroup
	for range 32 {
		calls.Go(func() { p.Expired(number) })
	}
	calls.Wait()
	if session := next(t, p.vendor.served); session != "one-2" {
		t.Errorf("then %q is served", session)
	}
	p.Expired(number) // a late one speaks of the session before
	session, newer := current(t, p.Keeper)
	if session != "one-2" || newer == number || p.Health().Logins != 2 {
		t.Errorf("session %q, number %d after %d, health %+v", session, newer, number, p.Health())
	}
}

func TestAMovedSessionIsKnownEverywhereWithoutALogin(t *testing.T) {
	memory := newShared()
	first := start(t, memory, "first")
	next(t, first.vendor.served)
	if err := first.Amend(t.Context(), []byte("first-1 moved")); err != nil {
		t.Fatal(err)
	}
	second := start(t, memory, "second")
	for name, p := range map[string]*process{"the process that holds it": first, "another process": second} {
		if session, _ := current(t, p.Keeper); session != "first-1 moved" {
			t.Errorf("%s calls with %q", name, session)
		}
	}
	if err := second.Amend(t.Context(), []byte("not theirs")); err != nil {
		t.Fatal(err)
	}
	if session, _ := current(t, first.Keeper); session != "first-1 moved" || first.vendor.logins != 1 {
		t.Errorf("afterwards it is %q, after %d logins", session, first.vendor.logins)
	}
	first.stop()
	if session := next(t, first.vendor.out); session != "first-1 moved" {
		t.Errorf("logged out of %q", session)
	}
}

func TestAnotherProcessTakesOver(t *testing.T) {
	memory := newShared()
	one := start(t, memory, "one")
	next(t, one.vendor.served)
	two := start(t, memory, "two")
	two.clock.AwaitTimers(1) // it has found the lease taken
	one.stop()
	if gone := next(t, one.vendor.out); gone != "one-1" {
		t.Errorf("logged out of %q", gone)
	}
	two.clock.Advance(standBy)
	if session := next(t, two.vendor.served); session != "two-1" {
		t.Errorf("served %q", session)
	}
}

func TestALostLeaseEndsTheSessionHere(t *testing.T) {
	memory := newShared()
	one := start(t, memory, "one")
	next(t, one.vendor.served)
	memory.mu.Lock()
	memory.revoked()
	memory.mu.Unlock()
	next(t, one.vendor.out)
}

func TestQuickLossesAreAnsweredWithLongerPauses(t *testing.T) {
	p := start(t, newShared(), "one")
	for range atOnce + 1 {
		next(t, p.vendor.served)
		p.vendor.end <- errors.New("thrown out")
	}
	p.clock.AwaitTimers(1)
	if h := p.Health(); h.State != orchestrator.SessionDown || h.Failure != "thrown out" {
		t.Errorf("health %+v", h)
	}
	p.clock.Advance(firstPause)
	next(t, p.vendor.served)
	for quick, want := range map[int]time.Duration{1: 0, 2: 0, 3: firstPause, 4: 2 * firstPause, 5: 4 * firstPause, 60: longestPause} {
		if got := pauseAfter(quick, errors.New("lost")); got != want {
			t.Errorf("after %d losses: %s, want %s", quick, got, want)
		}
	}
	if got := pauseAfter(1, fmt.Errorf("login: %w", ErrRefused)); got != longestPause {
		t.Errorf("after refused credentials: %s", got)
	}
}

func TestWithoutASessionACallIsTriedAgain(t *testing.T) {
	k := New(newVendor("x"), "desk", newShared(), orchestrator.SystemClock{}, slog.New(slog.DiscardHandler))
	if _, _, err := k.Current(t.Context()); orchestrator.OutcomeOf(err) != orchestrator.OutcomeRetry {
		t.Errorf("answered %v", err)
	}
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
