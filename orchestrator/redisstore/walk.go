package redisstore

import (
	"context"
	"fmt"
	"strconv"

	"handoff/orchestrator"
)

// Walk looks at a part of the live conversations of a partition, state by state. A cursor is the number of the state, a dot, and
// Redis' own cursor in the index of that state.
func (s *Store) Walk(ctx context.Context, partition int, cursor string, limit int) (orchestrator.Walked, error) {
	if partition < 0 || partition >= len(s.keys.partitions) {
		return orchestrator.Walked{}, fmt.Errorf("walk: partition %d of %d", partition, len(s.keys.partitions))
	}
	states := orchestrator.LiveStates()
	indexes := make([]string, len(states))
	for i, state := range states {
		indexes[i] = s.keys.partitions[partition].states[state]
	}
	all, walked, err := s.walk(ctx, indexes, cursor, limit, nil)
	if err != nil {
		return orchestrator.Walked{}, err
	}
	for _, c := range all {
		if !c.State.Ended() {
			walked.Live = append(walked.Live, c)
		}
	}
	return walked, nil
}

// walk reads a part of the records in one of several indexes, about limit of them, and where the next part begins. Of those that
// mayBe refuses nothing is read.
func (s *Store) walk(
	ctx context.Context, indexes []string, cursor string, limit int, mayBe func(record string) bool,
) ([]*orchestrator.Conversation, orchestrator.Walked, error) {
	index, at, err := parseCursor(cursor)
	if err != nil || index >= len(indexes) || limit <= 0 {
		return nil, orchestrator.Walked{}, fmt.Errorf("walk: limit %d, cursor %.64q: %w", limit, cursor, err)
	}
	pairs, next, err := s.client.ZScan(ctx, indexes[index], at, "", int64(limit)).Result()
	if err != nil {
		return nil, orchestrator.Walked{}, fmt.Errorf("redis: walk: %w", err)
	}
	ids := make([]orchestrator.ConversationID, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 { // a member, its score
		ids = append(ids, orchestrator.ConversationID(pairs[i]))
	}
	records, unreadable, err := s.loadSome(ctx, ids, mayBe)
	if err != nil {
		return nil, orchestrator.Walked{}, err
	}
	found := make([]*orchestrator.Conversation, 0, len(records))
	for _, c := range records {
		if c != nil {
			found = append(found, c)
		}
	}
	walked := orchestrator.Walked{Unreadable: unreadable}
	if next == 0 {
		index++
	}
	if index < len(indexes) {
		walked.Next = strconv.Itoa(index) + "." + strconv.FormatUint(next, 10)
	}
	return found, walked, nil
}
