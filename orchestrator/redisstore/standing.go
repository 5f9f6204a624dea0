package redisstore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

var recountScript = newScript("recount")

const (
	// countedAt is the field of the counters that says when they were counted anew; no other is without a separator.
	countedAt = "at"
	// recountAfter is how old counters become before they are counted anew although their sums are right: a version of the
	// program that knew nothing of them may have moved as many conversations one way as the other.
	recountAfter = 24 * time.Hour
	// recountBatch is how many records are read at a time.
	recountBatch = 256
)

// standingField names the counter of a flow and a live state; empty where nothing is counted.
func standingField(flow string, state orchestrator.State) string {
	if state == "" || state.Ended() {
		return ""
	}
	return flow + counterSeparator + string(state)
}

// Standing answers how many conversations of a flow stand in each live state.
func (s *Store) Standing(ctx context.Context, flow string) (map[orchestrator.State]int64, error) {
	states := orchestrator.LiveStates()
	fields := make([]string, len(states))
	for i, state := range states {
		fields[i] = standingField(flow, state)
	}
	pipe := s.client.Pipeline()
	cmds := make([]*redis.SliceCmd, len(s.keys.partitions))
	for i := range cmds {
		cmds[i] = pipe.HMGet(ctx, s.keys.partitions[i].standing, fields...)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("redis: standing of flow %s: %w", flow, err)
	}
	standing := map[orchestrator.State]int64{}
	for _, cmd := range cmds {
		for i, value := range cmd.Val() {
			text, ok := value.(string)
			if !ok {
				continue // never counted
			}
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				return nil, fmt.Errorf("standing of flow %s: %q is %q", flow, fields[i], text)
			}
			standing[states[i]] += n
		}
	}
	for _, state := range states {
		standing[state] = max(0, standing[state]) // until what another version moved is counted anew
	}
	return standing, nil
}

// Recount compares the counters of a partition with its index, and counts anew where they do not agree, or after a day. It
// answers how many counters were wrong.
func (s *Store) Recount(ctx context.Context, partition int, now orchestrator.Moment) (mended int, err error) {
	if partition < 0 || partition >= len(s.keys.partitions) {
		return 0, fmt.Errorf("partition %d: there are %d", partition, len(s.keys.partitions))
	}
	p := &s.keys.partitions[partition]
	agree, err := s.countersAgree(ctx, p, now)
	if err != nil || agree {
		return 0, err
	}
	read, members, err := s.readStanding(ctx, p)
	if err != nil {
		return 0, err
	}
	differences, err := s.differences(ctx, p, read, members)
	if err != nil {
		return 0, err
	}
	args := []any{read[countedAt], momentArg(now)}
	for _, field := range slices.Sorted(maps.Keys(differences)) {
		args = append(args, field, differences[field])
	}
	answer, err := s.run(ctx, recountScript, []string{p.standing}, args...)
	if err != nil || answer == int64(0) { // another process was faster
		return 0, err
	}
	return len(differences), nil
}

// countersAgree reports whether, for each state, the counters of all flows add up to what the index holds.
func (s *Store) countersAgree(ctx context.Context, p *partitionKeys, now orchestrator.Moment) (bool, error) {
	pipe := s.client.TxPipeline()
	read := pipe.HGetAll(ctx, p.standing)
	held := map[orchestrator.State]*redis.IntCmd{}
	for state, key := range p.states {
		held[state] = pipe.ZCard(ctx, key)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return false, fmt.Errorf("redis: counters of %s: %w", p.tag, err)
	}
	sums := map[orchestrator.State]int64{}
	for field, text := range read.Val() {
		if _, state, ok := strings.Cut(field, counterSeparator); ok {
			n, _ := strconv.ParseInt(text, 10, 64) // what is no number does not agree
			sums[orchestrator.State(state)] += n
		}
	}
	for state := range held {
		if held[state].Val() != sums[state] {
			return false, nil
		}
	}
	at, _ := strconv.ParseInt(read.Val()[countedAt], 10, 64) // 0: never
	return now.Sub(orchestrator.Moment(at)) < recountAfter, nil
}

// readStanding reads the counters and, at the same moment, the members of the index.
func (s *Store) readStanding(
	ctx context.Context, p *partitionKeys,
) (map[string]string, map[orchestrator.State][]string, error) {
	pipe := s.client.TxPipeline()
	read := pipe.HGetAll(ctx, p.standing)
	ranges := map[orchestrator.State]*redis.StringSliceCmd{}
	for state, key := range p.states {
		ranges[state] = pipe.ZRange(ctx, key, 0, -1)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, nil, fmt.Errorf("redis: members of %s: %w", p.tag, err)
	}
	members := map[orchestrator.State][]string{}
	for state, cmd := range ranges {
		members[state] = cmd.Val()
	}
	return read.Val(), members, nil
}

// differences are what has to be added to each counter that is wrong. A conversation hardly ever changes its flow, so
// the records may be read after the index.
func (s *Store) differences(
	ctx context.Context, p *partitionKeys, read map[string]string, members map[orchestrator.State][]string,
) (map[string]int64, error) {
	differences := map[string]int64{}
	for state, ids := range members {
		for batch := range slices.Chunk(ids, recountBatch) {
			flows, err := s.flowsOf(ctx, p, batch)
			if err != nil {
				return nil, err
			}
			for _, flow := range flows {
				differences[standingField(flow, state)]++
			}
		}
	}
	for field, text := range read {
		if field == countedAt {
			continue
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("counters of %s: %q is %q", p.tag, field, text)
		}
		differences[field] -= n
	}
	maps.DeleteFunc(differences, func(_ string, n int64) bool { return n == 0 })
	return differences, nil
}

// flowsOf reads the flows of conversations. One whose record is gone or cannot be read is of the flow without a name: the
// sums are right nevertheless.
func (s *Store) flowsOf(ctx context.Context, p *partitionKeys, ids []string) ([]string, error) {
	pipe := s.client.Pipeline()
	cmds := make([]*redis.StringCmd, len(ids))
	for i, id := range ids {
		cmds[i] = pipe.Get(ctx, p.record(orchestrator.ConversationID(id)))
	}
	if _, err := pipe.Exec(ctx); err != nil && err != redis.Nil { //nolint:errorlint // go-redis answers it bare
		return nil, fmt.Errorf("redis: records: %w", err)
	}
	flows := make([]string, len(ids))
	for i, cmd := range cmds {
		if c, err := decodeRecord(orchestrator.ConversationID(ids[i]), cmd.Val()); err == nil {
			flows[i] = c.Flow
		}
	}
	return flows, nil
}
