package redisstore

import (
	"context"
	"fmt"

	"handoff/orchestrator"
)

// StopCallback notes that a bot's callback is not to be called any more.
func (s *Store) StopCallback(ctx context.Context, bot orchestrator.ConnectorName, stop orchestrator.Stop) error {
	b, err := encode(&stop)
	if err != nil {
		return err
	}
	if err := s.client.HSet(ctx, s.keys.stopped(), string(bot), b).Err(); err != nil {
		return fmt.Errorf("redis: stop the callback of %s: %w", bot, err)
	}
	return nil
}

// StoppedCallbacks answers all that are stopped.
func (s *Store) StoppedCallbacks(ctx context.Context) (map[orchestrator.ConnectorName]orchestrator.Stop, error) {
	fields, err := s.client.HGetAll(ctx, s.keys.stopped()).Result()
	if err != nil {
		return nil, fmt.Errorf("redis: stopped callbacks: %w", err)
	}
	all := make(map[orchestrator.ConnectorName]orchestrator.Stop, len(fields))
	for name, value := range fields {
		var stop orchestrator.Stop
		if err := decode([]byte(value), &stop); err != nil {
			return nil, fmt.Errorf("stopped callback of %s: %w", name, err)
		}
		all[orchestrator.ConnectorName(name)] = stop
	}
	return all, nil
}

// StartCallback forgets that a bot's callback was stopped.
func (s *Store) StartCallback(ctx context.Context, bot orchestrator.ConnectorName) (bool, error) {
	n, err := s.client.HDel(ctx, s.keys.stopped(), string(bot)).Result()
	if err != nil {
		return false, fmt.Errorf("redis: start the callback of %s: %w", bot, err)
	}
	return n > 0, nil
}
