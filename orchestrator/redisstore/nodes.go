package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

// Beat notes that node lives, with what it has configured, and answers the others that were heard of and are silent now. The
// time is Redis' own, so that processes need not agree on one.
func (s *Store) Beat(
	ctx context.Context, node orchestrator.NodeID, alive time.Duration, has *orchestrator.Configured,
) ([]orchestrator.NodeID, error) {
	if node == "" || alive <= 0 {
		return nil, errors.New("beat: a node and a time are needed")
	}
	sign := untold
	if has != nil {
		var err error
		if sign, err = encode(has); err != nil {
			return nil, fmt.Errorf("beat: %w", err)
		}
	}
	pipe := s.client.TxPipeline()
	pipe.Set(ctx, s.keys.alive(node), sign, alive)
	pipe.SAdd(ctx, s.keys.nodes(), string(node))
	all := pipe.SMembers(ctx, s.keys.nodes())
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("redis: beat: %w", err)
	}
	others := slices.DeleteFunc(all.Val(), func(other string) bool { return other == string(node) })
	if len(others) == 0 {
		return nil, nil
	}
	slices.Sort(others)
	pipe = s.client.Pipeline()
	signs := make([]*redis.IntCmd, len(others))
	for i, other := range others {
		signs[i] = pipe.Exists(ctx, s.keys.alive(orchestrator.NodeID(other)))
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("redis: who lives: %w", err)
	}
	var silent []orchestrator.NodeID
	for i, other := range others {
		if signs[i].Val() == 0 {
			silent = append(silent, orchestrator.NodeID(other))
		}
	}
	return silent, nil
}

// untold is the sign of life of a process that does not tell what it has configured, as those of the version before.
const untold = "1"

// Configured answers what each process that lives has configured; nil for one that does not tell, or not in a form that this
// version reads.
func (s *Store) Configured(ctx context.Context) (map[orchestrator.NodeID]*orchestrator.Configured, error) {
	nodes, err := s.client.SMembers(ctx, s.keys.nodes()).Result()
	if err != nil {
		return nil, fmt.Errorf("redis: nodes: %w", err)
	}
	pipe := s.client.Pipeline()
	signs := make([]*redis.StringCmd, len(nodes))
	for i, node := range nodes {
		signs[i] = pipe.Get(ctx, s.keys.alive(orchestrator.NodeID(node)))
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("redis: what processes have: %w", err)
	}
	told := map[orchestrator.NodeID]*orchestrator.Configured{}
	for i, node := range nodes {
		if signs[i].Err() != nil { // it does not live
			continue
		}
		has := new(orchestrator.Configured)
		if decode([]byte(signs[i].Val()), has) != nil {
			has = nil
		}
		told[orchestrator.NodeID(node)] = has
	}
	return told, nil
}

// Leave forgets a node.
func (s *Store) Leave(ctx context.Context, node orchestrator.NodeID) error {
	pipe := s.client.TxPipeline()
	pipe.SRem(ctx, s.keys.nodes(), string(node))
	pipe.Del(ctx, s.keys.alive(node))
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("redis: leave: %w", err)
	}
	return nil
}

// Inherit looks at a part of all lanes and takes dead's. A lane that is there the whole time is looked at in one of the parts.
func (s *Store) Inherit(
	ctx context.Context, dead, node orchestrator.NodeID, now orchestrator.Moment, lease time.Duration, cursor string, limit int,
) ([]orchestrator.LaneKey, string, error) {
	partition, at, err := s.parseInherited(cursor)
	if err != nil {
		return nil, "", err
	}
	if dead == "" || dead == node || limit <= 0 {
		return nil, "", errors.New("inherit: a dead node, another that takes over, and a limit are needed")
	}
	for partition < len(s.keys.partitions) {
		pairs, next, err := s.client.ZScan(ctx, s.keys.partitions[partition].leases, at, "", int64(limit)).Result()
		if err != nil {
			return nil, "", fmt.Errorf("redis: inherit: %w", err)
		}
		if at = next; at == 0 {
			partition++
		}
		if len(pairs) == 0 {
			continue
		}
		members := make([]string, 0, len(pairs)/2)
		for i := 0; i < len(pairs); i += 2 { // a member, its score
			members = append(members, pairs[i])
		}
		taken, err := s.claim(ctx, members, node, dead, now, lease)
		return taken, s.inherited(partition, at), err
	}
	return nil, "", nil
}

// inherited is a cursor: a partition, a dot, and Redis' own cursor in it.
func (s *Store) inherited(partition int, at uint64) string {
	if partition >= len(s.keys.partitions) {
		return ""
	}
	return strconv.Itoa(partition) + "." + strconv.FormatUint(at, 10)
}

func (s *Store) parseInherited(cursor string) (partition int, at uint64, err error) {
	if cursor == "" {
		return 0, 0, nil
	}
	first, second, _ := strings.Cut(cursor, ".")
	partition, err = strconv.Atoi(first)
	if err == nil {
		at, err = strconv.ParseUint(second, 10, 64)
	}
	if err != nil || partition < 0 {
		return 0, 0, fmt.Errorf("inherit: %.64q is no cursor", cursor)
	}
	return partition, at, nil
}
