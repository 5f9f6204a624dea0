package web

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func TestTurnsGoRoundTheSources(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var line turns
		if err := line.take(t.Context(), "first"); err != nil {
			t.Fatal(err)
		}
		var had []string
		gone, leave := context.WithCancel(t.Context())
		wait := func(ctx context.Context, source string) {
			go func() {
				if line.take(ctx, source) == nil {
					had = append(had, source)
					line.end()
				}
			}()
			synctest.Wait()
		}
		for range 3 {
			wait(t.Context(), "many")
		}
		wait(t.Context(), "one")
		wait(gone, "gone")
		wait(gone, "many")
		wait(t.Context(), "two")
		wait(t.Context(), "one")
		leave()
		synctest.Wait()
		line.end()
		synctest.Wait()
		if want := []string{"many", "one", "two", "many", "one", "many"}; !cmp.Equal(want, had) {
			t.Error(cmp.Diff(want, had))
		}
		if line.taken || len(line.order)+len(line.waiting) > 0 {
			t.Errorf("the turn is not free: %+v", &line)
		}
	})
}

func TestTurnOfSomebodyWhoIsGoneIsPassedOn(t *testing.T) {
	var line turns
	gone, leave := context.WithCancel(t.Context())
	leave()
	for range 100 { // the turn may come at the very moment at which they leave
		if err := line.take(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		left := make(chan struct{})
		go func() {
			defer close(left)
			if line.take(gone, "b") == nil {
				line.end()
			}
		}()
		line.end()
		<-left
	}
	if err := line.take(gone, "c"); err != nil {
		t.Error("nobody has the turn, and yet it is not free")
	}
}
