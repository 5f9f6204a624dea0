package breaker

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

func TestHealthTellsHowTheCallsGo(t *testing.T) {
	clock := orchestrator.NewStepClock(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	g := NewGuard("desk", clock)
	lasting := func(d time.Duration, err error) func() error {
		return func() error { clock.Advance(d); return err }
	}
	errMoved, errDown := errors.New("moved"), errors.New("HTTP 503")
	if err := g.Do(t.Context(), "send", lasting(100*time.Millisecond, nil)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(orchestrator.Health{Calls: "closed", LatencyMS: 100}, g.Health()); diff != "" {
		t.Error(diff)
	}
	for range Consecutive + 1 {
		if err := g.Do(t.Context(), "send", lasting(100*time.Millisecond, errMoved), errMoved); !errors.Is(err, errMoved) {
			t.Fatal(err)
		}
	}
	if state := g.Health().Calls; state != "closed" {
		t.Errorf("what says nothing of the receiver made it %s", state)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := g.Do(cancelled, "send", lasting(100*time.Millisecond, context.Canceled)); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	for range Consecutive {
		if err := g.Do(t.Context(), "send", lasting(200*time.Millisecond, errDown)); !errors.Is(err, errDown) {
			t.Fatal(err)
		}
	}
	h := g.Health()
	if h.Calls != "open" || h.LastFailure != "HTTP 503" || h.LastFailureAt == 0 || h.LatencyMS <= 100 || h.LatencyMS >= 200 {
		t.Errorf("health %+v", h)
	}
	var ce *orchestrator.ConnectorError
	if err := g.Do(t.Context(), "send", lasting(time.Hour, nil)); !errors.As(err, &ce) || ce.Code != orchestrator.CircuitOpen {
		t.Errorf("an open breaker answers %v", err)
	}
	if after := g.Health(); after.LatencyMS != h.LatencyMS {
		t.Errorf("a call that was not made took %v ms", after.LatencyMS)
	}
}
