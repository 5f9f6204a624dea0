package once

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

// notebook is as much of a memory as a poster needs.
type notebook struct {
	orchestrator.Memory
	values map[string][]byte
	fails  error
}

func (n *notebook) Keep(_ context.Context, _ orchestrator.ConnectorName, ref, name string, value []byte) error {
	if n.fails == nil {
		n.values[ref+"/"+name] = slices.Clone(value)
	}
	return n.fails
}

func (n *notebook) Kept(_ context.Context, _ orchestrator.ConnectorName, ref string) (map[string][]byte, error) {
	kept := map[string][]byte{}
	for key, value := range maps.All(n.values) {
		if key == ref+"/"+noteName {
			kept[noteName] = value
		}
	}
	return kept, n.fails
}

// vendor is a chat at a vendor who knows no idempotency key.
type vendor struct {
	seen   []string
	answer func(piece string) (arrives bool, err error) // nil: it arrives
	asked  int
}

func (v *vendor) chat() Chat {
	return Chat{
		Post: func(_ context.Context, piece string) Answer {
			arrives, err := true, error(nil)
			if v.answer != nil {
				arrives, err = v.answer(piece)
			}
			if arrives {
				v.seen = append(v.seen, piece)
			}
			return Read(err)
		},
		Posted: func(context.Context) (int, error) { v.asked++; return len(v.seen), nil },
	}
}

var errLost = errors.New("the answer was lost")

func TestEachPieceIsPostedOnceWhateverIsRepeated(t *testing.T) {
	for _, row := range []struct {
		name    string
		arrives bool // the second piece does, although its answer is lost
	}{{"the lost piece had arrived", true}, {"the lost piece had not arrived", false}} {
		t.Run(row.name, func(t *testing.T) {
			v := &vendor{}
			p := New(&notebook{values: map[string][]byte{}}, "desk")
			send := func(id orchestrator.CommandID, pieces ...string) error {
				return p.Send(t.Context(), "r", id, pieces, v.chat())
			}
			if err := send("c.1.0", "one"); err != nil {
				t.Fatal(err)
			}
			v.answer = func(piece string) (bool, error) {
				if piece == "b" {
					v.answer = nil
					return row.arrives, errLost
				}
				return true, nil
			}
			if err := send("c.2.0", "a", "b", "c"); !errors.Is(err, errLost) {
				t.Fatalf("the lost answer was answered %v", err)
			}
			for range 2 {
				if err := send("c.2.0", "a", "b", "c"); err != nil {
					t.Fatal(err)
				}
			}
			if err := send("c.1.0", "one"); err != nil { // an older one, repeated after a crash
				t.Fatal(err)
			}
			if diff := cmp.Diff([]string{"one", "a", "b", "c"}, v.seen); diff != "" {
				t.Errorf("people saw (-want +got):\n%s", diff)
			}
			if v.asked != 1 {
				t.Errorf("the history was asked %d times, once is enough", v.asked)
			}
		})
	}
}

func TestACommandThatWasGivenUpDoesNotHideTheNext(t *testing.T) {
	for _, arrives := range []bool{true, false} {
		v := &vendor{answer: func(piece string) (bool, error) {
			if piece == "given up" {
				return arrives, errLost
			}
			return true, nil
		}}
		p := New(&notebook{values: map[string][]byte{}}, "desk")
		if err := p.Send(t.Context(), "r", "c.1.0", []string{"given up"}, v.chat()); !errors.Is(err, errLost) {
			t.Fatal(err)
		}
		lose := true
		given := v.answer
		v.answer = func(piece string) (bool, error) {
			if piece == "next" && lose {
				lose = false
				return false, errLost
			}
			return given(piece)
		}
		if err := p.Send(t.Context(), "r", "c.2.0", []string{"next"}, v.chat()); !errors.Is(err, errLost) {
			t.Fatal(err)
		}
		if err := p.Send(t.Context(), "r", "c.2.0", []string{"next"}, v.chat()); err != nil {
			t.Fatal(err)
		}
		if v.seen[len(v.seen)-1] != "next" {
			t.Errorf("arrived %t: people saw %v", arrives, v.seen)
		}
	}
}

func TestAVendorWithoutHistoryIsToldAgain(t *testing.T) {
	v := &vendor{answer: func(string) (bool, error) { return false, errLost }}
	p := New(&notebook{values: map[string][]byte{}}, "desk")
	chat := Chat{Post: v.chat().Post}
	if err := p.Send(t.Context(), "r", "c.1.0", []string{"hello"}, chat); !errors.Is(err, errLost) {
		t.Fatal(err)
	}
	v.answer = nil
	if err := p.Send(t.Context(), "r", "c.1.0", []string{"hello"}, chat); err != nil || len(v.seen) != 1 {
		t.Errorf("%v, people saw %v", err, v.seen)
	}
}

func TestNothingIsPostedThatCannotBeNoted(t *testing.T) {
	v := &vendor{}
	p := New(&notebook{values: map[string][]byte{}, fails: errors.New("no Redis")}, "desk")
	err := p.Send(t.Context(), "r", "c.1.0", []string{"hello"}, v.chat())
	if orchestrator.OutcomeOf(err) != orchestrator.OutcomeRetry || len(v.seen) != 0 {
		t.Errorf("%v, people saw %v", err, v.seen)
	}
}
