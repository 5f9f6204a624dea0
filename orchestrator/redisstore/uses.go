package redisstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

// Use notes for what a signed request was used, unless that is noted already, and answers what it was used for first.
func (s *Store) Use(
	ctx context.Context, bot orchestrator.ConnectorName, id, what string, keep time.Duration,
) (string, error) {
	key := s.keys.use(bot, tokenHash(id))
	noted, err := s.client.SetNX(ctx, key, what, keep).Result()
	if err != nil {
		return "", fmt.Errorf("redis: note the use of a request: %w", err)
	}
	if noted {
		return what, nil
	}
	first, err := s.client.Get(ctx, key).Result()
	if errors.Is(err, redis.Nil) {
		return what, nil // it has just run out, and with it the time in which the signature is good
	}
	if err != nil {
		return "", fmt.Errorf("redis: the use of a request: %w", err)
	}
	return first, nil
}
