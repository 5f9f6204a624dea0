// Package breaker keeps a connector that fails from being called for a while, so that a desk or bot that is down costs no
// waiting and gets no storm of calls when it comes back.
package breaker

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"github.com/failsafe-go/failsafe-go/circuitbreaker"

	"handoff/orchestrator"
)

// When a breaker opens and for how long.
const (
	// Consecutive failures open it, however few calls there are.
	Consecutive = 5
	// Rate of failures among at least MinCalls calls within Window opens it, however they are mixed with successes.
	Rate     = 0.5
	MinCalls = 20
	Window   = 30 * time.Second
	// Pause is how long it stays open; then one call tries, and its result closes or opens it again.
	Pause = 10 * time.Second
)

// Breaker stands in front of one connector's calls. It is safe for concurrent use.
type Breaker struct {
	connector orchestrator.ConnectorName
	circuit   circuitbreaker.CircuitBreaker[any]
	failures  atomic.Int32 // in a row
}

// New is a closed breaker. It asks the machine's clock: the library has no other.
func New(connector orchestrator.ConnectorName) *Breaker { return newWith(connector, Pause) }

func newWith(connector orchestrator.ConnectorName, pause time.Duration) *Breaker {
	return &Breaker{connector: connector, circuit: circuitbreaker.NewBuilder[any]().
		WithFailureRateThreshold(Rate, MinCalls, Window).
		WithSuccessThresholdRatio(1, 1).
		WithDelay(pause).
		Build()}
}

// Do makes the call unless the breaker is open; then the answer is a failure that can be tried again when it may try. Only
// failures that a receiver in trouble causes count: one that refuses a call is well.
func (b *Breaker) Do(op string, call func() error) error {
	if !b.circuit.TryAcquirePermit() {
		return &orchestrator.ConnectorError{
			Connector: b.connector, Op: op, Code: orchestrator.CircuitOpen, Outcome: orchestrator.OutcomeRetry,
			RetryAfter: b.circuit.RemainingDelay(), Err: errors.New("not called: the calls before it failed"),
		}
	}
	judged := false
	defer func() {
		if !judged { // the call panicked; its permit must not be lost
			b.failed()
		}
	}()
	err := call()
	judged = true
	switch {
	case err == nil, answered(err):
		b.failures.Store(0)
		b.circuit.RecordSuccess()
	case errors.Is(err, context.Canceled) && b.circuit.IsClosed():
		// We gave up ourselves: that says nothing of the receiver. In half-open it counts, because the permit must go back.
	default:
		b.failed()
	}
	return err
}

// answered reports whether the receiver itself said no.
func answered(err error) bool {
	ce, ok := errors.AsType[*orchestrator.ConnectorError](err)
	return ok && (ce.Refused || ce.Outcome == orchestrator.OutcomePermanent)
}

func (b *Breaker) failed() {
	b.circuit.RecordFailure()
	if b.failures.Add(1) >= Consecutive && b.circuit.IsClosed() {
		b.circuit.Open()
	}
}

// State is closed (calls are made), open (they are not) or half_open (one call tries).
func (b *Breaker) State() string {
	switch b.circuit.State() {
	case circuitbreaker.OpenState:
		return "open"
	case circuitbreaker.HalfOpenState:
		return "half_open"
	case circuitbreaker.ClosedState:
		return "closed"
	}
	return "closed"
}
