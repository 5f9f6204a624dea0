package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"handoff/orchestrator"
)

// restartPause is how long a part that ended rests before it is run again.
const restartPause = 5 * time.Second

// supervisor runs the parts that must not end while the process lives.
type supervisor struct {
	clock orchestrator.Clock
	log   *slog.Logger
	pause time.Duration
}

// keep runs a part until stop is called; when the part ends before, or panics, it is run again after a pause. stop waits
// for the part to return, but not longer than its context.
func (s supervisor) keep(name string, part func(context.Context) error) (stop func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			err := guarded(ctx, part)
			if ctx.Err() != nil {
				return
			}
			s.log.Error("a part has ended and will be run again", "part", name, "error", err, "pause", s.pause)
			if !s.rest(ctx) {
				return
			}
		}
	}()
	return func(wait context.Context) error {
		cancel()
		select {
		case <-done:
			return nil
		case <-wait.Done():
			return errors.New("it has not returned in time")
		}
	}
}

// rest waits for the pause; false when ctx ended before.
func (s supervisor) rest(ctx context.Context) bool {
	over := make(chan struct{})
	stop := s.clock.AfterFunc(s.pause, func() { close(over) })
	defer stop()
	select {
	case <-over:
		return true
	case <-ctx.Done():
		return false
	}
}

// guarded makes an error of a panic.
func guarded(ctx context.Context, part func(context.Context) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return part(ctx)
}
