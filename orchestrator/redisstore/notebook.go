package redisstore

import (
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

// Keep notes a value under a desk's handle; nil takes it away. The value and the list of handles lie in different slots, so
// they are two steps: the list comes last, and a handle in it always has something under it, or had.
func (s *Store) Keep(
	ctx context.Context, desk orchestrator.ConnectorName, ref, name string, value []byte,
) error {
	if len(value) > orchestrator.MaxKept {
		return fmt.Errorf("redis: keep %s of a handle of %s: %d bytes, the limit is %d", name, desk, len(value),
			orchestrator.MaxKept)
	}
	key := s.keys.notes(desk, ref)
	_, err := s.client.TxPipelined(ctx, func(tx redis.Pipeliner) error {
		if value == nil {
			tx.HDel(ctx, key, name)
		} else {
			tx.HSet(ctx, key, name, value)
		}
		tx.Expire(ctx, key, orchestrator.KeptFor)
		return nil
	})
	if err == nil && ref != "" && value != nil {
		err = s.client.ZAddNX(ctx, s.keys.handles(desk), redis.Z{Score: float64(s.now()), Member: ref}).Err()
	}
	if err != nil {
		return fmt.Errorf("redis: keep %s of a handle of %s: %w", name, desk, err)
	}
	return nil
}

// Kept answers all values under a desk's handle; an empty map if there are none.
func (s *Store) Kept(ctx context.Context, desk orchestrator.ConnectorName, ref string) (map[string][]byte, error) {
	fields, err := s.client.HGetAll(ctx, s.keys.notes(desk, ref)).Result()
	if err != nil {
		return nil, fmt.Errorf("redis: what is kept of a handle of %s: %w", desk, err)
	}
	kept := make(map[string][]byte, len(fields))
	for name, value := range fields {
		kept[name] = []byte(value)
	}
	return kept, nil
}

// Forget takes everything under a desk's handle away.
func (s *Store) Forget(ctx context.Context, desk orchestrator.ConnectorName, ref string) error {
	err := s.client.ZRem(ctx, s.keys.handles(desk), ref).Err()
	if err == nil {
		err = s.client.Del(ctx, s.keys.notes(desk, ref)).Err()
	}
	if err != nil {
		return fmt.Errorf("redis: forget a handle of %s: %w", desk, err)
	}
	return nil
}

// Handles answers at most limit handles of a desk that were new at or after the given moment, the oldest first. Those
// under which everything has expired are taken off the list.
func (s *Store) Handles(
	ctx context.Context, desk orchestrator.ConnectorName, since orchestrator.Moment, limit int,
) ([]orchestrator.Handle, error) {
	if limit <= 0 {
		return nil, nil
	}
	list := s.keys.handles(desk)
	found, err := s.client.ZRangeArgsWithScores(ctx, redis.ZRangeArgs{
		Key: list, ByScore: true, Start: strconv.FormatInt(int64(since), 10), Stop: "+inf", Count: int64(limit),
	}).Result()
	if err != nil {
		return nil, fmt.Errorf("redis: handles of %s: %w", desk, err)
	}
	gone := s.now().Add(-orchestrator.KeptFor)
	handles := make([]orchestrator.Handle, 0, len(found))
	for _, z := range found {
		ref, ok := z.Member.(string)
		if !ok {
			continue
		}
		if since := orchestrator.Moment(z.Score); since > gone {
			handles = append(handles, orchestrator.Handle{Ref: ref, Since: since})
			continue
		}
		left, err := s.client.Exists(ctx, s.keys.notes(desk, ref)).Result()
		if err != nil {
			return nil, fmt.Errorf("redis: handles of %s: %w", desk, err)
		}
		if left == 0 {
			if err := s.client.ZRem(ctx, list, ref).Err(); err != nil {
				return nil, fmt.Errorf("redis: handles of %s: %w", desk, err)
			}
			continue
		}
		handles = append(handles, orchestrator.Handle{Ref: ref, Since: orchestrator.Moment(z.Score)})
	}
	return handles, nil
}
