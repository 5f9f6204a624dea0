package web

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"handoff/orchestrator"
)

// secretStore answers one secret, and counts how often it is asked.
type secretStore struct {
	orchestrator.Sessions
	secret []byte
	failed error
	asked  int
}

func (s *secretStore) Secret(context.Context, string) ([]byte, error) {
	s.asked++
	return s.secret, s.failed
}

// tokenFor is a token that a process with a secret signs.
func tokenFor(t *testing.T, clock orchestrator.Clock, secret []byte, id string) string {
	t.Helper()
	other := tokens{keys: tokenKeys{store: &secretStore{secret: secret}, clock: clock}, now: clock.Now}
	quoted, err := other.appendToken(t.Context(), nil, &orchestrator.Conversation{
		ID: orchestrator.ConversationID(id), OpenedAt: orchestrator.MomentOf(clock.Now()),
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.Trim(quoted, `"`))
}

func TestTokensOfANewerSecretAreTakenAtOnce(t *testing.T) {
	r := newRig(t)
	before, after := bytes.Repeat([]byte("1"), 32), bytes.Repeat([]byte("2"), 32)
	store := &secretStore{secret: before}
	r.server.tokens.keys.store = store
	id := r.begun("c-1")
	reads := func(token string) *answer { return r.bearer(token).get("/v1/conversations/" + id) }
	reads(tokenFor(t, r.clock, before, id)).want(t, 200)

	store.secret = after
	r.clock.Advance(keyPeriod)
	newer := tokenFor(t, r.clock, after, id)
	reads(newer).want(t, 200)
	reads(tokenFor(t, r.clock, before, id)).problem(t, 401, codeInvalidToken)

	asked := store.asked
	for range 50 { // of somebody who guesses
		reads(tokenFor(t, r.clock, bytes.Repeat([]byte("3"), 32), id)).problem(t, 401, codeInvalidToken)
	}
	if store.asked > asked {
		t.Errorf("the secret was read %d times within a second", store.asked-asked)
	}
	r.clock.Advance(keyPeriod)
	reads(tokenFor(t, r.clock, bytes.Repeat([]byte("3"), 32), id)).problem(t, 401, codeInvalidToken)
	if store.asked != asked+1 {
		t.Errorf("a second later it was read %d times", store.asked-asked)
	}
}

func TestAReplacedSecretIsUsedWithinAMinute(t *testing.T) {
	clock := orchestrator.NewStepClock(time.UnixMilli(1e12))
	before, after := bytes.Repeat([]byte("1"), 32), bytes.Repeat([]byte("2"), 32)
	store := &secretStore{secret: before}
	keys := tokenKeys{store: store, clock: clock}
	uses := func(want []byte) {
		t.Helper()
		key, err := keys.current(t.Context())
		if err != nil || !bytes.Equal(key.secret, want) {
			t.Fatalf("it signs with %v, %v", key, err)
		}
	}
	uses(before)
	store.secret = after
	uses(before)
	clock.Advance(keyFor)
	uses(after)
	store.failed = errors.New("planted: the store is away")
	clock.Advance(keyFor)
	uses(after)
	uses(after)
	if store.asked != 3 {
		t.Errorf("the secret was read %d times", store.asked)
	}
}

// TestTokenIsNotRefusedWhileTheSecretCannotBeRead: a client that is told 401 would give its conversation up.
func TestTokenIsNotRefusedWhileTheSecretCannotBeRead(t *testing.T) {
	r := newRig(t)
	store := &secretStore{secret: bytes.Repeat([]byte("1"), 32)}
	r.server.tokens.keys.store = store
	id := r.begun("c-1")
	r.bearer(tokenFor(t, r.clock, store.secret, id)).get("/v1/conversations/"+id).want(t, 200)
	store.failed = errors.New("planted: the store is away")
	r.clock.Advance(keyPeriod)
	if a := r.bearer(tokenFor(t, r.clock, bytes.Repeat([]byte("2"), 32), id)).get("/v1/conversations/" + id); a.status < 500 {
		t.Errorf("answered %d: %s", a.status, a.body)
	}
}
