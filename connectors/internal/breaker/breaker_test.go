package breaker

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"handoff/orchestrator"
)

func failing(outcome orchestrator.Outcome) func() error {
	return func() error {
		return &orchestrator.ConnectorError{Connector: "shop", Op: "send", Outcome: outcome}
	}
}

func working() error { return nil }

func refused(t *testing.T, b *Breaker) *orchestrator.ConnectorError {
	t.Helper()
	err := b.Do("send", func() error {
		t.Error("called although the breaker should be open")
		return nil
	})
	var ce *orchestrator.ConnectorError
	if !errors.As(err, &ce) || ce.Code != orchestrator.CircuitOpen || ce.Outcome != orchestrator.OutcomeRetry {
		t.Fatalf("got %v", err)
	}
	return ce
}

func TestFailuresInARowOpenIt(t *testing.T) {
	for _, outcome := range []orchestrator.Outcome{orchestrator.OutcomeRetry, orchestrator.OutcomeUnknown} {
		b := newWith("shop", time.Hour)
		for i := range Consecutive {
			if got := b.State(); got != "closed" {
				t.Fatalf("%v: %s after %d failures", outcome, got, i)
			}
			if err := b.Do("send", failing(outcome)); orchestrator.OutcomeOf(err) != outcome {
				t.Fatal(err)
			}
		}
		if got := b.State(); got != "open" {
			t.Errorf("%v: %s", outcome, got)
		}
		if ce := refused(t, b); ce.RetryAfter < 59*time.Minute || ce.RetryAfter > time.Hour {
			t.Errorf("try again after %v", ce.RetryAfter)
		}
	}
}

func TestASuccessBetweenFailuresKeepsItClosed(t *testing.T) {
	b := newWith("shop", time.Hour)
	for range 3 {
		for range Consecutive - 1 {
			_ = b.Do("send", failing(orchestrator.OutcomeRetry))
		}
		if err := b.Do("send", working); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.State(); got != "closed" {
		t.Error(got)
	}
}

func TestHalfOfManyCallsFailingOpensIt(t *testing.T) {
	b := newWith("shop", time.Hour)
	for range MinCalls / 2 {
		_ = b.Do("send", working)
		_ = b.Do("send", failing(orchestrator.OutcomeRetry))
	}
	refused(t, b)
}

func TestARefusalOfTheReceiverDoesNotCount(t *testing.T) {
	b := newWith("shop", time.Hour)
	for range 3 * MinCalls {
		_ = b.Do("send", failing(orchestrator.OutcomePermanent))
	}
	for range 3 * MinCalls {
		_ = b.Do("send", func() error {
			return &orchestrator.ConnectorError{Connector: "shop", Op: "send", Outcome: orchestrator.OutcomeRetry, Refused: true}
		})
	}
	for range 3 * MinCalls {
		_ = b.Do("send", func() error { return fmt.Errorf("stopped: %w", context.Canceled) })
	}
	if got := b.State(); got != "closed" {
		t.Error(got)
	}
}

func TestOneCallTriesAfterThePause(t *testing.T) {
	b := newWith("shop", 0)
	b.circuit.Open()
	err := b.Do("send", func() error {
		if got := b.State(); got != "half_open" {
			t.Errorf("while it tries: %s", got)
		}
		refused(t, b)
		return failing(orchestrator.OutcomeUnknown)()
	})
	if b.State() != "open" || err == nil {
		t.Fatalf("%s after a failed try (%v)", b.State(), err)
	}
	if err := b.Do("send", working); err != nil || b.State() != "closed" {
		t.Fatalf("%s after a good try (%v)", b.State(), err)
	}
}

func TestAPanicWhileTryingDoesNotKeepItShut(t *testing.T) {
	b := newWith("shop", 0)
	b.circuit.Open()
	func() {
		defer func() { _ = recover() }()
		_ = b.Do("send", func() error { panic("broken connector") })
	}()
	if err := b.Do("send", working); err != nil || b.State() != "closed" {
		t.Fatalf("%s: %v", b.State(), err)
	}
}
