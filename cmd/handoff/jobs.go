package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/robfig/cron/v3"
)

// jobTimeout bounds one run of a job.
const jobTimeout = time.Minute

// schedule runs job at the times of a cron expression in UTC, until stop is called; stop waits for a run that is under way.
// A run that takes longer than the interval makes the next one wait for its turn in vain (it is left out), and a panic
// ends one run, not the next ones.
func schedule(ctx context.Context, log *slog.Logger, spec string, job func(context.Context)) (stop func(), err error) {
	l := cronLog{log}
	// Outermost first. SkipIfStillRunning must be outside Recover: in v3.0.1 it gives its token back without a defer, so that
	// a panic that passed through it would make it skip for ever.
	c := cron.New(cron.WithLocation(time.UTC), cron.WithLogger(l), cron.WithChain(cron.SkipIfStillRunning(l), cron.Recover(l)))
	parsed, err := parseSchedule(spec)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	c.Schedule(parsed, cron.FuncJob(func() {
		ctx, cancel := context.WithTimeout(ctx, jobTimeout)
		defer cancel()
		job(ctx)
	}))
	c.Start()
	return func() {
		cancel()
		<-c.Stop().Done()
	}, nil
}

// parseSchedule reads a cron expression of five fields, or a descriptor such as "@every 1s".
func parseSchedule(spec string) (parsed cron.Schedule, err error) {
	defer func() { // the parser of v3.0.1 panics on some specs: "TZ=UTC"
		if p := recover(); p != nil {
			parsed, err = nil, errors.New("not a cron expression")
		}
	}()
	parsed, err = cron.ParseStandard(spec)
	if err != nil {
		return nil, err
	}
	if parsed.Next(time.Unix(0, 0).UTC()).IsZero() {
		return nil, errors.New("never fires")
	}
	if every, ok := parsed.(cron.ConstantDelaySchedule); ok && spec != "@every "+every.Delay.String() {
		// The parser turns zero, negative and broken intervals into something else in silence.
		want, parseErr := time.ParseDuration(afterEvery(spec))
		if parseErr == nil && want != every.Delay {
			return nil, fmt.Errorf("an interval is a whole number of seconds, at least one; %s would become %s", want, every.Delay)
		}
	}
	return parsed, nil
}

func afterEvery(spec string) string {
	const prefix = "@every "
	if len(spec) < len(prefix) {
		return ""
	}
	return spec[len(prefix):]
}

// cronLog gives cron's messages to slog. Its Info tells every wake-up, which nobody wants to read.
type cronLog struct{ log *slog.Logger }

// Info is for debugging: wake-ups and skipped runs.
func (l cronLog) Info(msg string, kv ...any) {
	l.log.Debug("jobs", append([]any{"event", msg}, kv...)...)
}

// Error tells a panic inside a job.
func (l cronLog) Error(err error, msg string, kv ...any) {
	l.log.Error("a job failed", append([]any{"event", msg, "error", err}, kv...)...)
}
