package report_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/internal/drift"
	"handoff/connectors/internal/report"
	"handoff/orchestrator"
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
