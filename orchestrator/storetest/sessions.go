package storetest

import (
	"bytes"
	"sync"
	"time"

	"handoff/orchestrator"
)

var bindingTests = []behaviour{
	{"HandleIsResolved", handleIsResolved},
}

func handleIsResolved(f *fixture) {
	one, two := f.begin(), f.begin()
	_, err := f.store.Resolve(f.ctx, desk, "ref:1")
	f.fails(err, orchestrator.ErrNotFound)
	f.ok(f.store.Bind(f.ctx, desk, "ref:1", one.ID))
	f.ok(f.store.Bind(f.ctx, desk, "ref:1", one.ID))
	id, err := f.store.Resolve(f.ctx, desk, "ref:1")
	f.ok(err)
	f.equal(id, one.ID)
	f.ok(f.store.Bind(f.ctx, desk, "ref:1", two.ID)) // the desk uses its handle again
	id, err = f.store.Resolve(f.ctx, desk, "ref:1")
	f.ok(err)
	f.equal(id, two.ID)
	_, err = f.store.Resolve(f.ctx, "other", "ref:1")
	f.fails(err, orchestrator.ErrNotFound)
	f.fails(f.store.Bind(f.ctx, desk, "ref:2", "cv_1"), orchestrator.ErrNotFound)
}

var sessionTests = []behaviour{
	{"SecretIsTheSameForAll", secretIsTheSameForAll},
	{"SessionIsKeptUntilItRunsOut", sessionIsKept},
	{"SignedOutHereOrEverywhere", signedOut},
	{"SignedRequestIsUsedForOneThing", usedForOneThing},
}

func usedForOneThing(f *fixture) {
	for i, use := range []struct {
		bot             orchestrator.ConnectorName
		id, what, first string
	}{
		{bot, "evt_1", "POST /a", "POST /a"}, {bot, "evt_1", "POST /a", "POST /a"}, {bot, "evt_1", "POST /b", "POST /a"},
		{bot, "evt_2", "POST /b", "POST /b"}, {"other", "evt_1", "POST /b", "POST /b"},
	} {
		first, err := f.store.Use(f.ctx, use.bot, use.id, use.what, time.Minute)
		f.ok(err)
		if first != use.first {
			f.Errorf("%d: %+v was used first for %q", i, use, first)
		}
	}
}

func secretIsTheSameForAll(f *fixture) {
	var mu sync.Mutex
	var secrets [][]byte
	f.race(16, func(int) error {
		secret, err := f.store.Secret(f.ctx, "tokens")
		mu.Lock()
		defer mu.Unlock()
		secrets = append(secrets, secret)
		return err
	})
	for _, secret := range secrets {
		if len(secret) != 32 || !bytes.Equal(secret, secrets[0]) {
			f.Fatalf("secrets of %d bytes differ", len(secret))
		}
	}
	other, err := f.store.Secret(f.ctx, "cookies")
	f.ok(err)
	if bytes.Equal(other, secrets[0]) {
		f.Fatal("two names have the same secret")
	}
}

func sessionIsKept(f *fixture) {
	want := orchestrator.Session{Token: "token-1", User: "anna", CSRF: "csrf-1", At: f.now(), Role: "agent", Name: "Anna", Proof: "p"}
	f.ok(f.store.PutSession(f.ctx, want, time.Hour))
	got, err := f.store.Session(f.ctx, "token-1")
	f.ok(err)
	f.equal(got, want)
	_, err = f.store.Session(f.ctx, "token-2")
	f.fails(err, orchestrator.ErrNotFound)
	_, err = f.store.Session(f.ctx, "")
	f.fails(err, orchestrator.ErrNotFound)
	f.clock.Advance(time.Hour + time.Second)
	_, err = f.store.Session(f.ctx, "token-1")
	f.fails(err, orchestrator.ErrNotFound)
}

func signedOut(f *fixture) {
	for _, token := range []string{"a", "b", "c"} {
		f.ok(f.store.PutSession(f.ctx, orchestrator.Session{Token: token, User: "anna"}, time.Hour))
	}
	f.ok(f.store.PutSession(f.ctx, orchestrator.Session{Token: "d", User: "bo"}, time.Hour))
	f.ok(f.store.DeleteSession(f.ctx, "a"))
	f.ok(f.store.DeleteSession(f.ctx, "a"))
	_, err := f.store.Session(f.ctx, "a")
	f.fails(err, orchestrator.ErrNotFound)
	_, err = f.store.Session(f.ctx, "b")
	f.ok(err)
	left, err := f.store.CountSessions(f.ctx, "anna")
	f.ok(err)
	f.equal(left, 2)
	f.ok(f.store.DeleteSessions(f.ctx, "anna"))
	left, err = f.store.CountSessions(f.ctx, "anna")
	f.ok(err)
	f.equal(left, 0)
	for _, token := range []string{"b", "c"} {
		_, err = f.store.Session(f.ctx, token)
		f.fails(err, orchestrator.ErrNotFound)
	}
	_, err = f.store.Session(f.ctx, "d")
	f.ok(err)
	f.ok(f.store.DeleteSessions(f.ctx, "anna"))
}
