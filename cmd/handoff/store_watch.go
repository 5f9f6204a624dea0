package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"handoff/orchestrator"
)

// How often the Redis is examined while the service runs, and how long that may take at start.
const (
	examineEvery   = time.Minute
	examineAtStart = 5 * time.Second
)

// storeWatch examines the Redis as doctor does, at start and once a minute, and keeps what is not right for /readyz.
type storeWatch struct {
	config *loaded
	clock  orchestrator.Clock // the machine's
	log    *slog.Logger

	mu    sync.Mutex
	found []diagnosis
}

// warnings are what the newest examination found, in words.
func (w *storeWatch) warnings() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for _, row := range w.found {
		all = append(all, fmt.Sprintf("%s: %s; %s", row.subject, row.detail, row.advice))
	}
	return all
}

// look examines once. What was not found before is logged.
func (w *storeWatch) look(ctx context.Context) {
	rows := examineStore(ctx, w.config, w.clock)
	rows = slices.DeleteFunc(rows, func(row diagnosis) bool { return row.verdict == verdictOK })
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, row := range rows {
		if !slices.ContainsFunc(w.found, func(known diagnosis) bool { return known.subject == row.subject }) {
			w.log.WarnContext(ctx, "the Redis needs attention", "what", row.subject, "found", row.detail, "advice", row.advice)
		}
	}
	w.found = rows
}

// run looks once a minute until ctx ends.
func (w *storeWatch) run(ctx context.Context) error {
	for {
		due := make(chan struct{})
		stop := w.clock.AfterFunc(examineEvery, func() { close(due) })
		select {
		case <-due:
			w.look(ctx)
		case <-ctx.Done():
			stop()
			return nil
		}
	}
}
