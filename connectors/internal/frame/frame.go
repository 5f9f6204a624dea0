// Package frame is what every desk of a vendor stands in: what it keeps and reads, how its calls go, the one session that it
// holds, and to whom it tells the facts. What a vendor is like lies in the desk alone.
package frame

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"handoff/connectors/internal/breaker"
	"handoff/connectors/internal/once"
	"handoff/connectors/internal/report"
	"handoff/connectors/internal/session"
	"handoff/orchestrator"
)

// Frame is that of one desk. Its parts are safe for concurrent use.
type Frame struct {
	Name   orchestrator.ConnectorName
	Memory orchestrator.Memory
	Clock  orchestrator.Clock
	Log    *slog.Logger     // with the desk's name
	Calls  *breaker.Guard   // of the short calls
	Poster *once.Poster     // of the words
	Report *report.Reporter // has nobody to tell unless Run is at work
	Keeper *session.Keeper  // nil before Hold
}

// New is the frame of a desk that has done nothing yet; unfit is what is wrong with the desk's configuration.
func New(
	kind string, name orchestrator.ConnectorName, unfit error, memory orchestrator.Memory, clock orchestrator.Clock, log *slog.Logger,
) (*Frame, error) {
	if unfit == nil && (memory == nil || clock == nil || log == nil) {
		unfit = errors.New("memory, clock and log are required")
	}
	if unfit != nil {
		return nil, fmt.Errorf("%s desk %q: %w", kind, name, unfit)
	}
	log = log.With("desk", string(name))
	return &Frame{
		Name: name, Memory: memory, Clock: clock, Log: log, Calls: breaker.NewGuard(name, clock),
		Poster: once.New(memory, name), Report: report.New(name, clock, log),
	}, nil
}

// Hold says whose session the desk holds. It is called once, before the desk is used.
func (f *Frame) Hold(v session.Vendor) { f.Keeper = session.New(v, f.Name, f.Memory, f.Clock, f.Log) }

// Run holds the session whenever no other process does, and what else there is to do runs beside it, until ctx ends.
// Meanwhile facts are told to the sink.
func (f *Frame) Run(ctx context.Context, sink orchestrator.Sink, beside ...func(context.Context)) error {
	f.Report.SetSink(sink)
	defer f.Report.SetSink(nil)
	var running sync.WaitGroup
	defer running.Wait()
	for _, one := range beside {
		running.Go(func() { one(ctx) })
	}
	return f.Keeper.Run(ctx)
}

// Health tells how the vendor's calls go, the session, and the drift that this process has mended.
func (f *Frame) Health() orchestrator.Health {
	h, held := f.Calls.Health(), f.Keeper.Health()
	h.Session, h.Drift = &held, f.Report.Drift()
	return h
}

// Now is the present moment.
func (f *Frame) Now() orchestrator.Moment { return orchestrator.MomentOf(f.Clock.Now()) }
