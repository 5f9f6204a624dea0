package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

var (
	headScript      = newScript("lane", "head")
	doneScript      = newScript("lane", "done")
	retryScript     = newScript("lane", "retry")
	stepAsideScript = newScript("lane", "step_aside")
	claimScript     = newScript("lane", "claim")
	yieldScript     = newScript("lane", "yield")
	extendScript    = newScript("lane", "extend")
)

// laneCall is what every script of one lane gets first.
type laneCall struct {
	partition *partitionKeys
	key       orchestrator.LaneKey
	keys      []string
	args      []any
}

func (s *Store) laneCall(key orchestrator.LaneKey, node orchestrator.NodeID) (*laneCall, error) {
	p, err := s.keys.locate(key.Conversation)
	if err != nil {
		return nil, err
	}
	if node == "" {
		return nil, errors.New("outbox: a lease needs the name of a node")
	}
	return &laneCall{
		partition: p, key: key,
		keys: []string{p.conversation(key.Conversation), p.lane(key.Conversation, key.Lane), p.leases},
		args: []any{string(key.Lane), leaseMember(key), string(node)},
	}, nil
}

// leaseMember names a lane in the index of leases. An id never contains a bar.
func leaseMember(key orchestrator.LaneKey) string {
	return string(key.Conversation) + "|" + string(key.Lane)
}

func parseLeaseMember(member string) (orchestrator.LaneKey, bool) {
	id, lane, ok := strings.Cut(member, "|")
	return orchestrator.LaneKey{Conversation: orchestrator.ConversationID(id), Lane: orchestrator.Lane(lane)}, ok
}

func laneOf(cmd *orchestrator.Command) orchestrator.LaneKey {
	return orchestrator.LaneKey{Conversation: cmd.Conversation, Lane: cmd.To.Lane(cmd.Late)}
}

// runLane runs a script of one lane that answers the next command, nil, or that the lease is not held.
func (s *Store) runLane(ctx context.Context, sc *script, call *laneCall) (*orchestrator.Command, error) {
	answer, err := s.run(ctx, sc, call.keys, call.args...)
	if err != nil {
		return nil, fmt.Errorf("lane %s of %s: %w", call.key.Lane, call.key.Conversation, err)
	}
	return nextCommand(call.key, answer)
}

func nextCommand(key orchestrator.LaneKey, answer any) (*orchestrator.Command, error) {
	switch a := answer.(type) {
	case nil:
		return nil, nil
	case string:
		cmd, err := decodeCommand(key.Conversation, []byte(a))
		if err != nil {
			return nil, &orchestrator.UnreadableError{Lane: key, Stored: []byte(a), Err: err}
		}
		return cmd, nil
	case int64: // only ever: not leased
		return nil, fmt.Errorf("lane %s of %s: %w", key.Lane, key.Conversation, orchestrator.ErrNotLeased)
	default:
		return nil, fmt.Errorf("lane %s of %s: the script answered %T", key.Lane, key.Conversation, answer)
	}
}

// Head answers the first command of a lane that node holds and renews the lease. ErrNotLeased; nil when the lane is
// empty, and then the lease is dropped in the same step.
func (s *Store) Head(
	ctx context.Context, key orchestrator.LaneKey, node orchestrator.NodeID, now orchestrator.Moment,
	lease time.Duration,
) (*orchestrator.Command, error) {
	call, err := s.laneCall(key, node)
	if err != nil {
		return nil, err
	}
	call.args = append(call.args, momentArg(now.Add(lease)))
	return s.runLane(ctx, headScript, call)
}

// Done takes the first command off, if it is cmd, and answers the next, or nil and drops the lease. ErrNotLeased.
func (s *Store) Done(
	ctx context.Context, cmd *orchestrator.Command, node orchestrator.NodeID, now orchestrator.Moment,
	lease time.Duration,
) (*orchestrator.Command, error) {
	call, err := s.laneCall(laneOf(cmd), node)
	if err != nil {
		return nil, err
	}
	call.args = append(call.args, momentArg(now.Add(lease)), relativeID(cmd.Conversation, cmd.ID))
	return s.runLane(ctx, doneScript, call)
}

// Retry rewrites the first command and keeps the lease until lease after at. ErrNotLeased, also when cmd is not the
// first.
func (s *Store) Retry(
	ctx context.Context, cmd *orchestrator.Command, node orchestrator.NodeID, at orchestrator.Moment,
	lease time.Duration,
) error {
	call, err := s.laneCall(laneOf(cmd), node)
	if err != nil {
		return err
	}
	b, err := encodeCommand(cmd)
	if err != nil {
		return err
	}
	call.args = append(call.args, momentArg(at.Add(lease)), relativeID(cmd.Conversation, cmd.ID), b)
	answer, err := s.run(ctx, retryScript, call.keys, call.args...)
	if err != nil {
		return fmt.Errorf("lane %s of %s: %w", call.key.Lane, call.key.Conversation, err)
	}
	if answer != int64(1) {
		return fmt.Errorf("lane %s of %s: %w", call.key.Lane, call.key.Conversation, orchestrator.ErrNotLeased)
	}
	return nil
}

// StepAside moves the first command to the late lane, marked late, and answers the next of its lane, as Done does; late
// tells whether node holds the late lane's lease now.
func (s *Store) StepAside(
	ctx context.Context, cmd *orchestrator.Command, node orchestrator.NodeID, now orchestrator.Moment,
	lease time.Duration,
) (next *orchestrator.Command, late bool, err error) {
	key := orchestrator.LaneKey{Conversation: cmd.Conversation, Lane: cmd.To.Lane(false)}
	call, err := s.laneCall(key, node)
	if err != nil {
		return nil, false, err
	}
	aside := *cmd
	aside.Late = true
	b, err := encodeCommand(&aside)
	if err != nil {
		return nil, false, err
	}
	lateKey := laneOf(&aside)
	call.keys = append(call.keys, call.partition.lane(lateKey.Conversation, lateKey.Lane))
	call.args = append(call.args, momentArg(now.Add(lease)), relativeID(cmd.Conversation, cmd.ID),
		string(lateKey.Lane), leaseMember(lateKey), momentArg(now), b)
	answer, err := s.run(ctx, stepAsideScript, call.keys, call.args...)
	if err != nil {
		return nil, false, fmt.Errorf("lane %s of %s: %w", key.Lane, key.Conversation, err)
	}
	if pair, ok := answer.([]any); ok && len(pair) == 2 {
		next, err = nextCommand(key, pair[0])
		return next, pair[1] == int64(1), err
	}
	next, err = nextCommand(key, answer)
	return next, false, err
}

// Claim takes at most limit lanes whose lease ran out before now. It looks at the partitions in turn, so that one with
// many dead lanes does not keep the others waiting for ever.
func (s *Store) Claim(
	ctx context.Context, node orchestrator.NodeID, now orchestrator.Moment, lease time.Duration, limit int,
) ([]orchestrator.LaneKey, error) {
	members, err := s.overdueLeases(ctx, now, limit)
	if err != nil {
		return nil, err
	}
	return s.claim(ctx, members, node, "", now, lease)
}

// claim takes those of the lanes whose lease has run out, or is dead's, if that is not empty.
func (s *Store) claim(
	ctx context.Context, members []string, node, dead orchestrator.NodeID, now orchestrator.Moment, lease time.Duration,
) ([]orchestrator.LaneKey, error) {
	calls := make([]*laneCall, 0, len(members))
	for _, member := range members {
		key, ok := parseLeaseMember(member)
		if !ok {
			return nil, fmt.Errorf("claim: %.128q is not a lane", member)
		}
		call, err := s.laneCall(key, node)
		if err != nil {
			return nil, err
		}
		call.args = append(call.args, momentArg(now.Add(lease)), momentArg(now), string(dead))
		calls = append(calls, call)
	}
	answers, err := s.runEach(ctx, claimScript, calls)
	var claimed []orchestrator.LaneKey
	for i, answer := range answers {
		if answer == int64(1) {
			claimed = append(claimed, calls[i].key)
		}
	}
	return claimed, err
}

// overdueLeases answers at most limit members of the lease indexes, beginning with another partition each time.
func (s *Store) overdueLeases(ctx context.Context, now orchestrator.Moment, limit int) ([]string, error) {
	if limit <= 0 {
		return nil, nil
	}
	pipe := s.client.Pipeline()
	first := int(s.claims.Add(1)) % len(s.keys.partitions)
	cmds := make([]*redis.StringSliceCmd, len(s.keys.partitions))
	for i := range cmds {
		p := &s.keys.partitions[(first+i)%len(cmds)]
		cmds[i] = pipe.ZRangeByScore(ctx, p.leases, &redis.ZRangeBy{Min: "-inf", Max: before(now), Count: int64(limit)})
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("redis: overdue leases: %w", err)
	}
	var members []string
	for _, cmd := range cmds {
		members = append(members, cmd.Val()...)
	}
	return members[:min(limit, len(members))], nil
}

// before is the exclusive upper bound of a range of scores.
func before(m orchestrator.Moment) string { return "(" + momentArg(m) }

// Renew keeps those of the lanes that node holds until lease after now, unless it has them for longer already.
func (s *Store) Renew(
	ctx context.Context, keys []orchestrator.LaneKey, node orchestrator.NodeID, now orchestrator.Moment, lease time.Duration,
) error {
	return s.endLeases(ctx, extendScript, keys, node, now.Add(lease))
}

// Yield lets the leases of node run out just before now, so that others claim them at once.
func (s *Store) Yield(
	ctx context.Context, keys []orchestrator.LaneKey, node orchestrator.NodeID, now orchestrator.Moment,
) error {
	return s.endLeases(ctx, yieldScript, keys, node, max(0, now-1))
}

// endLeases runs a script that moves the end of leases.
func (s *Store) endLeases(
	ctx context.Context, sc *script, keys []orchestrator.LaneKey, node orchestrator.NodeID, end orchestrator.Moment,
) error {
	calls := make([]*laneCall, 0, len(keys))
	for _, key := range keys {
		call, err := s.laneCall(key, node)
		if err != nil {
			return err
		}
		call.args = append(call.args, momentArg(end))
		calls = append(calls, call)
	}
	_, err := s.runEach(ctx, sc, calls)
	return err
}

// Pending answers the commands of a conversation that are not done, lane by lane in the order of their names.
func (s *Store) Pending(ctx context.Context, id orchestrator.ConversationID) ([]orchestrator.Command, error) {
	p, err := s.keys.locate(id)
	if err != nil {
		return nil, err
	}
	fields, err := s.laneFields(ctx, p, id)
	if err != nil {
		return nil, err
	}
	pipe := s.client.Pipeline()
	var cmds []*redis.StringSliceCmd
	for _, field := range fields {
		cmds = append(cmds, pipe.LRange(ctx, p.lane(id, orchestrator.Lane(field[1:])), 0, -1))
	}
	if len(cmds) == 0 {
		return nil, nil
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("redis: commands of %s: %w", id, err)
	}
	var commands []orchestrator.Command
	for _, cmd := range cmds {
		for _, b := range cmd.Val() {
			command, err := decodeCommand(id, []byte(b))
			if err != nil {
				return nil, err
			}
			commands = append(commands, *command)
		}
	}
	return commands, nil
}

// laneFields are the fields of a conversation that stand for lanes. An event's field of twelve bytes may look like one; then its
// list is empty.
func (s *Store) laneFields(ctx context.Context, p *partitionKeys, id orchestrator.ConversationID) ([]string, error) {
	fields, err := s.client.HKeys(ctx, p.conversation(id)).Result()
	if err != nil {
		return nil, fmt.Errorf("redis: lanes of %s: %w", id, err)
	}
	slices.Sort(fields)
	return slices.DeleteFunc(fields, func(field string) bool { return !strings.HasPrefix(field, "l") }), nil
}
