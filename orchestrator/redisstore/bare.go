package redisstore

import (
	"context"
	"encoding/binary"
	"strconv"

	"handoff/orchestrator"
)

// Bare repeats one commit with nothing around it: the commit script by EVALSHA of go-redis, in a round trip of its own. It
// is what everything else is measured against. The conversation exists and only this writes it.
type Bare struct {
	store   *Store
	keys    []string
	args    []any
	version uint64
	event   [eventFieldLength]byte
}

// Bare prepares the repetition of a commit, beginning with c itself.
func (s *Store) Bare(c *orchestrator.Commit) (*Bare, error) {
	call, err := s.prepare(c)
	if err != nil {
		return nil, err
	}
	return &Bare{store: s, keys: call.keys, args: call.args, version: c.Want}, nil
}

// Commit writes the transition once more, as the next version and under an event id of its own.
func (b *Bare) Commit(ctx context.Context) error {
	binary.BigEndian.PutUint64(b.event[:], b.version+1)
	b.args[1] = strconv.FormatUint(b.version, 10)
	b.args[2] = b.store.mark(b.version + 1)
	b.args[3] = string(b.event[:])
	answer, err := b.store.client.EvalSha(ctx, commitScript.sha, b.keys, b.args...).Result()
	if err != nil {
		return err
	}
	if _, ok := answer.(int64); !ok {
		return orchestrator.ErrConflict
	}
	b.version++
	return nil
}
