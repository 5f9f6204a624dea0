// Package report tells the engine the facts that a vendor's desk has heard, so that none is lost: what cannot be stored now is
// told again, in order, and only what is refused for good is left behind.
package report

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"sync"
	"time"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// Pauses between attempts to tell a fact that could not be stored. The first attempt after a failure comes at once.
const (
	firstPause   = 200 * time.Millisecond
	longestPause = 5 * time.Second
)

// errNoSink: nobody takes facts, because the connector's Run is not at work.
var errNoSink = errors.New("the connector is not running")

// Reporter tells one desk's facts. It is safe for concurrent use.
type Reporter struct {
	desk  orchestrator.ConnectorName
	clock orchestrator.Clock
	log   *slog.Logger

	mu    sync.Mutex
	sink  orchestrator.Sink // while Run works
	drift map[string]int64
}

// New is a reporter that has nobody to tell yet.
func New(desk orchestrator.ConnectorName, clock orchestrator.Clock, log *slog.Logger) *Reporter {
	return &Reporter{desk: desk, clock: clock, log: log, drift: map[string]int64{}}
}

// SetSink says who takes facts; nil when the connector's Run ends.
func (r *Reporter) SetSink(s orchestrator.Sink) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sink = s
}

// Tell gives a fact to the engine, again and again until it is taken or refused for good. The receipt has no conversation
// for a fact that was refused. Typing is told once. The desk is filled in, as who did it where nobody else is named; texts are
// brought to the rules for values. An error means that ctx has ended, or that Run is not at work.
func (r *Reporter) Tell(ctx context.Context, ev orchestrator.Event) (receipt orchestrator.Receipt, err error) {
	ev.Desk = r.desk
	if ev.Actor.Role == "" {
		ev.Actor = orchestrator.Actor{Role: orchestrator.ActorDesk, ID: string(r.desk)}
	}
	for _, fact := range facts(ev) {
		if receipt, err = r.tell(ctx, fact); err != nil {
			break
		}
	}
	return receipt, err
}

func (r *Reporter) tell(ctx context.Context, ev orchestrator.Event) (orchestrator.Receipt, error) {
	for pause := time.Duration(0); ; pause = min(max(2*pause, firstPause), longestPause) {
		r.mu.Lock()
		sink := r.sink
		r.mu.Unlock()
		if sink == nil {
			return orchestrator.Receipt{}, errNoSink
		}
		receipt, err := sink.Receive(ctx, ev)
		switch {
		case err == nil:
			return receipt, nil
		case ctx.Err() != nil:
			return orchestrator.Receipt{}, ctx.Err()
		case ev.Type == orchestrator.EventTyping:
			return orchestrator.Receipt{}, nil
		case refusedForGood(err):
			r.log.InfoContext(ctx, "a fact was refused", "conversation", ev.Conversation, "ref", ev.Ref, "event", ev.Type, "id", ev.ID,
				"why", err)
			return orchestrator.Receipt{}, nil
		}
		r.log.WarnContext(ctx, "a fact could not be told yet", "conversation", ev.Conversation, "ref", ev.Ref, "event", ev.Type,
			"id", ev.ID, "error", err)
		if err := r.Rest(ctx, pause); err != nil {
			return orchestrator.Receipt{}, err
		}
	}
}

// Mend tells the facts that bring our record to the vendor's truth, each completed by address, and counts those that were
// news.
func (r *Reporter) Mend(
	ctx context.Context, c *orchestrator.Conversation, truth drift.Truth, address func(*orchestrator.Event),
) error {
	for _, found := range drift.Compare(c, r.desk, truth) {
		ev := found.Event
		address(&ev)
		if err := r.TellMissed(ctx, found.Kind, ev); err != nil {
			return err
		}
	}
	return nil
}

// TellHeard tells a fact as it was heard. With missed it happened while nobody listened: then it is told as drift, but for words
// and typing, which are told late and need no mending.
func (r *Reporter) TellHeard(ctx context.Context, ev orchestrator.Event, missed bool) error {
	if kind := drift.KindOf(ev.Type); missed && kind != "" {
		return r.TellMissed(ctx, kind, ev)
	}
	_, err := r.Tell(ctx, ev)
	return err
}

// TellMissed tells a fact that was missed when it happened: its kind of drift is its reason, and is counted if it was news.
func (r *Reporter) TellMissed(ctx context.Context, kind string, ev orchestrator.Event) error {
	ev.Reason = drift.Prefix + kind
	receipt, err := r.Tell(ctx, ev)
	if err != nil || receipt.Conversation == nil || receipt.Repeated {
		return err
	}
	r.mu.Lock()
	r.drift[kind]++
	r.mu.Unlock()
	r.log.WarnContext(ctx, "our record differed from the vendor's", "conversation", receipt.Conversation.ID, "kind", kind)
	return nil
}

// Drift answers how often each kind of drift was mended by this process.
func (r *Reporter) Drift() map[string]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.drift)
}

// Rest waits, or until ctx ends: then it answers why.
func (r *Reporter) Rest(ctx context.Context, pause time.Duration) error {
	if pause <= 0 {
		return ctx.Err()
	}
	done := make(chan struct{})
	defer r.clock.AfterFunc(pause, func() { close(done) })()
	select {
	case <-done:
		return ctx.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// refusedForGood: telling it again would change nothing.
func refusedForGood(err error) bool {
	var rejection *orchestrator.Rejection
	var input *orchestrator.InputError
	return errors.As(err, &rejection) || errors.Is(err, orchestrator.ErrNotFound) || errors.Is(err, orchestrator.ErrUnknownBot) ||
		errors.As(err, &input) && input.Status != 503
}
