package redisstore

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

// changeBuffer is how many changes a subscription holds for a reader that is busy. When it is full, changes are dropped
// and a Resync follows.
const changeBuffer = 1024

// Publish tells a change that no commit tells.
func (s *Store) Publish(ctx context.Context, change orchestrator.Change) error {
	b, err := encode(&change)
	if err != nil {
		return err
	}
	if err := s.client.Publish(ctx, s.keys.changes, b).Err(); err != nil {
		return fmt.Errorf("redis: publish: %w", err)
	}
	return nil
}

// Subscribe delivers changes until ctx ends; then the channel is closed. What is published after it returned is
// delivered, but for a break of the connection, which a Resync tells.
func (s *Store) Subscribe(ctx context.Context) (<-chan orchestrator.Change, error) {
	sub := s.client.Subscribe(ctx, s.keys.changes)
	if _, err := sub.Receive(ctx); err != nil { // the server's confirmation
		_ = sub.Close()
		return nil, fmt.Errorf("redis: subscribe: %w", err)
	}
	out := make(chan orchestrator.Change, changeBuffer)
	go s.forward(ctx, sub, out)
	return out, nil
}

// forward never waits for the reader of out: one slow reader must not let the server's buffer for us run full.
func (s *Store) forward(ctx context.Context, sub *redis.PubSub, out chan<- orchestrator.Change) {
	defer close(out)
	defer func() { _ = sub.Close() }()
	in := sub.ChannelWithSubscriptions(redis.WithChannelSize(changeBuffer))
	dropped := false
	for {
		var retry chan<- orchestrator.Change
		if dropped {
			retry = out
		}
		select {
		case <-ctx.Done():
			return
		case retry <- orchestrator.Change{Resync: true}:
			dropped = false
		case message, open := <-in:
			if !open {
				if ctx.Err() == nil {
					s.log.ErrorContext(ctx, "the subscription to changes has ended")
				}
				return
			}
			if dropped {
				continue // the Resync that is due covers it
			}
			select {
			case out <- s.read(ctx, message):
			default:
				dropped = true
			}
		}
	}
}

// read turns a message into a change. A subscription that is confirmed again was broken meanwhile.
func (s *Store) read(ctx context.Context, message any) orchestrator.Change {
	m, ok := message.(*redis.Message)
	if !ok {
		s.log.InfoContext(ctx, "subscribed to changes again after a break")
		return orchestrator.Change{Resync: true}
	}
	var change orchestrator.Change
	if err := decode([]byte(m.Payload), &change); err != nil {
		s.log.WarnContext(ctx, "a change cannot be read", "error", err)
		return orchestrator.Change{Resync: true}
	}
	return change
}
