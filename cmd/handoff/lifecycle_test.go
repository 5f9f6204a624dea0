package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

func TestPartsAreUndoneNewestFirstAndOnce(t *testing.T) {
	var undone []string
	down := teardown{log: slog.New(slog.DiscardHandler)}
	for _, name := range []string{"store", "engine", "web"} {
		down.push(name, func(context.Context) error {
			undone = append(undone, name)
			if name == "engine" {
				return errors.New("stuck")
			}
			return nil
		})
	}
	err := down.run(t.Context())
	if err == nil || err.Error() != "stopping engine: stuck" {
		t.Errorf("got %v", err)
	}
	if err := down.run(t.Context()); err != nil {
		t.Errorf("a second time: %v", err)
	}
	if want := []string{"web", "engine", "store"}; !cmp.Equal(want, undone) {
		t.Error(cmp.Diff(want, undone))
	}
}

func TestPartThatFailsOrPanicsIsRunAgain(t *testing.T) {
	var log syncBuffer
	keep := supervisor{clock: orchestrator.NewStepClock(time.UnixMilli(1)), log: slog.New(slog.NewTextHandler(&log, nil))} // no pause
	runs, third := 0, make(chan struct{})
	stop := keep.keep("poll", func(ctx context.Context) error {
		switch runs++; runs {
		case 1:
			return errors.New("planted failure")
		case 2:
			panic("planted panic")
		}
		close(third)
		<-ctx.Done()
		return nil
	})
	<-third
	if err := stop(t.Context()); err != nil {
		t.Error(err)
	}
	for _, want := range []string{"planted failure", "planted panic", "part=poll"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log.String())
		}
	}
}

func TestStoppingDoesNotWaitForAPartThatHangs(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	keep := supervisor{clock: orchestrator.SystemClock{}, log: slog.New(slog.DiscardHandler), pause: time.Hour}
	stop := keep.keep("poll", func(context.Context) error { <-hang; return nil })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := stop(ctx); err == nil {
		t.Error("it claims that the part has returned")
	}
}

func TestPauseEndsWhenThePartIsStopped(t *testing.T) {
	keep := supervisor{clock: orchestrator.NewStepClock(time.UnixMilli(1)), log: slog.New(slog.DiscardHandler), pause: time.Hour}
	failed := make(chan struct{})
	stop := keep.keep("poll", func(context.Context) error { close(failed); return errors.New("once") })
	<-failed
	if err := stop(t.Context()); err != nil {
		t.Error(err)
	}
}
