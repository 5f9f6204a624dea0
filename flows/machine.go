package flows

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/looplab/fsm"

	"handoff/orchestrator"
)

// errNoRow: the table has no row for the event in the state.
var errNoRow = errors.New("the table has no row for it")

// machines are the table as machines, used again and again: building one costs twenty times as much as asking it. A
// machine has no callbacks and remembers nothing between two questions.
var machines = sync.Pool{
	New: func() any { return fsm.NewFSM(string(bot), handoff, nil) },
}

// destination asks the table where an event leads from a state; errNoRow if nowhere. The machine is asked on a fresh
// context: one that had ended would leave it in the middle of a transition for good.
func destination(from orchestrator.State, on orchestrator.EventType) (orchestrator.State, error) {
	machine, ok := machines.Get().(*fsm.FSM)
	if !ok {
		return from, fmt.Errorf("asking the table: the pool holds no machine")
	}
	machine.SetState(string(from))
	err := machine.Event(context.Background(), string(on))
	to := orchestrator.State(machine.Current())
	var (
		same    fsm.NoTransitionError
		illegal fsm.InvalidEventError
		unknown fsm.UnknownEventError
	)
	switch {
	case err == nil:
	case errors.As(err, &same): // a row that leads back to its own state
	case errors.As(err, &illegal), errors.As(err, &unknown):
		to, err = from, errNoRow
		machines.Put(machine)
		return to, err
	default: // a machine in an unknown condition is not put back
		return from, fmt.Errorf("asking the table for %s in %s: %w", on, from, err)
	}
	machines.Put(machine)
	return to, nil
}
