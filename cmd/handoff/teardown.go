package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
)

// teardown is what must be undone, the newest first.
type teardown struct {
	log   *slog.Logger
	steps []teardownStep
}

type teardownStep struct {
	name string
	undo func(ctx context.Context) error
}

// push adds what must be undone before everything that was pushed earlier.
func (t *teardown) push(name string, undo func(ctx context.Context) error) {
	t.steps = append(t.steps, teardownStep{name, undo})
}

// run undoes everything, each thing once. A failure does not keep the rest from being undone.
func (t *teardown) run(ctx context.Context) error {
	var errs []error
	for len(t.steps) > 0 {
		last := t.steps[len(t.steps)-1]
		t.steps = t.steps[:len(t.steps)-1]
		t.log.DebugContext(ctx, "stopping", "part", last.name)
		if err := last.undo(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stopping %s: %w", last.name, err))
		}
	}
	return errors.Join(errs...)
}
