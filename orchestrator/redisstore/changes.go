package redisstore

import (
	"context"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

// changeBuffer is how many changes a subscription holds for a reader that is busy. When it is full, changes are dropped
// and a Resync follows.
const changeBuffer = 1024

// Publish tells a change that no commit tells.
func (s *Store) Publish(ctx context.Context, change orchestrator.Change) error {
	b, err := encodeChange(echoOfNobody, &change)
	if err != nil {
		return err
	}
	if err := s.client.Publish(ctx, s.keys.changes, b).Err(); err != nil {
		return fmt.Errorf("redis: publish: %w", err)
	}
	return nil
}

// encodeChange writes a change after the echo that tells whose it is.
func encodeChange(echo string, change *orchestrator.Change) (string, error) {
	return encodeAfter(append(append(make([]byte, 0, echoLength+1), echo...), codecVersion), change)
}

// subscription is one reader of changes in this process.
type subscription struct {
	out  chan orchestrator.Change
	lost chan struct{} // holds one while changes were dropped of which the reader has not been told
}

// Subscribe delivers changes until ctx ends; then the channel is closed. What is published after it returned is
// delivered, but for a break of the connection, which a Resync tells. What this process itself commits comes without the way
// through Redis.
func (s *Store) Subscribe(ctx context.Context) (<-chan orchestrator.Change, error) {
	sub := s.client.Subscribe(ctx, s.keys.changes)
	if _, err := sub.Receive(ctx); err != nil { // the server's confirmation
		_ = sub.Close()
		return nil, fmt.Errorf("redis: subscribe: %w", err)
	}
	reader := &subscription{out: make(chan orchestrator.Change, changeBuffer), lost: make(chan struct{}, 1)}
	s.echoes.join(reader)
	go s.forward(ctx, sub, reader)
	return reader.out, nil
}

// offer never waits for the reader.
func (r *subscription) offer(change orchestrator.Change) {
	select {
	case r.out <- change:
	default:
		select {
		case r.lost <- struct{}{}:
		default:
		}
	}
}

// forward never waits for the reader either: one slow reader must not let the server's buffer for us run full.
func (s *Store) forward(ctx context.Context, sub *redis.PubSub, reader *subscription) {
	defer close(reader.out)
	defer s.echoes.leave(reader) // before the channel is closed: nobody offers to it any more
	defer func() { _ = sub.Close() }()
	in := sub.ChannelWithSubscriptions(redis.WithChannelSize(changeBuffer))
	var resync chan<- orchestrator.Change // the reader's, while it is to be told that it missed something
	for {
		select {
		case <-ctx.Done():
			return
		case <-reader.lost:
			resync = reader.out
		case resync <- orchestrator.Change{Resync: true}:
			resync = nil
		case message, open := <-in:
			if !open {
				if ctx.Err() == nil {
					s.log.ErrorContext(ctx, "the subscription to changes has ended")
				}
				return
			}
			if change, ok := s.read(ctx, message); ok && resync == nil { // a Resync that is due covers it
				reader.offer(change)
			}
		}
	}
}

// read turns a message into a change; false for an echo of what this process has told its readers itself, and for
// a readiness check. A subscription
// that is confirmed again was broken meanwhile.
func (s *Store) read(ctx context.Context, message any) (orchestrator.Change, bool) {
	m, ok := message.(*redis.Message)
	if !ok {
		s.log.InfoContext(ctx, "subscribed to changes again after a break")
		return orchestrator.Change{Resync: true}, true
	}
	if len(m.Payload) == echoLength || strings.HasPrefix(m.Payload, s.echoes.present()) { // a readiness check, or ours
		return orchestrator.Change{}, false
	}
	var change orchestrator.Change
	if err := decode([]byte(m.Payload[min(echoLength, len(m.Payload)):]), &change); err != nil {
		s.log.WarnContext(ctx, "a change cannot be read", "error", err)
		return orchestrator.Change{Resync: true}, true
	}
	return change, true
}
