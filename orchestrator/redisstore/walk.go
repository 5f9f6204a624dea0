package redisstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"handoff/orchestrator"
)

// Walk looks at a part of the live conversations of a partition, state by state. A cursor is the number of the state, a dot, and
// Redis' own cursor in the index of that state.
func (s *Store) Walk(ctx context.Context, partition int, cursor string, limit int) (orchestrator.Walked, error) {
	states := orchestrator.LiveStates()
	state, at, err := parseWalk(cursor)
	if err != nil || partition < 0 || partition >= len(s.keys.partitions) || state >= len(states) || limit <= 0 {
		return orchestrator.Walked{}, fmt.Errorf("walk: partition %d of %d, limit %d, cursor %.64q: %w",
			partition, len(s.keys.partitions), limit, cursor, err)
	}
	key := s.keys.partitions[partition].states[states[state]]
	pairs, next, err := s.client.ZScan(ctx, key, at, "", int64(limit)).Result()
	if err != nil {
		return orchestrator.Walked{}, fmt.Errorf("redis: walk: %w", err)
	}
	ids := make([]orchestrator.ConversationID, 0, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 { // a member, its score
		ids = append(ids, orchestrator.ConversationID(pairs[i]))
	}
	records, unreadable, err := s.loadAll(ctx, ids)
	if err != nil {
		return orchestrator.Walked{}, err
	}
	walked := orchestrator.Walked{Unreadable: unreadable}
	for _, c := range records {
		if c != nil && !c.State.Ended() {
			walked.Live = append(walked.Live, c)
		}
	}
	if next == 0 {
		state++
	}
	if state < len(states) {
		walked.Next = strconv.Itoa(state) + "." + strconv.FormatUint(next, 10)
	}
	return walked, nil
}

func parseWalk(cursor string) (state int, at uint64, err error) {
	if cursor == "" {
		return 0, 0, nil
	}
	first, second, _ := strings.Cut(cursor, ".")
	if state, err = strconv.Atoi(first); err != nil {
		return 0, 0, err
	}
	at, err = strconv.ParseUint(second, 10, 64)
	return max(state, 0), at, err
}
