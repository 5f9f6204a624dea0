package redisstore

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

var (
	buryScript   = newScript("lane", "bury")
	reviveScript = newScript("lane", "revive")
)

// momentDigits is how many digits a moment has where it is to sort as text.
const momentDigits = 16

// burialField names a buried command in its partition.
func burialField(conversation orchestrator.ConversationID, id orchestrator.CommandID) string {
	return string(conversation) + "|" + relativeID(conversation, id)
}

// buriedMember puts the moment in front, so that lexical order is the order of burial.
func buriedMember(at orchestrator.Moment, field string) string {
	return fmt.Sprintf("%0*d|%s", momentDigits, int64(max(0, at)), field)
}

// Bury moves the first command to the undelivered list and answers the next, as Done does. What was buried more than
// thirty days ago is forgotten on the way.
func (s *Store) Bury(
	ctx context.Context, cmd *orchestrator.Command, node orchestrator.NodeID, now orchestrator.Moment,
	lease time.Duration,
) (*orchestrator.Command, error) {
	b, err := encodeCommand(cmd)
	if err != nil {
		return nil, err
	}
	id := relativeID(cmd.Conversation, cmd.ID)
	return s.bury(ctx, laneOf(cmd), id, "", b, node, now, lease)
}

// SetAside moves the first command to the undelivered list as it is stored, under a name of ours.
func (s *Store) SetAside(
	ctx context.Context, key orchestrator.LaneKey, stored []byte, node orchestrator.NodeID, now orchestrator.Moment,
	lease time.Duration,
) (*orchestrator.Command, error) {
	return s.bury(ctx, key, unreadableID(key.Lane, stored), string(stored), string(stored), node, now, lease)
}

// bury moves the first command of a lane, if it has the id or, where that is given, if it is what was read.
func (s *Store) bury(
	ctx context.Context, key orchestrator.LaneKey, id, read, value string, node orchestrator.NodeID,
	now orchestrator.Moment, lease time.Duration,
) (*orchestrator.Command, error) {
	call, err := s.laneCall(key, node)
	if err != nil {
		return nil, err
	}
	field := string(key.Conversation) + "|" + id
	member := buriedMember(now, field)
	call.keys = append(call.keys, call.partition.buried, call.partition.burials)
	call.args = append(call.args, momentArg(now.Add(lease)), id, member, field, member[:momentDigits]+value,
		buriedMember(now.Add(-UndeliveredFor), ""), read)
	return s.runLane(ctx, buryScript, call)
}

// Undelivered lists buried commands, oldest first.
func (s *Store) Undelivered(ctx context.Context, cursor string, limit int) ([]orchestrator.Command, string, error) {
	from := "-"
	if cursor != "" {
		last, err := decodeCursor(cursor)
		if err != nil {
			return nil, "", err
		}
		from = "(" + last
	}
	if limit <= 0 {
		return nil, cursor, nil
	}
	graves, err := s.graves(ctx, from, limit)
	if err != nil || len(graves) == 0 {
		return nil, "", err
	}
	next := ""
	if len(graves) > limit {
		graves = graves[:limit]
		next = encodeCursor(graves[limit-1].member)
	}
	commands, err := s.exhume(ctx, graves)
	return commands, next, err
}

// grave is where a buried command lies.
type grave struct {
	partition *partitionKeys
	member    string
}

// graves answers the first limit members after from, of all partitions together, and one more if there is one.
func (s *Store) graves(ctx context.Context, from string, limit int) ([]grave, error) {
	pipe := s.client.Pipeline()
	cmds := make([]*redis.StringSliceCmd, len(s.keys.partitions))
	for i := range cmds {
		cmds[i] = pipe.ZRangeByLex(ctx, s.keys.partitions[i].buried,
			&redis.ZRangeBy{Min: from, Max: "+", Count: int64(limit) + 1})
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("redis: undelivered: %w", err)
	}
	var graves []grave
	for i, cmd := range cmds {
		for _, member := range cmd.Val() {
			graves = append(graves, grave{&s.keys.partitions[i], member})
		}
	}
	slices.SortFunc(graves, func(a, b grave) int { return strings.Compare(a.member, b.member) })
	return graves[:min(limit+1, len(graves))], nil
}

// exhume reads buried commands; those that were revived or discarded meanwhile are left out.
func (s *Store) exhume(ctx context.Context, graves []grave) ([]orchestrator.Command, error) {
	pipe := s.client.Pipeline()
	cmds := make([]*redis.StringCmd, len(graves))
	for i, g := range graves {
		cmds[i] = pipe.HGet(ctx, g.partition.burials, g.member[min(momentDigits+1, len(g.member)):])
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("redis: undelivered: %w", err)
	}
	commands := make([]orchestrator.Command, 0, len(graves))
	for i, cmd := range cmds {
		value, err := cmd.Result()
		if errors.Is(err, redis.Nil) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("redis: undelivered: %w", err)
		}
		field := graves[i].member[momentDigits+1:]
		commands = append(commands, readBurial(field, value))
	}
	return commands, nil
}

// burialsScanned is how many burials of a partition are looked at in one round trip.
const burialsScanned = 1000

// UndeliveredOf lists all buried commands of a conversation, oldest first. It looks at those of its partition, of which Redis
// answers only its own.
func (s *Store) UndeliveredOf(
	ctx context.Context, id orchestrator.ConversationID,
) ([]orchestrator.Command, error) {
	p, err := s.keys.locate(id)
	if err != nil {
		return nil, err
	}
	found, err := s.burialsOf(ctx, p, id)
	if err != nil {
		return nil, err
	}
	commands := make([]orchestrator.Command, 0, len(found))
	for _, member := range slices.Sorted(maps.Keys(found)) {
		_, field, _ := strings.Cut(member, "|")
		commands = append(commands, readBurial(field, found[member]))
	}
	return commands, nil
}

// burialsOf answers the burials of a conversation by their members of buried; a scan may answer the same one twice.
func (s *Store) burialsOf(ctx context.Context, p *partitionKeys, id orchestrator.ConversationID) (map[string]string, error) {
	found := map[string]string{}
	for cursor := uint64(0); ; {
		rows, next, err := s.client.HScan(ctx, p.burials, cursor, string(id)+"|*", burialsScanned).Result()
		if err != nil {
			return nil, fmt.Errorf("redis: undelivered of %s: %w", id, err)
		}
		for row := range slices.Chunk(rows, 2) {
			field, value := row[0], row[1]
			found[value[:min(momentDigits, len(value))]+"|"+field] = value
		}
		if cursor = next; cursor == 0 {
			break
		}
	}
	return found, nil
}

// Revive puts a buried command back at the end of its lane, with its schedule begun anew, and takes the lease if nobody
// has it; the answer tells whether node holds it. ErrNotFound, also once the conversation is forgotten;
// *orchestrator.InputError for what this program cannot read.
func (s *Store) Revive(
	ctx context.Context, conversation orchestrator.ConversationID, id orchestrator.CommandID,
	node orchestrator.NodeID, now orchestrator.Moment, lease time.Duration,
) (orchestrator.LaneKey, bool, error) {
	call, err := s.revival(ctx, conversation, id, node, now, lease)
	if err != nil {
		return orchestrator.LaneKey{}, false, err
	}
	return s.revive(ctx, call, id)
}

func (s *Store) revival(
	ctx context.Context, conversation orchestrator.ConversationID, id orchestrator.CommandID,
	node orchestrator.NodeID, now orchestrator.Moment, lease time.Duration,
) (*laneCall, error) {
	p, err := s.keys.locate(conversation)
	if err != nil {
		return nil, err
	}
	field := burialField(conversation, id)
	value, err := s.burial(ctx, p, field)
	if err != nil {
		return nil, err
	}
	cmd, err := decodeCommand(conversation, []byte(value[momentDigits:]))
	if err != nil {
		return nil, &orchestrator.InputError{Status: http.StatusConflict, Code: orchestrator.CodeStateConflict,
			Detail: "this version of the program cannot read the command"}
	}
	cmd.Attempt, cmd.First = 0, 0
	b, err := encodeCommand(cmd)
	if err != nil {
		return nil, err
	}
	call, err := s.laneCall(laneOf(cmd), node)
	if err != nil {
		return nil, err
	}
	call.keys = append(call.keys, p.buried, p.burials)
	call.args = append(call.args, momentArg(now.Add(lease)), momentArg(now), value[:momentDigits]+"|"+field, field,
		value, b, s.mark(0))
	return call, nil
}

// revive makes the call of a revival. It may be made again: it is then answered as the first time.
func (s *Store) revive(ctx context.Context, call *laneCall, id orchestrator.CommandID) (orchestrator.LaneKey, bool, error) {
	answer, err := s.run(ctx, reviveScript, call.keys, call.args...)
	if err == nil && answer == int64(0) {
		err = orchestrator.ErrNotFound
	}
	if err != nil {
		return orchestrator.LaneKey{}, false, fmt.Errorf("revive %s: %w", id, err)
	}
	return call.key, answer == int64(2), nil
}

// burial reads the stored form of a buried command; ErrNotFound.
func (s *Store) burial(ctx context.Context, p *partitionKeys, field string) (string, error) {
	value, err := s.client.HGet(ctx, p.burials, field).Result()
	if errors.Is(err, redis.Nil) || err == nil && len(value) < momentDigits {
		return "", fmt.Errorf("undelivered command %.128q: %w", field, orchestrator.ErrNotFound)
	}
	if err != nil {
		return "", fmt.Errorf("redis: undelivered: %w", err)
	}
	return value, nil
}

// Discard forgets a buried command. ErrNotFound.
func (s *Store) Discard(
	ctx context.Context, conversation orchestrator.ConversationID, id orchestrator.CommandID,
) error {
	p, err := s.keys.locate(conversation)
	if err != nil {
		return err
	}
	field := burialField(conversation, id)
	value, err := s.burial(ctx, p, field)
	if err != nil {
		return err
	}
	pipe := s.client.TxPipeline()
	gone := pipe.HDel(ctx, p.burials, field)
	pipe.ZRem(ctx, p.buried, value[:momentDigits]+"|"+field)
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("redis: discard %s: %w", id, err)
	}
	if gone.Val() == 0 {
		return fmt.Errorf("discard %s: %w", id, orchestrator.ErrNotFound)
	}
	return nil
}
