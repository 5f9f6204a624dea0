package storetest

import (
	"errors"

	"handoff/orchestrator"
)

func isConflict(err error) bool { return errors.Is(err, orchestrator.ErrConflict) }
