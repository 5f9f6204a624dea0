package house

import (
	"context"
	"time"

	"handoff/orchestrator"
)

// holdFor is how long a place is held for a request that is being committed: longer than any commit takes.
const holdFor = 30 * time.Second

// HoldPlace keeps a place in line for a conversation that is about to wait here, so that the answer to its request tells a
// place that no other is told.
func (d *Desk) HoldPlace(
	ctx context.Context, id orchestrator.ConversationID, w orchestrator.Waiting,
) (orchestrator.HeldPlace, error) {
	return d.roster.HoldPlace(ctx, id, w, d.now().Add(holdFor))
}

// GiveBackPlace takes the place back of a request that was not committed after all.
func (d *Desk) GiveBackPlace(ctx context.Context, id orchestrator.ConversationID, held orchestrator.HeldPlace) error {
	return d.roster.GiveBackPlace(ctx, id, held)
}
