package redisstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

// Bind notes which conversation a desk's handle means, in place of what it meant before. It is forgotten thirty days
// after it was last bound or resolved.
func (s *Store) Bind(
	ctx context.Context, desk orchestrator.ConnectorName, ref string, id orchestrator.ConversationID,
) error {
	if _, err := s.keys.locate(id); err != nil {
		return err
	}
	if err := s.client.Set(ctx, s.keys.binding(desk, ref), string(id), BoundFor).Err(); err != nil {
		return fmt.Errorf("redis: bind a handle of %s: %w", desk, err)
	}
	return nil
}

// Resolve answers the conversation behind a desk's handle; ErrNotFound.
func (s *Store) Resolve(
	ctx context.Context, desk orchestrator.ConnectorName, ref string,
) (orchestrator.ConversationID, error) {
	id, err := s.client.GetEx(ctx, s.keys.binding(desk, ref), BoundFor).Result()
	if errors.Is(err, redis.Nil) {
		return "", fmt.Errorf("handle of %s: %w", desk, orchestrator.ErrNotFound)
	}
	if err != nil {
		return "", fmt.Errorf("redis: resolve a handle of %s: %w", desk, err)
	}
	return orchestrator.ConversationID(id), nil
}
