package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

// hasEnded follows the id of a conversation that has ended, in the key of the bot's own id.
const hasEnded = "!"

// Find answers the newest conversation of a bot under the bot's own id, until 96 hours after its end; ErrNotFound.
func (s *Store) Find(
	ctx context.Context, bot orchestrator.ConnectorName, external string,
) (orchestrator.ConversationID, error) {
	p := &s.keys.partitions[s.keys.partitionOf(bot, external)]
	id, err := s.get(ctx, p.external(bot, external))
	if err != nil {
		return "", fmt.Errorf("find %s of bot %s: %w", external, bot, err)
	}
	return orchestrator.ConversationID(strings.TrimSuffix(id, hasEnded)), nil
}

// Load answers a record; ErrNotFound, also for an id that was never minted and for a conversation past its retention.
func (s *Store) Load(ctx context.Context, id orchestrator.ConversationID) (*orchestrator.Conversation, error) {
	p, err := s.keys.locate(id)
	if err != nil {
		return nil, err
	}
	b, err := s.get(ctx, p.record(id))
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", id, err)
	}
	c, err := decodeRecord(id, b)
	if err != nil {
		return nil, err
	}
	if s.expired(c) {
		return nil, fmt.Errorf("load %s: %w", id, orchestrator.ErrNotFound)
	}
	return c, nil
}

// decodeRecord answers an *orchestrator.UnreadableRecord for what this version did not write and cannot read.
func decodeRecord(id orchestrator.ConversationID, b string) (*orchestrator.Conversation, error) {
	c := new(orchestrator.Conversation)
	if err := decode([]byte(b), c); err != nil {
		return nil, &orchestrator.UnreadableRecord{ID: id, Err: err}
	}
	return c, nil
}

// expired holds retention to the moment by our clock; Redis removes the keys by its own, a little earlier or later.
func (s *Store) expired(c *orchestrator.Conversation) bool {
	return !s.archive && c.State.Ended() && c.EndedAt != 0 && c.EndedAt.Add(s.retention) < s.now()
}

// Seen answers what is remembered of an event, nil if it was never committed.
func (s *Store) Seen(
	ctx context.Context, id orchestrator.ConversationID, event orchestrator.EventID,
) (*orchestrator.Seen, error) {
	p, err := s.keys.locate(id)
	if err != nil {
		return nil, err
	}
	b, err := s.client.HGet(ctx, p.conversation(id), eventField(event)).Result()
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("redis: event %.64q of %s: %w", string(event), id, err)
	}
	return decodeSeen(b)
}

// Timeline answers at most limit entries with a sequence above after, in order; none when limit is not positive.
// ErrNotFound.
func (s *Store) Timeline(
	ctx context.Context, id orchestrator.ConversationID, after uint64, limit int,
) ([]orchestrator.Entry, error) {
	p, err := s.keys.locate(id)
	if err != nil {
		return nil, err
	}
	if after > 1<<62 || limit <= 0 {
		limit, after = 0, 1<<62 // nothing lies there, but the conversation may exist
	}
	pipe := s.client.Pipeline()
	exists := pipe.Exists(ctx, p.record(id))
	rows := pipe.LRange(ctx, p.timeline(id), int64(after), int64(after)+int64(limit)-1)
	if _, err := pipe.Exec(ctx); err != nil {
		return nil, fmt.Errorf("redis: timeline of %s: %w", id, err)
	}
	if exists.Val() == 0 {
		return nil, fmt.Errorf("timeline of %s: %w", id, orchestrator.ErrNotFound)
	}
	entries := make([]orchestrator.Entry, len(rows.Val()))
	for i, row := range rows.Val() {
		if err := decodeEntry([]byte(row), &entries[i]); err != nil {
			return nil, fmt.Errorf("timeline of %s, entry %d: %w", id, after+uint64(i)+1, err)
		}
		entries[i].Sequence = after + uint64(i) + 1
	}
	return entries, nil
}

// get reads one string in company with whatever else waits; ErrNotFound.
func (s *Store) get(ctx context.Context, key string) (string, error) {
	cmd := redis.NewCmd(ctx, "get", key)
	err := s.batch.do(ctx, cmd)
	if errors.Is(err, redis.Nil) {
		return "", orchestrator.ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("redis: %w", err)
	}
	return cmd.Text()
}
