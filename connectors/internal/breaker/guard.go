package breaker

import (
	"context"
	"errors"
	"sync"
	"time"

	"handoff/orchestrator"
)

// smoothing is the weight of the newest call in the moving average of the latency: about the last twenty count.
const smoothing = 0.1

// Guard is a breaker that also notes how the calls go, for Health. It is safe for concurrent use.
type Guard struct {
	breaker *Breaker
	clock   orchestrator.Clock

	mu      sync.Mutex
	failure string // the newest failed call, in plain words
	failed  orchestrator.Moment
	latency float64 // milliseconds
}

// NewGuard is a guard with a closed breaker.
func NewGuard(connector orchestrator.ConnectorName, clock orchestrator.Clock) *Guard {
	return &Guard{breaker: New(connector), clock: clock}
}

// Do makes the call unless the breaker is open. An error that is one of aside is answered as it is and says nothing of the
// receiver's health: a session has expired, a server has moved.
func (g *Guard) Do(ctx context.Context, op string, call func() error, aside ...error) error {
	var set error
	began := g.clock.Now()
	made := false
	err := g.breaker.Do(op, func() error {
		made = true
		err := call()
		for _, one := range aside {
			if errors.Is(err, one) {
				set, err = err, nil
			}
		}
		return err
	})
	if err == nil {
		err = set
	}
	g.note(ctx, g.clock.Now().Sub(began), made, err)
	return err
}

func (g *Guard) note(ctx context.Context, took time.Duration, made bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil && ctx.Err() == nil { // else we gave up ourselves
		g.failure, g.failed = err.Error(), orchestrator.MomentOf(g.clock.Now())
	}
	if !made {
		return
	}
	ms := float64(took) / float64(time.Millisecond)
	if g.latency == 0 {
		g.latency = ms
	}
	g.latency += smoothing * (ms - g.latency)
}

// Health answers how the calls go.
func (g *Guard) Health() orchestrator.Health {
	g.mu.Lock()
	defer g.mu.Unlock()
	return orchestrator.Health{
		Calls: g.breaker.State(), LastFailure: g.failure, LastFailureAt: g.failed, LatencyMS: g.latency,
	}
}
