package orchestrator

import (
	"context"
	"errors"
	"log/slog"
	"sync"
)

// ErrArchiveDown says that an archive takes nothing now, whatever it is given: its disk is full, or gone.
var ErrArchiveDown = errors.New("the archive cannot be written")

// Archiving is how writing to the archive goes.
type Archiving struct {
	Fault error  // nil: well
	Since Moment // of the fault
}

// archiving remembers that the archive is down, so that this is told once, and each sweep tries it once and no more.
type archiving struct {
	log *slog.Logger

	mu    sync.Mutex
	state Archiving
	tried Moment // the sweep that tries it
	told  map[ConversationID]bool
}

// maxTold is how many conversations that cannot be archived are remembered as told.
const maxTold = 4096

func (a *archiving) now() Archiving {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.state
}

// mayTry reports whether a sweep may give something to the archive: one that was down is tried by the first who asks.
func (a *archiving) mayTry(sweep Moment) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.state.Fault == nil {
		return true
	}
	first := a.tried != sweep
	a.tried = sweep
	return first
}

// down notes that the archive takes nothing.
func (a *archiving) down(ctx context.Context, fault error, sweep Moment) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.tried = sweep
	if a.state.Fault == nil {
		a.state = Archiving{Fault: fault, Since: sweep}
		a.log.ErrorContext(ctx, "nothing can be archived; what has ended is kept in the store until it can be", "error", fault)
	}
}

// works notes that the archive has taken a conversation.
func (a *archiving) works(ctx context.Context, id ConversationID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.told, id)
	if a.state.Fault != nil {
		a.log.InfoContext(ctx, "the archive is written again", "since", a.state.Since.Time())
		a.state = Archiving{}
	}
}

// cannot tells once that a conversation is not archived, although the archive works.
func (a *archiving) cannot(ctx context.Context, id ConversationID, fault error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.told[id] {
		return
	}
	if a.told == nil || len(a.told) >= maxTold {
		a.told = map[ConversationID]bool{}
	}
	a.told[id] = true
	a.log.WarnContext(ctx, "a conversation is not archived, and will be tried again", "conversation", id, "error", fault)
}
