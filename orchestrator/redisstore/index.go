package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

// Counts answers how many conversations stand in each live state, and since when the first of them is listed.
func (s *Store) Counts(ctx context.Context) (map[orchestrator.State]orchestrator.StateCount, error) {
	type cell struct {
		state  orchestrator.State
		count  *redis.IntCmd
		oldest *redis.ZSliceCmd
	}
	pipe := s.client.Pipeline()
	var cells []cell
	for i := range s.keys.partitions {
		for _, state := range orchestrator.LiveStates() {
			key := s.keys.partitions[i].states[state]
			cells = append(cells, cell{state, pipe.ZCard(ctx, key), pipe.ZRangeWithScores(ctx, key, 0, 0)})
		}
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("redis: counts: %w", err)
	}
	counts := map[orchestrator.State]orchestrator.StateCount{}
	for _, state := range orchestrator.LiveStates() {
		counts[state] = orchestrator.StateCount{}
	}
	for _, cell := range cells {
		sum := counts[cell.state]
		sum.Count += cell.count.Val()
		for _, z := range cell.oldest.Val() {
			if at := orchestrator.Moment(z.Score); sum.Oldest == 0 || at < sum.Oldest {
				sum.Oldest = at
			}
		}
		counts[cell.state] = sum
	}
	return counts, nil
}

// ChangedSince answers at most limit conversations, live or ended, that entered their present state at or after the
// given moment, in the order of that moment.
func (s *Store) ChangedSince(ctx context.Context, since orchestrator.Moment, limit int) ([]orchestrator.Change, error) {
	if limit <= 0 {
		return nil, nil
	}
	items, err := s.enteredSince(ctx, since, limit)
	if err != nil {
		return nil, err
	}
	ids := make([]orchestrator.ConversationID, len(items))
	for i, item := range items {
		ids[i] = item.ID
	}
	records, _, err := s.loadAll(ctx, ids)
	if err != nil {
		return nil, err
	}
	var changes []orchestrator.Change
	for i, c := range records {
		if c == nil {
			continue
		}
		changes = append(changes, orchestrator.Change{
			Conversation: c.ID, Version: c.Version, Sequence: c.Sequence, State: c.State, At: items[i].At, Epoch: c.Epoch,
			Agents: c.Agents(),
		})
	}
	return changes, nil
}

// enteredSince reads the ends of the indexes of all partitions and answers the first limit items by moment.
func (s *Store) enteredSince(
	ctx context.Context, since orchestrator.Moment, limit int,
) ([]orchestrator.DueItem, error) {
	pipe := s.client.Pipeline()
	var cmds []*redis.ZSliceCmd
	by := &redis.ZRangeBy{Min: momentArg(since), Max: "+inf", Count: int64(limit)}
	for i := range s.keys.partitions {
		p := &s.keys.partitions[i]
		cmds = append(cmds, pipe.ZRangeByScoreWithScores(ctx, p.ended, by), pipe.ZRangeByScoreWithScores(ctx, p.moved, by))
		for _, state := range orchestrator.LiveStates() { // where a process of the version before has written it
			cmds = append(cmds, pipe.ZRangeByScoreWithScores(ctx, p.states[state], by))
		}
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("redis: changed since %v: %w", since, err)
	}
	var items []orchestrator.DueItem
	for _, cmd := range cmds {
		for _, z := range cmd.Val() {
			if id, ok := z.Member.(string); ok {
				items = append(items, orchestrator.DueItem{ID: orchestrator.ConversationID(id), At: orchestrator.Moment(z.Score)})
			}
		}
	}
	slices.SortFunc(items, func(a, b orchestrator.DueItem) int {
		if a.At != b.At {
			return int(min(max(a.At-b.At, -1), 1))
		}
		return strings.Compare(string(a.ID), string(b.ID))
	})
	// One that moved between two of the reads is listed twice: the newer entry is the later one.
	last := map[orchestrator.ConversationID]int{}
	for i, item := range items {
		last[item.ID] = i
	}
	var newest []orchestrator.DueItem
	for i, item := range items {
		if last[item.ID] == i {
			newest = append(newest, item)
		}
	}
	return newest[:min(limit, len(newest))], nil
}

// loadAll reads records in one pipeline, in the order of the ids; nil where there is none any more, or none that can be read:
// that one hides no other.
func (s *Store) loadAll(
	ctx context.Context, ids []orchestrator.ConversationID,
) (records []*orchestrator.Conversation, unreadable []*orchestrator.UnreadableRecord, err error) {
	return s.loadSome(ctx, ids, nil)
}

// loadSome is loadAll but for the records that mayBe refuses, as they are stored; nil refuses none.
func (s *Store) loadSome(
	ctx context.Context, ids []orchestrator.ConversationID, mayBe func(record string) bool,
) (records []*orchestrator.Conversation, unreadable []*orchestrator.UnreadableRecord, err error) {
	if len(ids) == 0 {
		return nil, nil, nil
	}
	pipe := s.client.Pipeline()
	cmds := make([]*redis.StringCmd, len(ids))
	for i, id := range ids {
		p, err := s.keys.locate(id)
		if err != nil {
			return nil, nil, err
		}
		cmds[i] = pipe.Get(ctx, p.record(id))
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return nil, nil, fmt.Errorf("redis: records: %w", err)
	}
	records = make([]*orchestrator.Conversation, len(ids))
	for i, cmd := range cmds {
		b, err := cmd.Result()
		if errors.Is(err, redis.Nil) || err == nil && mayBe != nil && !mayBe(b) {
			continue
		}
		if err != nil {
			return nil, nil, fmt.Errorf("redis: record of %s: %w", ids[i], err)
		}
		if records[i], err = decodeRecord(ids[i], b); err != nil {
			wrong, _ := errors.AsType[*orchestrator.UnreadableRecord](err)
			unreadable = append(unreadable, wrong)
		}
	}
	return records, unreadable, nil
}
