package redisstore

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

var (
	rearmScript   = newScript("rearm")
	touchScript   = newScript("touch")
	retiredScript = newScript("retired")
)

// Partitions numbers the parts that can be swept separately, from 0.
func (s *Store) Partitions() int { return len(s.keys.partitions) }

// Partition answers that of a conversation; false for what is no id of this installation.
func (s *Store) Partition(id orchestrator.ConversationID) (int, bool) {
	p, ok := parsePartition(id)
	return p, ok && p < len(s.keys.partitions)
}

// Ahead answers what comes next in each of the partitions, in one round trip for each server.
func (s *Store) Ahead(ctx context.Context, partitions []int) ([]orchestrator.Ahead, error) {
	if len(partitions) == 0 {
		return nil, nil
	}
	pipe := s.client.Pipeline()
	firsts := make([][4]*redis.ZSliceCmd, len(partitions))
	for i, partition := range partitions {
		if partition < 0 || partition >= len(s.keys.partitions) {
			return nil, fmt.Errorf("partition %d: there are %d", partition, len(s.keys.partitions))
		}
		p := &s.keys.partitions[partition]
		for j, key := range []string{p.due, p.seen, p.unretired, p.leases} {
			firsts[i][j] = pipe.ZRangeWithScores(ctx, key, 0, 0)
		}
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("redis: what comes next: %w", err)
	}
	ahead := make([]orchestrator.Ahead, len(partitions))
	for i := range ahead {
		ahead[i] = orchestrator.Ahead{
			Due: firstMoment(firsts[i][0]), Seen: firstMoment(firsts[i][1]), Ended: firstMoment(firsts[i][2]),
			Lease: firstMoment(firsts[i][3]),
		}
	}
	return ahead, nil
}

// firstMoment is the score of the first member; zero where there is none, or where it never comes.
func firstMoment(cmd *redis.ZSliceCmd) orchestrator.Moment {
	first := cmd.Val()
	if len(first) == 0 || math.IsInf(first[0].Score, 1) {
		return 0
	}
	return max(1, orchestrator.Moment(first[0].Score))
}

// Due answers at most limit conversations of a partition whose indexed deadline is before now, the most overdue first.
func (s *Store) Due(
	ctx context.Context, partition int, now orchestrator.Moment, limit int,
) ([]orchestrator.DueItem, error) {
	return s.items(ctx, partition, func(p *partitionKeys) string { return p.due }, now, limit)
}

// Unseen answers at most limit conversations of a partition whose clients last fetched before the given moment.
func (s *Store) Unseen(
	ctx context.Context, partition int, until orchestrator.Moment, limit int,
) ([]orchestrator.DueItem, error) {
	return s.items(ctx, partition, func(p *partitionKeys) string { return p.seen }, until, limit)
}

// Retire answers at most limit conversations of a partition that ended before the given moment and were not retired.
func (s *Store) Retire(
	ctx context.Context, partition int, until orchestrator.Moment, limit int,
) ([]orchestrator.DueItem, error) {
	return s.items(ctx, partition, func(p *partitionKeys) string { return p.unretired }, until, limit)
}

// items reads the front of one index of a partition, up to a moment.
func (s *Store) items(
	ctx context.Context, partition int, index func(*partitionKeys) string, until orchestrator.Moment, limit int,
) ([]orchestrator.DueItem, error) {
	if partition < 0 || partition >= len(s.keys.partitions) {
		return nil, fmt.Errorf("partition %d: there are %d", partition, len(s.keys.partitions))
	}
	if limit <= 0 {
		return nil, nil
	}
	key := index(&s.keys.partitions[partition])
	rows, err := s.client.ZRangeByScoreWithScores(ctx, key,
		&redis.ZRangeBy{Min: "-inf", Max: before(until), Count: int64(limit)}).Result()
	if err != nil {
		return nil, fmt.Errorf("redis: %s: %w", key, err)
	}
	items := make([]orchestrator.DueItem, 0, len(rows))
	for _, row := range rows {
		id, ok := row.Member.(string)
		if !ok {
			return nil, fmt.Errorf("redis: %s: a member is a %T", key, row.Member)
		}
		items = append(items, orchestrator.DueItem{ID: orchestrator.ConversationID(id), At: orchestrator.Moment(row.Score)})
	}
	return items, nil
}

// Rearm moves the indexed deadline of a conversation that was found not to be due, if it still stands at version; else
// it does nothing, because a newer commit has armed it.
func (s *Store) Rearm(
	ctx context.Context, id orchestrator.ConversationID, version uint64, deadline orchestrator.Moment,
) error {
	p, err := s.keys.locate(id)
	if err != nil {
		return err
	}
	_, err = s.run(ctx, rearmScript, []string{p.conversation(id), p.due}, string(id), version, deadlineArg(deadline))
	if err != nil {
		return fmt.Errorf("rearm %s: %w", id, err)
	}
	return nil
}

// Touch notes that the customer's client fetched, if the conversation is live; else it does nothing.
func (s *Store) Touch(ctx context.Context, id orchestrator.ConversationID, at orchestrator.Moment) error {
	p, err := s.keys.locate(id)
	if err != nil {
		return err
	}
	if _, err := s.run(ctx, touchScript, []string{p.due, p.seen}, string(id), momentArg(at)); err != nil {
		return fmt.Errorf("touch %s: %w", id, err)
	}
	return nil
}

// Fetched answers when the customer's client last fetched; zero if it never did, or the conversation has ended.
func (s *Store) Fetched(ctx context.Context, id orchestrator.ConversationID) (orchestrator.Moment, error) {
	p, err := s.keys.locate(id)
	if err != nil {
		return 0, err
	}
	score, err := s.client.ZScore(ctx, p.seen, string(id)).Result()
	if errors.Is(err, redis.Nil) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("redis: last fetch of %s: %w", id, err)
	}
	return orchestrator.Moment(score), nil
}

// Retired marks conversations of a partition as archived. With Options.Archive their records begin to expire now.
func (s *Store) Retired(ctx context.Context, partition int, ids []orchestrator.ConversationID) error {
	if partition < 0 || partition >= len(s.keys.partitions) {
		return fmt.Errorf("partition %d: there are %d", partition, len(s.keys.partitions))
	}
	p := &s.keys.partitions[partition]
	calls := make([]*laneCall, 0, len(ids))
	for _, id := range ids {
		if of, ok := parsePartition(id); !ok || of != partition {
			return fmt.Errorf("conversation %.64q is not of partition %d: %w", string(id), partition, orchestrator.ErrNotFound)
		}
		calls = append(calls, &laneCall{
			keys: []string{p.unretired, p.record(id), p.timeline(id)},
			args: []any{string(id), millis(s.retention), momentArg(s.now())},
		})
	}
	_, err := s.runEach(ctx, retiredScript, calls)
	return err
}
