package genesys

import (
	"context"

	"handoff/orchestrator"
)

// handlesAtOnce is how many handles are read at once.
const handlesAtOnce = 500

// handles answers every handle that was new at or after a moment, and the moment of the newest. Handles of one moment may
// lie in two pages, so that each page begins with the last moment of the one before.
func (b *base) handles(ctx context.Context, since orchestrator.Moment) ([]orchestrator.Handle, orchestrator.Moment, error) {
	var all []orchestrator.Handle
	for {
		page, err := b.Memory.Handles(ctx, b.Name, since, handlesAtOnce)
		if err != nil {
			return nil, since, err
		}
		all = append(all, page...)
		if len(page) == 0 {
			return all, since, nil
		}
		last := page[len(page)-1].Since
		if len(page) < handlesAtOnce || last == since {
			return all, last, nil
		}
		since = last
	}
}
