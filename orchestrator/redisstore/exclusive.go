package redisstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-redsync/redsync/v4"
	"github.com/go-redsync/redsync/v4/redis/goredis/v9"

	"handoff/orchestrator"
)

const (
	// minExclusive is the shortest lock: below it the client's own allowance for drift leaves nothing.
	minExclusive = 100 * time.Millisecond
	// unlockTimeout bounds giving a lock back; afterwards it runs out by itself.
	unlockTimeout = 3 * time.Second
	// extensions is how often a lock is extended within its lifetime.
	extensions = 3
)

// Exclusive runs do while no other process runs one of the same name, and answers false if another does now. The lock
// lives for ttl and is extended while do runs; when that fails do's context ends, with the reason as its cause. A lock
// whose process died is free after ttl. ttl is real time, because it is Redis that counts it.
func (s *Store) Exclusive(
	ctx context.Context, name string, ttl time.Duration, do func(context.Context) error,
) (bool, error) {
	ttl = max(ttl, minExclusive)
	lock := redsync.New(goredis.NewPool(s.client)).NewMutex(s.keys.lock(name), redsync.WithExpiry(ttl))
	if err := lock.TryLockContext(ctx); err != nil {
		if _, ok := errors.AsType[*redsync.ErrTaken](err); ok {
			return false, nil
		}
		return false, fmt.Errorf("redis: lock %s: %w", name, err)
	}
	held, lost := context.WithCancelCause(ctx)
	stop := extend(held, lost, lock, ttl/extensions)
	err := do(held)
	stop()
	lost(nil)
	unlock, cancel := context.WithTimeout(context.WithoutCancel(ctx), unlockTimeout)
	defer cancel()
	if _, unlockErr := lock.UnlockContext(unlock); unlockErr != nil &&
		!errors.Is(unlockErr, redsync.ErrLockAlreadyExpired) {
		s.log.WarnContext(ctx, "a lock is not given back and will run out", "lock", name, "error", unlockErr)
	}
	return true, err
}

// extend keeps a lock alive until it is stopped, which waits for an extension under way.
func extend(ctx context.Context, lost context.CancelCauseFunc, lock *redsync.Mutex, every time.Duration) (stop func()) {
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			due := make(chan struct{})
			unset := orchestrator.SystemClock{}.AfterFunc(every, func() { close(due) }) // as Redis counts
			select {
			case <-done:
				unset()
				return
			case <-due:
			}
			if ok, err := lock.ExtendContext(ctx); !ok || err != nil {
				lost(fmt.Errorf("the lock was lost: %w", errors.Join(err, redsync.ErrExtendFailed)))
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}
