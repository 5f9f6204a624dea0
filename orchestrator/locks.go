package orchestrator

import (
	"context"
	"sync"
)

// keyedLocks lets the events of one conversation wait for each other inside this process, in the order of their arrival, so
// that a conflict at the store can come only from another process.
type keyedLocks struct {
	mu   sync.Mutex
	held map[string]*keyedLock
}

type keyedLock struct {
	token chan struct{} // holds one token while the lock is free
	users int           // holders and waiters
}

func newKeyedLocks() keyedLocks { return keyedLocks{held: map[string]*keyedLock{}} }

// lock waits for its turn or for the end of ctx.
func (l *keyedLocks) lock(ctx context.Context, key string) (unlock func(), err error) {
	l.mu.Lock()
	k := l.held[key]
	if k == nil {
		k = freeLocks.Get().(*keyedLock) //nolint:forcetypeassert // nothing else is ever put in
		l.held[key] = k
	}
	k.users++
	l.mu.Unlock()

	unlock = func() { k.token <- struct{}{}; l.leave(key, k) }
	select {
	case <-k.token:
		return unlock, nil
	default: // only who has to wait asks for the end of ctx, which may cost a timer
	}
	select {
	case <-k.token:
		return unlock, nil
	case <-ctx.Done():
		l.leave(key, k)
		return nil, ctx.Err()
	}
}

func (l *keyedLocks) leave(key string, k *keyedLock) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k.users--
	if k.users == 0 {
		delete(l.held, key)
		freeLocks.Put(k)
	}
}

// freeLocks are locks that nobody holds or waits for; each has its token.
var freeLocks = sync.Pool{New: func() any {
	k := &keyedLock{token: make(chan struct{}, 1)}
	k.token <- struct{}{}
	return k
}}
