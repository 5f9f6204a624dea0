package storetest

import (
	"errors"

	"handoff/orchestrator"
)

func isConflict(err error) bool   { return errors.Is(err, orchestrator.ErrConflict) }
func isNotWaiting(err error) bool { return errors.Is(err, orchestrator.ErrNotWaiting) }
func isNoSeat(err error) bool     { return errors.Is(err, orchestrator.ErrNoSeat) }
