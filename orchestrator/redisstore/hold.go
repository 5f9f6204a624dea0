package redisstore

import (
	"context"
	"crypto/rand"
	"fmt"

	"handoff/orchestrator"
)

// HoldPlace gives a conversation the last place among its equals in a line, until the given moment. It counts for all others,
// but does not ring; Enqueue makes it its own.
func (s *Store) HoldPlace(
	ctx context.Context, id orchestrator.ConversationID, w orchestrator.Waiting, until orchestrator.Moment,
) (orchestrator.HeldPlace, error) {
	held := orchestrator.HeldPlace{Token: rand.Text()}
	if err := validNames(string(id), string(w.Queue)); err != nil {
		return held, err
	}
	b, err := encode(&w)
	if err != nil {
		return held, err
	}
	answer, err := s.runRoster(ctx, holdScript, string(id), rankOf(&w), sinceText(&w), b, held.Token, momentArg(until))
	if err != nil {
		return held, err
	}
	pair, ok := answer.([]any)
	if !ok || len(pair) != 2 {
		return held, fmt.Errorf("roster: hold answered %v", answer)
	}
	position, isNumber := pair[0].(int64)
	since, isText := pair[1].(string)
	if !isNumber || !isText {
		return held, fmt.Errorf("roster: hold answered %v", answer)
	}
	held.Position = int(position)
	held.Since, err = parseMoment(since)
	return held, err
}

// GiveBackPlace takes a place back that is still held by this very hold.
func (s *Store) GiveBackPlace(ctx context.Context, id orchestrator.ConversationID, held orchestrator.HeldPlace) error {
	_, err := s.runRoster(ctx, giveBackScript, string(id), held.Token)
	return err
}
