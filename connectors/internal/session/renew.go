package session

import (
	"bytes"
	"context"
	"errors"
	"time"

	"handoff/orchestrator"
)

// Bounds of waiting for a new session in mid-call.
const (
	// renewal is how long a call waits for the session that follows an expired one.
	renewal = 5 * time.Second
	// renewalLook is how often a process that does not hold the session looks for the next one meanwhile.
	renewalLook = 500 * time.Millisecond
)

// errNotRenewed: the vendor refused the session, and no newer one came in time.
var errNotRenewed = errors.New("the session has expired and there is no newer one yet")

// Call makes a call in the session, which it waits for as Ready does, and once more in the next one if the vendor refused it
// because of the session, as expired tells.
func (k *Keeper) Call(ctx context.Context, expired func(error) bool, call func(session []byte) error) error {
	session, number, err := k.Ready(ctx)
	if err != nil {
		return err
	}
	if err = call(session); !expired(err) {
		return err
	}
	if session, _, err = k.Renewed(ctx, session, number); err != nil {
		return err
	}
	return call(session)
}

// Ready is Current for a call that may wait a moment while the first session begins, which is so when a process starts or
// takes over. It does not wait where logging in fails.
func (k *Keeper) Ready(ctx context.Context) (session []byte, number uint64, err error) {
	session, number, err = k.Current(ctx)
	if err == nil || k.Health().State == orchestrator.SessionDown {
		return session, number, err
	}
	return k.await(ctx, nil)
}

// Renewed is for a call that the vendor refused because of its session: it says so to the keeper and waits, not for long,
// for the session that follows. However many calls say so at once, there is one login. Errors: *orchestrator.ConnectorError,
// to be tried again.
func (k *Keeper) Renewed(ctx context.Context, expired []byte, number uint64) (session []byte, next uint64, err error) {
	k.Expired(number)
	return k.await(ctx, expired)
}

// doubt lets the session be read anew where another process holds it.
func (k *Keeper) doubt() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.lost == nil {
		k.fetched = 0
	}
}

// await waits for a session that is not the given one.
func (k *Keeper) await(ctx context.Context, expired []byte) (session []byte, next uint64, err error) {
	over := make(chan struct{})
	stop := k.clock.AfterFunc(renewal, func() { close(over) })
	defer stop()
	for {
		begun := k.nextBegin()
		k.doubt()
		session, next, err = k.Current(ctx)
		if err == nil && !bytes.Equal(session, expired) {
			return session, next, nil
		}
		if err := k.awaitBegin(ctx, begun, over); err != nil {
			return nil, 0, &orchestrator.ConnectorError{
				Connector: k.desk, Op: "session", Code: "no-session", Outcome: orchestrator.OutcomeRetry, Err: err,
			}
		}
	}
}

// awaitBegin waits until a session begins here, or it is time to look again whether one has begun elsewhere.
func (k *Keeper) awaitBegin(ctx context.Context, begun, over <-chan struct{}) error {
	look := make(chan struct{})
	stop := k.clock.AfterFunc(renewalLook, func() { close(look) })
	defer stop()
	select {
	case <-begun:
	case <-look:
	case <-over:
		return errNotRenewed
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}

// nextBegin is closed when the next session begins in this process.
func (k *Keeper) nextBegin() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.begun == nil {
		k.begun = make(chan struct{})
	}
	return k.begun
}
