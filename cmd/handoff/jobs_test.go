package main

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
)

func TestPanicInOneSweepDoesNotStopTheNext(t *testing.T) {
	var log syncBuffer
	var runs atomic.Int32
	again := make(chan struct{})
	stop, err := schedule(t.Context(), slog.New(slog.NewTextHandler(&log, nil)), "@every 1s", func(context.Context) {
		if runs.Add(1) == 1 {
			panic("planted")
		}
		close(again)
	})
	if err != nil {
		t.Fatal(err)
	}
	<-again
	stop()
	if !strings.Contains(log.String(), "planted") {
		t.Errorf("the panic is not in the log:\n%s", log.String())
	}
}

func TestStoppingWaitsForTheRunUnderWay(t *testing.T) {
	started, finished := make(chan struct{}), atomic.Bool{}
	stop, err := schedule(t.Context(), slog.New(slog.DiscardHandler), "@every 1s", func(ctx context.Context) {
		close(started)
		<-ctx.Done()
		finished.Store(true)
	})
	if err != nil {
		t.Fatal(err)
	}
	<-started
	stop()
	if !finished.Load() {
		t.Error("stop returned before the run had ended")
	}
}

func TestSchedulesThatTheParserWouldMisreadAreRefused(t *testing.T) {
	for spec, want := range map[string]string{
		"TZ=UTC":               "not a cron expression",
		"CRON_TZ=Europe/Oslo":  "not a cron expression",
		"@every 0s":            "at least one; 0s would become 1s",
		"@every -5s":           "at least one; -5s would become 1s",
		"@every 1500ms":        "whole number of seconds",
		"0 0 30 2 *":           "never fires",
		"@reboot":              "unrecognized descriptor",
		"* * *":                "expected exactly 5 fields",
		"":                     "empty spec",
		"61 * * * *":           "above maximum",
		"CRON_TZ=Mars/X * * *": "bad location",
	} {
		_, err := parseSchedule(spec)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error with %q", spec, err, want)
		}
	}
	for _, spec := range []string{"@every 1s", "@every 90s", "*/5 * * * *", "@hourly", "CRON_TZ=Europe/Oslo 30 2 * * *"} {
		if _, err := parseSchedule(spec); err != nil {
			t.Errorf("%q: %v", spec, err)
		}
	}
}
