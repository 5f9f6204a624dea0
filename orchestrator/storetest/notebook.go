package storetest

import (
	"bytes"
	"strings"
	"time"

	"handoff/orchestrator"
)

var notebookTests = []behaviour{
	{"WhatIsKeptIsReadByAll", whatIsKeptIsRead},
	{"HandlesAreListedByAge", handlesAreListedByAge},
	{"ForgottenHandleIsGone", forgottenHandleIsGone},
	{"TooMuchIsNotKept", tooMuchIsNotKept},
}

func whatIsKeptIsRead(f *fixture) {
	kept, err := f.store.Kept(f.ctx, desk, "ref:1")
	f.ok(err)
	f.equal(kept, map[string][]byte{})
	f.ok(f.store.Keep(f.ctx, desk, "ref:1", "cursor", []byte("7")))
	f.ok(f.store.Keep(f.ctx, desk, "ref:1", "cursor", []byte("8")))
	f.ok(f.store.Keep(f.ctx, desk, "ref:1", "key", []byte{0, 1, 255}))
	f.ok(f.store.Keep(f.ctx, "other", "ref:1", "key", []byte("x")))
	kept, err = f.store.Kept(f.ctx, desk, "ref:1")
	f.ok(err)
	f.equal(kept, map[string][]byte{"cursor": []byte("8"), "key": {0, 1, 255}})
	f.ok(f.store.Keep(f.ctx, desk, "ref:1", "cursor", nil))
	kept, err = f.store.Kept(f.ctx, desk, "ref:1")
	f.ok(err)
	f.equal(kept, map[string][]byte{"key": {0, 1, 255}})
}

func handlesAreListedByAge(f *fixture) {
	f.ok(f.store.Keep(f.ctx, desk, "", "session", []byte("s"))) // the desk's own: no handle
	first := orchestrator.MomentOf(f.clock.Now())
	for _, ref := range []string{"b", "a", "c"} {
		f.ok(f.store.Keep(f.ctx, desk, ref, "n", []byte("1")))
		f.clock.Advance(time.Second)
	}
	f.ok(f.store.Keep(f.ctx, desk, "b", "n", []byte("2"))) // not new
	want := []orchestrator.Handle{
		{Ref: "b", Since: first}, {Ref: "a", Since: first.Add(time.Second)}, {Ref: "c", Since: first.Add(2 * time.Second)},
	}
	for _, row := range []struct {
		since orchestrator.Moment
		limit int
		want  []orchestrator.Handle
	}{
		{0, 10, want}, {0, 2, want[:2]}, {first.Add(time.Second), 10, want[1:]}, {first.Add(time.Hour), 10, want[:0]},
	} {
		handles, err := f.store.Handles(f.ctx, desk, row.since, row.limit)
		f.ok(err)
		f.equal(handles, row.want)
	}
}

func forgottenHandleIsGone(f *fixture) {
	f.ok(f.store.Keep(f.ctx, desk, "a", "n", []byte("1")))
	f.ok(f.store.Forget(f.ctx, desk, "a"))
	f.ok(f.store.Forget(f.ctx, desk, "a"))
	kept, err := f.store.Kept(f.ctx, desk, "a")
	f.ok(err)
	f.equal(len(kept), 0)
	handles, err := f.store.Handles(f.ctx, desk, 0, 10)
	f.ok(err)
	f.equal(len(handles), 0)
}

func tooMuchIsNotKept(f *fixture) {
	f.ok(f.store.Keep(f.ctx, desk, "a", "n", bytes.Repeat([]byte("x"), orchestrator.MaxKept)))
	err := f.store.Keep(f.ctx, desk, "a", "n", bytes.Repeat([]byte("y"), orchestrator.MaxKept+1))
	if err == nil || strings.Contains(err.Error(), "yyyy") {
		f.Fatalf("too much was answered %v", err)
	}
}
