package orchestrator

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"
)

// DefaultConcurrency is how many calls to one connector run at a time in one process, unless the configuration says
// otherwise; further ones wait.
const DefaultConcurrency = 256

// waitingSaidEvery is how often at most it is said that the calls to a connector wait.
const waitingSaidEvery = time.Minute

// errNoTurn: the process stops, or must not call any more, while a call waits for a slot.
var errNoTurn = errors.New("the process stopped calling while the call waited")

// slots bound the calls to one connector. Waiting for one is our own affair: it is no attempt, takes nothing off the time of the
// call, and is not seen by the connector's breaker.
type slots struct {
	connector ConnectorName
	taken     chan struct{}
	waiting   atomic.Int64
	said      atomic.Int64 // the moment at which it was last said that calls wait
}

func newSlots(connector ConnectorName, concurrency int) *slots {
	if concurrency <= 0 {
		concurrency = DefaultConcurrency
	}
	return &slots{connector: connector, taken: make(chan struct{}, concurrency)}
}

// Load is how busy a process is with the calls to one connector.
type Load struct {
	Running     int `json:"running"`
	Waiting     int `json:"waiting"` // for one of Concurrency slots
	Concurrency int `json:"concurrency"`
}

func (s *slots) load() Load {
	return Load{Running: len(s.taken), Waiting: int(s.waiting.Load()), Concurrency: cap(s.taken)}
}

func (s *slots) free() { <-s.taken }

// try takes a slot if there is one.
func (s *slots) try() bool {
	select {
	case s.taken <- struct{}{}:
		return true
	default:
		return false
	}
}

// trySpare takes a slot if more than a quarter of them is free, so that words never wait behind typing.
func (s *slots) trySpare() bool { return cap(s.taken)-len(s.taken) > cap(s.taken)/4 && s.try() }

// take waits for a slot, in the order of arrival.
func (s *slots) take(ctx context.Context, stopping <-chan struct{}) error {
	s.waiting.Add(1)
	defer s.waiting.Add(-1)
	select {
	case s.taken <- struct{}{}:
		return nil
	case <-stopping:
	case <-ctx.Done():
	}
	return errNoTurn
}

// say logs that calls wait, now and then.
func (s *slots) say(log *slog.Logger, now Moment) {
	last := s.said.Load()
	if last != 0 && now.Sub(Moment(last)) < waitingSaidEvery || !s.said.CompareAndSwap(last, int64(now)) {
		return
	}
	l := s.load()
	log.Warn("calls wait for a slot: the connector answers slowly, or concurrency is too low", "connector", s.connector,
		"waiting", l.Waiting+1, "concurrency", l.Concurrency)
}

// Load answers how busy this process is with the calls to a party's connector.
func (d *Dispatcher) Load(party Party) Load {
	if s, ok := d.slots[party.Lane(false)]; ok {
		return s.load()
	}
	return Load{}
}
