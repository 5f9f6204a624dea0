package report_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/internal/drift"
	"handoff/connectors/internal/report"
	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

// answers is a sink that gives the next of its answers to each fact, and nil after the last.
type answers struct {
	errs  []error
	taken []orchestrator.Event
}

func (a *answers) Receive(_ context.Context, ev orchestrator.Event) (orchestrator.Receipt, error) {
	if len(a.errs) > 0 {
		err := a.errs[0]
		a.errs = a.errs[1:]
		if err != nil {
			return orchestrator.Receipt{}, err
		}
	}
	a.taken = append(a.taken, ev)
	return orchestrator.Receipt{Conversation: &orchestrator.Conversation{ID: ev.Conversation}}, nil
}

func reporter(sink orchestrator.Sink) (*report.Reporter, *orchestrator.StepClock) {
	clock := orchestrator.NewStepClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	r := report.New("desk", clock, slog.New(slog.DiscardHandler))
	r.SetSink(sink)
	return r, clock
}

func TestAFactIsToldAgainUntilTheStoreTakesIt(t *testing.T) {
	broken := errors.New("the store does not answer")
	sink := &answers{errs: []error{broken, broken, nil}}
	r, clock := reporter(sink)
	told := make(chan error, 1)
	go func() {
		_, err := r.Tell(t.Context(), orchestrator.Event{ID: "1", Type: orchestrator.EventAccepted})
		told <- err
	}()
	clock.AwaitTimers(1) // the first repetition comes without a wait
	clock.Advance(time.Second)
	if err := <-told; err != nil || len(sink.taken) != 1 {
		t.Errorf("told with %v, taken %d times", err, len(sink.taken))
	}
}

func TestAFactRefusedForGoodIsToldOnce(t *testing.T) {
	for name, err := range map[string]error{
		"the state": &orchestrator.Rejection{Code: orchestrator.CodeStateConflict}, "unknown": orchestrator.ErrNotFound,
		"input": &orchestrator.InputError{Status: 422},
	} {
		sink := &answers{errs: []error{err}}
		r, _ := reporter(sink)
		receipt, err := r.Tell(t.Context(), orchestrator.Event{ID: "1", Type: orchestrator.EventAccepted})
		if err != nil || receipt.Conversation != nil || len(sink.taken) != 0 {
			t.Errorf("%s: %v, %+v, taken %d times", name, err, receipt, len(sink.taken))
		}
	}
}

func TestTypingIsToldOnce(t *testing.T) {
	sink := &answers{errs: []error{errors.New("the store does not answer")}}
	r, _ := reporter(sink)
	if _, err := r.Tell(t.Context(), orchestrator.Event{Type: orchestrator.EventTyping}); err != nil || len(sink.taken) != 0 {
		t.Errorf("%v, taken %d times", err, len(sink.taken))
	}
}

func TestNothingIsToldWhileRunIsNotAtWork(t *testing.T) {
	r, _ := reporter(&answers{})
	r.SetSink(nil)
	if _, err := r.Tell(t.Context(), orchestrator.Event{ID: "1"}); err == nil {
		t.Error("a fact without anybody to take it was taken")
	}
}

func TestDriftIsToldAndCounted(t *testing.T) {
	sink := &answers{}
	r, _ := reporter(sink)
	c := &orchestrator.Conversation{ID: "c-1", State: orchestrator.StateAgent, Version: 7}
	err := r.Mend(t.Context(), c, drift.Truth{Stand: drift.Over}, func(ev *orchestrator.Event) { ev.Conversation = c.ID })
	if err != nil || len(sink.taken) != 1 || sink.taken[0].Conversation != "c-1" {
		t.Fatalf("%v, taken %+v", err, sink.taken)
	}
	if diff := cmp.Diff(map[string]int64{drift.Ended: 1}, r.Drift()); diff != "" {
		t.Error(diff)
	}
}

func TestWhatWasMissedIsToldAsDriftButForWords(t *testing.T) {
	accepted := orchestrator.Event{ID: "1", Type: orchestrator.EventAccepted, Reason: "why"}
	word := orchestrator.Event{ID: "2", Type: orchestrator.EventMessage, Actor: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna"}}
	desk := orchestrator.Actor{Role: orchestrator.ActorDesk, ID: "desk"}
	for _, missed := range []bool{false, true} {
		sink := &answers{}
		r, _ := reporter(sink)
		for _, ev := range []orchestrator.Event{accepted, word} {
			if err := r.TellHeard(t.Context(), ev, missed); err != nil {
				t.Fatal(err)
			}
		}
		want := []orchestrator.Event{accepted, word}
		want[0].Desk, want[1].Desk, want[0].Actor = "desk", "desk", desk
		drifted := map[string]int64{}
		if missed {
			want[0].Reason = drift.Prefix + drift.Accepted
			drifted[drift.Accepted] = 1
		}
		if diff := cmp.Diff(want, sink.taken) + cmp.Diff(drifted, r.Drift()); diff != "" {
			t.Errorf("missed %t (-want +got):\n%s", missed, diff)
		}
	}
}

// TestWhatAVendorTellsIsBroughtToTheRulesForValues: texts and names, whatever the vendor lets people write.
func TestWhatAVendorTellsIsBroughtToTheRulesForValues(t *testing.T) {
	long := strings.Repeat("a long text. ", 1+values.MaxText/13)
	for name, row := range map[string]struct {
		text, who string
		want      []string
		wantName  string
		note      bool
	}{
		"as it should be":    {text: "hello", who: "Anna", want: []string{"hello"}, wantName: "Anna"},
		"control characters": {text: "a\x00b\x1bc\td\n", who: "An\x00na", want: []string{"abc\td\n"}, wantName: "Anna"},
		"not UTF-8":          {text: "a\xffb", who: "\xff", want: []string{"a\ufffdb"}, wantName: "\ufffd"},
		"nothing to see":     {text: "\u200b\x00 ", who: "\u200b", note: true},
		"too long":           {text: long, who: strings.Repeat("n", 300), want: []string{long}, wantName: strings.Repeat("n", 252) + " […]"},
	} {
		t.Run(name, func(t *testing.T) {
			sink := &answers{}
			r, _ := reporter(sink)
			given := orchestrator.Event{
				ID: "e-1", Type: orchestrator.EventMessage, Actor: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna", Name: row.who},
				Agent: &orchestrator.Agent{ID: "anna", Name: row.who}, Message: &orchestrator.Message{ID: "m-1", Text: row.text},
			}
			for range 2 { // told again it has the same ids
				if _, err := r.Tell(t.Context(), given); err != nil {
					t.Fatal(err)
				}
			}
			first, again := sink.taken[:len(sink.taken)/2], sink.taken[len(sink.taken)/2:]
			if diff := cmp.Diff(first, again); diff != "" {
				t.Errorf("told again it differs:\n%s", diff)
			}
			var texts []string
			ids := map[orchestrator.EventID]bool{}
			for _, ev := range first {
				ids[ev.ID] = true
				if ev.Message != nil {
					texts = append(texts, ev.Message.Text)
				}
				if ev.Agent.Name != row.wantName {
					t.Errorf("the name is %q, want %q", ev.Agent.Name, row.wantName)
				}
			}
			if diff := cmp.Diff(strings.Join(row.want, ""), strings.Join(texts, "")); diff != "" || len(ids) != len(first) {
				t.Errorf("%d events with %d ids:\n%s", len(first), len(ids), diff)
			}
			if noted := first[0].Type == orchestrator.EventNote && first[0].Note != ""; noted != row.note {
				t.Errorf("noted: %t", noted)
			}
			if given.Message.Text != row.text || given.Agent.Name != row.who {
				t.Error("the fact that was given is changed")
			}
		})
	}
}
