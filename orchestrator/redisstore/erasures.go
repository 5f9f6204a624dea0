package redisstore

import (
	"context"
	"fmt"

	"handoff/orchestrator"
)

var erasureScript = newScript("erasure")

// PutErasure writes an order down, in place of an earlier one for the same customer.
func (s *Store) PutErasure(ctx context.Context, e orchestrator.Erasure) error {
	b, err := encode(&e)
	if err != nil {
		return err
	}
	if err := s.client.HSet(ctx, s.keys.erasures(), e.Name(), b).Err(); err != nil {
		return fmt.Errorf("redis: erasure: %w", err)
	}
	return nil
}

// Erasures answers all orders that are not done.
func (s *Store) Erasures(ctx context.Context) ([]orchestrator.Erasure, error) {
	stored, err := s.client.HVals(ctx, s.keys.erasures()).Result()
	if err != nil {
		return nil, fmt.Errorf("redis: erasures: %w", err)
	}
	orders := make([]orchestrator.Erasure, len(stored))
	for i, b := range stored {
		if err := decode([]byte(b), &orders[i]); err != nil {
			return nil, err
		}
	}
	return orders, nil
}

// MoveErasure notes how far an order is, nil that it is done. False: a newer order for the same customer has taken its place.
func (s *Store) MoveErasure(ctx context.Context, was orchestrator.Erasure, next *orchestrator.Erasure) (bool, error) {
	before, err := encode(&was)
	if err != nil {
		return false, err
	}
	after := ""
	if next != nil {
		if after, err = encode(next); err != nil {
			return false, err
		}
	}
	answer, err := s.run(ctx, erasureScript, []string{s.keys.erasures()}, was.Name(), before, after)
	if err != nil {
		return false, fmt.Errorf("erasure: %w", err)
	}
	return answer == int64(1), nil
}
