package redisstore

import (
	"context"
	"fmt"
	"time"

	"handoff/orchestrator"
)

// comparisons is how often the server's clock is read: the reading that took the least time is the nearest.
const comparisons = 5

// AheadOf answers by how much the server's clock is ahead of another one.
func (s *Store) AheadOf(ctx context.Context, clock orchestrator.Clock) (ahead time.Duration, err error) {
	least := time.Duration(-1)
	for range comparisons {
		before := clock.Now()
		theirs, err := s.client.Time(ctx).Result()
		if err != nil {
			return 0, fmt.Errorf("redis: time: %w", err)
		}
		if took := clock.Now().Sub(before); least < 0 || took < least {
			least, ahead = took, theirs.Sub(before.Add(took/2))
		}
	}
	return ahead, nil
}
