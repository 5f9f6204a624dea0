// Package session holds the one session that a vendor allows an account, in one process at a time. The process that has the
// lease logs in, works, and logs in again after a loss; when it dies, another takes over as soon as the lease runs out. Calls
// may be made by every process: the session is kept where all can read it.
package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"handoff/orchestrator"
)

// Times of a session.
const (
	// LeaseFor is how long a process that holds the session may be silent before another takes over.
	LeaseFor = 15 * time.Second
	// standBy is how often a process that does not hold it looks whether it may.
	standBy = 5 * time.Second
	// firstPause and longestPause bound the waits between attempts to log in; each is twice the one before.
	firstPause, longestPause = time.Second, time.Minute
	// settled is how long a session must have worked for its loss not to count as quick.
	settled = 10 * time.Second
	// atOnce is how many quick losses in a row are answered by logging in without a pause.
	atOnce = 2
	// logoutTimeout bounds logging out when the process stops.
	logoutTimeout = 5 * time.Second
)

// noteName is the name under which the session lies in a desk's memory, under the handle "".
const noteName = "session"

// Vendor is what differs from vendor to vendor. Its methods are called by one goroutine at a time, in the process that
// holds the lease.
type Vendor interface {
	// Login begins a session and answers it in a form that every process can use for calls: tokens, cookies, host.
	Login(ctx context.Context) (session []byte, err error)
	// Serve subscribes, reconciles and works until ctx ends or the session is lost, and says why it was lost. It calls
	// ready as soon as it has subscribed and reconciled.
	Serve(ctx context.Context, session []byte, ready func()) error
}

// Leaver is a Vendor whose session has to be ended when the process stops. That is not done after a loss.
type Leaver interface {
	Logout(ctx context.Context, session []byte) error
}

// Lease is for a vendor who knows no session: what is held is the right to listen, in one process at a time.
type Lease func(ctx context.Context, ready func()) error

// Login begins nothing.
func (Lease) Login(context.Context) ([]byte, error) { return nil, nil }

// Serve listens.
func (l Lease) Serve(ctx context.Context, _ []byte, ready func()) error { return l(ctx, ready) }

// ErrRefused marks a failure to log in that repeating makes worse: wrong credentials, a locked account. The next attempt
// comes after the longest pause.
var ErrRefused = errors.New("the vendor refuses the credentials")

// Keeper keeps one account's session. It is safe for concurrent use; Run is called once.
type Keeper struct {
	vendor Vendor
	desk   orchestrator.ConnectorName
	memory orchestrator.Memory
	clock  orchestrator.Clock
	log    *slog.Logger

	mu      sync.Mutex
	health  orchestrator.SessionHealth
	session []byte        // the newest one known here; nil: none
	number  uint64        // grows with each new one
	lost    chan struct{} // closed by Expired for the session that is served here; nil while none is
	begun   chan struct{} // closed when the next session begins here; nil: nobody waits for it
	fetched orchestrator.Moment
	tried   bool // to hold a session
}

// New is a keeper at rest.
func New(v Vendor, desk orchestrator.ConnectorName, memory orchestrator.Memory, clock orchestrator.Clock, log *slog.Logger) *Keeper {
	return &Keeper{
		vendor: v, desk: desk, memory: memory, clock: clock, log: log,
		health: orchestrator.SessionHealth{State: orchestrator.SessionElsewhere},
	}
}

// Run holds the session whenever no other process does, until ctx ends. It returns nil then.
func (k *Keeper) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		held, err := k.memory.Exclusive(ctx, "session:"+string(k.desk), LeaseFor, k.hold)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			k.log.WarnContext(ctx, "the lease of a session was lost", "desk", k.desk, "error", err)
		case !held:
			k.stand(orchestrator.SessionElsewhere, nil)
		}
		k.rest(ctx, standBy)
	}
	return nil
}

// hold logs in and works, again and again, while the lease is ours.
func (k *Keeper) hold(ctx context.Context) error {
	quick := 0 // losses in a row that came soon after logging in, or before
	for ctx.Err() == nil {
		began := k.clock.Now()
		err := k.once(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it ended because it was to end
		}
		k.stand(orchestrator.SessionDown, err)
		k.log.WarnContext(ctx, "a session was lost", "desk", k.desk, "error", err)
		if k.clock.Now().Sub(began) >= settled {
			quick = 0
		}
		quick++
		k.rest(ctx, pauseAfter(quick, err))
	}
	return nil
}

// pauseAfter is how long to wait after so many quick losses in a row. The first two are answered at once.
func pauseAfter(quick int, err error) time.Duration {
	switch {
	case errors.Is(err, ErrRefused):
		return longestPause
	case quick <= atOnce:
		return 0
	default:
		return min(firstPause<<min(quick-atOnce-1, 10), longestPause)
	}
}

// once is one session from its beginning to its end.
func (k *Keeper) once(ctx context.Context) error {
	k.stand(orchestrator.SessionBeginning, nil)
	session, err := k.vendor.Login(ctx)
	if err != nil {
		return fmt.Errorf("logging in: %w", err)
	}
	if err := k.memory.Keep(ctx, k.desk, "", noteName, session); err != nil {
		return err
	}
	lost := k.begin(session)
	serving, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-lost:
			stop()
		case <-serving.Done():
		}
	}()
	err = k.vendor.Serve(serving, session, func() { k.stand(orchestrator.SessionUp, nil) })
	session = k.end()
	if ctx.Err() != nil {
		k.logout(ctx, session)
		return nil
	}
	if err == nil || errors.Is(err, context.Canceled) {
		err = errors.New("a call found the session expired")
	}
	return err
}

func (k *Keeper) logout(ctx context.Context, session []byte) {
	vendor, leaves := k.vendor.(Leaver)
	if !leaves {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logoutTimeout)
	defer cancel()
	if err := vendor.Logout(ctx, session); err != nil {
		k.log.InfoContext(ctx, "logging out failed", "desk", k.desk, "error", err)
	}
}

// rest waits, or until ctx ends.
func (k *Keeper) rest(ctx context.Context, pause time.Duration) {
	if pause <= 0 {
		return
	}
	done := make(chan struct{})
	stop := k.clock.AfterFunc(pause, func() { close(done) })
	defer stop()
	select {
	case <-done:
	case <-ctx.Done():
	}
}
