package web

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"handoff/orchestrator"
)

// tokenSecret is the name of the secret with which conversation tokens are signed, and leastSecret how long it is.
const (
	tokenSecret = "conversation-token"
	leastSecret = 32
)

// How often the secret is read. Another one is there when Redis was replaced or an operator has changed it.
const (
	keyFor    = time.Minute // how long it is used without being read again
	keyPeriod = time.Second // between two readings, however many tokens do not verify
)

// tokenKey is the secret with signers that are keyed with it.
type tokenKey struct {
	secret  []byte
	signers sync.Pool // of *signer
}

func (k *tokenKey) signer() *signer {
	if s, pooled := k.signers.Get().(*signer); pooled {
		return s
	}
	return newSigner(k.secret)
}

// tokenKeys reads the installation's secret from the store.
type tokenKeys struct {
	store orchestrator.Sessions
	clock orchestrator.Clock

	key  atomic.Pointer[tokenKey] // nil before the first reading
	read atomic.Int64             // the Moment of the newest reading, or try

	mu     sync.Mutex // one reads at a time
	failed error      // of the newest try
}

// current is the secret with which tokens are signed. It is read again once a minute; where that fails, the known one is used on.
func (t *tokenKeys) current(ctx context.Context) (*tokenKey, error) {
	if t.readWithin(keyFor) {
		return t.key.Load(), nil
	}
	key, err := t.refresh(ctx, keyFor)
	if key != nil {
		return key, nil
	}
	return nil, err
}

// newest is the secret as the store has it, read a second ago at most.
func (t *tokenKeys) newest(ctx context.Context) (*tokenKey, error) { return t.refresh(ctx, keyPeriod) }

// readWithin reports whether there is a secret and it was read in the last while.
func (t *tokenKeys) readWithin(while time.Duration) bool {
	return t.key.Load() != nil && t.clock.Now().Sub(orchestrator.Moment(t.read.Load()).Time()) < while
}

// refresh reads the secret, unless somebody has read it in the last while. It answers the known one with the error when the
// store does not answer.
func (t *tokenKeys) refresh(ctx context.Context, while time.Duration) (*tokenKey, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.readWithin(while) {
		return t.key.Load(), t.failed
	}
	secret, err := t.store.Secret(ctx, tokenSecret)
	if err == nil && len(secret) < leastSecret {
		err = fmt.Errorf("the secret %q has %d bytes, %d are needed", tokenSecret, len(secret), leastSecret)
	}
	t.failed = err
	t.read.Store(int64(orchestrator.MomentOf(t.clock.Now())))
	if known := t.key.Load(); err == nil && (known == nil || !bytes.Equal(known.secret, secret)) {
		t.key.Store(&tokenKey{secret: secret})
	}
	return t.key.Load(), err
}
