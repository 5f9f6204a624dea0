package redisstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"handoff/orchestrator"
)

var (
	eraseScript  = newScript("erase")
	unbindScript = newScript("unbind")
)

// OfCustomer looks at a part of the conversations of a partition, live ones before ended ones. A cursor is the number of the
// index, a dot, and Redis' own cursor in it. The index of deadlines holds every live conversation for as long as it lives,
// whatever its state, so that none is missed that moves meanwhile.
func (s *Store) OfCustomer(
	ctx context.Context, partition int, bot orchestrator.ConnectorName, customer, cursor string, limit int,
) (orchestrator.Walked, error) {
	if partition < 0 || partition >= len(s.keys.partitions) {
		return orchestrator.Walked{}, fmt.Errorf("customer: partition %d of %d", partition, len(s.keys.partitions))
	}
	p := &s.keys.partitions[partition]
	mayBe := func(record string) bool { return strings.Contains(record, customer) } // cheaper than reading each
	all, walked, err := s.walk(ctx, []string{p.due, p.ended, p.unretired}, cursor, limit, mayBe)
	if err != nil {
		return orchestrator.Walked{}, err
	}
	for _, c := range all {
		switch {
		case c.Bot != bot || c.Customer.ID != customer:
		case c.State.Ended():
			walked.Ended = append(walked.Ended, c)
		default:
			walked.Live = append(walked.Live, c)
		}
	}
	return walked, nil
}

// maxNewLanes is how often a conversation may get another lane while it is being erased.
const maxNewLanes = 5

// Erase removes an ended conversation in one step, and then what of it lies outside its partition's own keys. An error means
// that something may be left; then it is to be called again.
func (s *Store) Erase(ctx context.Context, c *orchestrator.Conversation, handles []orchestrator.Bound) error {
	p, err := s.keys.locate(c.ID)
	if err != nil {
		return err
	}
	if !c.State.Ended() {
		return fmt.Errorf("erase %s: it lives", c.ID)
	}
	for _, h := range handles {
		if err := s.unbind(ctx, h, c.ID); err != nil {
			return err
		}
	}
	if err := s.Remove(ctx, c.ID, s.now()); err != nil {
		return err
	}
	if err := s.discardAll(ctx, c.ID); err != nil {
		return err
	}
	if err := s.erase(ctx, p, c); err != nil {
		return err
	}
	return s.discardAll(ctx, c.ID) // what was given up in between; from now on nothing can be
}

func (s *Store) erase(ctx context.Context, p *partitionKeys, c *orchestrator.Conversation) error {
	change, err := encodeChange(echoOfNobody, &orchestrator.Change{Conversation: c.ID, Erased: true, At: s.now()})
	if err != nil {
		return err
	}
	for range maxNewLanes {
		fields, err := s.laneFields(ctx, p, c.ID)
		if err != nil {
			return err
		}
		keys := []string{p.conversation(c.ID), p.record(c.ID), p.timeline(c.ID), p.external(c.Bot, c.External), p.due, p.leases,
			p.ended, p.unretired, p.seen, p.moved}
		args := []any{string(c.ID), s.keys.changes, change}
		for _, field := range fields {
			keys = append(keys, p.lane(c.ID, orchestrator.Lane(field[1:])))
			args = append(args, field)
		}
		switch answer, err := s.run(ctx, eraseScript, keys, args...); {
		case err != nil:
			return fmt.Errorf("erase %s: %w", c.ID, err)
		case answer == int64(1):
			return nil
		case answer == int64(0):
			return fmt.Errorf("erase %s: it lives", c.ID)
		}
	}
	return fmt.Errorf("erase %s: it gets new commands all the time", c.ID)
}

// unbind forgets a desk's handle and what is kept under it, unless the desk uses it for another conversation by now.
func (s *Store) unbind(ctx context.Context, h orchestrator.Bound, id orchestrator.ConversationID) error {
	answer, err := s.run(ctx, unbindScript, []string{s.keys.binding(h.Desk, h.Ref)}, string(id))
	if err != nil || answer != int64(1) {
		return err
	}
	return s.Forget(ctx, h.Desk, h.Ref)
}

// discardAll forgets what was given up of a conversation.
func (s *Store) discardAll(ctx context.Context, id orchestrator.ConversationID) error {
	p, err := s.keys.locate(id)
	if err != nil {
		return err
	}
	found, err := s.burialsOf(ctx, p, id)
	if err != nil || len(found) == 0 {
		return err
	}
	pipe := s.client.TxPipeline()
	for member := range found {
		_, field, _ := strings.Cut(member, "|")
		pipe.HDel(ctx, p.burials, field)
		pipe.ZRem(ctx, p.buried, member)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("redis: undelivered of %s: %w", id, err)
	}
	return nil
}

// parseCursor reads the cursor of a walk over several indexes.
func parseCursor(cursor string) (index int, at uint64, err error) {
	if cursor == "" {
		return 0, 0, nil
	}
	first, second, _ := strings.Cut(cursor, ".")
	if index, err = strconv.Atoi(first); err != nil {
		return 0, 0, err
	}
	at, err = strconv.ParseUint(second, 10, 64)
	return max(index, 0), at, err
}
