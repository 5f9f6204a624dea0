package redisstore

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

func TestNodeIsSilentOnceItsTimeHasRunOut(t *testing.T) {
	clock := orchestrator.NewStepClock(testStart)
	s := mustEmbed(t, Options{Clock: clock})
	beat := func(node orchestrator.NodeID, want ...orchestrator.NodeID) {
		t.Helper()
		silent, err := s.Beat(t.Context(), node, 4*time.Second, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, silent); diff != "" {
			t.Errorf("%s finds these silent, got (+), want (-):\n%s", node, diff)
		}
	}
	beat("one")
	beat("two")
	for range 3 {
		clock.Advance(time.Second)
		beat("two")
	}
	clock.Advance(2 * time.Second)
	beat("two", "one")
	beat("one") // it is back
	beat("two")
}

func TestCursorOfAnotherKindIsRefused(t *testing.T) {
	s := mustEmbed(t, Options{})
	if _, err := s.Beat(t.Context(), "", time.Second, nil); err == nil {
		t.Error("a node without a name was taken")
	}
	if _, _, err := s.Inherit(t.Context(), "one", "one", 0, time.Second, "", 10); err == nil {
		t.Error("a node may inherit from itself")
	}
	for _, cursor := range []string{"x", "1", "1.x", "-1.0"} {
		if _, _, err := s.Inherit(t.Context(), "one", "two", 0, time.Second, cursor, 10); err == nil {
			t.Errorf("%q was taken", cursor)
		}
	}
}
