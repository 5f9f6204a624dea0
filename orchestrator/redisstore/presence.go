package redisstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

// SetPresence notes what an agent chose, in place of what was known of them; seats and IdleSince stay. What stands
// already is only renewed: since when and why remain.
func (s *Store) SetPresence(ctx context.Context, p orchestrator.Presence, now orchestrator.Moment) error {
	if err := validNames(string(p.Agent.ID)); err != nil {
		return err
	}
	value, err := presenceValue(&p)
	if err != nil {
		return err
	}
	change, err := encodeChange(echoOfNobody, &orchestrator.Change{Presence: p.Agent.ID, At: now})
	if err != nil {
		return err
	}
	_, err = s.runRoster(ctx, presentScript, string(p.Agent.ID), value, momentArg(now), p.Reason, s.keys.changes, change)
	return err
}

// presenceValue is the stored form of a presence, without what lies beside it. The end stands in it twice: for scripts,
// and for processes of the version before, which read it from the encoded part.
func presenceValue(p *orchestrator.Presence) (string, error) {
	stored := *p
	stored.IdleSince = 0
	b, err := encode(&stored)
	if err != nil {
		return "", err
	}
	state := 0
	switch {
	case p.Provisional:
		state = 2
	case p.Offline:
		state = 3
	case p.Online:
		state = 1
	}
	return fmt.Sprintf("%d|%d|%d|%s", state, max(0, p.Capacity), max(0, p.Until), b), nil
}

// readPresence reads what presenceValue wrote.
func readPresence(id, value string) (orchestrator.Presence, error) {
	var p orchestrator.Presence
	parts := strings.SplitN(value, "|", 4)
	if len(parts) != 4 {
		return p, fmt.Errorf("roster: presence of %s is not in the stored form", id)
	}
	if err := decode([]byte(parts[3]), &p); err != nil {
		return p, fmt.Errorf("roster: presence of %s: %w", id, err)
	}
	return p, nil
}

// RenewPresence notes that an agent was heard of: what they chose stands until then, also if they had not been heard of
// for too long. It answers false where nothing stands that could go on: they chose nothing, or were signed off. If
// something else is noted meanwhile, that is newer and goes on by itself.
func (s *Store) RenewPresence(ctx context.Context, id orchestrator.AgentID, until orchestrator.Moment) (bool, error) {
	was, err := s.client.HGet(ctx, s.keys.roster.presence, string(id)).Result()
	if errors.Is(err, redis.Nil) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("redis: roster: %w", err)
	}
	p, err := readPresence(string(id), was)
	if err != nil || p.Offline {
		return false, err
	}
	p.Until = max(p.Until, until)
	value, err := presenceValue(&p)
	if err != nil {
		return false, err
	}
	_, err = s.runRoster(ctx, renewScript, string(id), was, value)
	return true, err
}

// RemovePresence signs an agent off, and forgets what they chose. Seats stay until their conversations are moved.
func (s *Store) RemovePresence(ctx context.Context, id orchestrator.AgentID) error {
	change, err := encodeChange(echoOfNobody, &orchestrator.Change{Presence: id})
	if err != nil {
		return err
	}
	_, err = s.runRoster(ctx, departScript, string(id), s.keys.changes, change)
	return err
}
