package orchestrator

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// fireDue fires the rules whose deadlines have passed, the most overdue first.
func (r *Reaper) fireDue(ctx context.Context, partition int, tally *sweepTally) error {
	return r.each(ctx, func(limit int) ([]DueItem, error) {
		return r.engine.store.Due(ctx, partition, r.engine.Now(), limit)
	}, tally, r.fire)
}

// each takes batches until one brings nothing new, and works on the conversations of a batch side by side. A conversation
// that stays in the index although it was worked on (it failed) is not tried again in this sweep, and does not hide those
// behind it: the next batch is larger by as many.
func (r *Reaper) each(
	ctx context.Context, batch func(limit int) ([]DueItem, error), tally *sweepTally,
	do func(context.Context, DueItem, *sweepTally) error,
) error {
	tried := map[ConversationID]bool{}
	stuck := 0
	for ctx.Err() == nil {
		limit := sweepBatch + stuck
		items, err := batch(limit)
		if err != nil {
			return err
		}
		fresh := make([]DueItem, 0, len(items))
		for _, item := range items {
			if !tried[item.ID] {
				tried[item.ID] = true
				if !r.living.setAside(item.ID) {
					fresh = append(fresh, item)
				}
			}
		}
		if len(fresh) == 0 && len(items) < limit {
			return nil
		}
		stuck = len(items) - len(fresh)
		r.sideBySide(ctx, fresh, tally, do)
	}
	return ctx.Err()
}

// sideBySide works on the items with a few workers, so that their commits share pipeline flushes.
func (r *Reaper) sideBySide(ctx context.Context, items []DueItem, tally *sweepTally, do func(context.Context, DueItem, *sweepTally) error) {
	queue := make(chan DueItem)
	var workers sync.WaitGroup
	for range min(sweepWorkers, len(items)) {
		workers.Go(func() {
			for item := range queue {
				tally.add(func(s *Sweep) { s.Checked++ })
				r.guarded(ctx, item.ID, tally, func() error { return do(ctx, item, tally) })
			}
		})
	}
	for _, item := range items {
		queue <- item
	}
	close(queue)
	workers.Wait()
}

// fire takes the event of the rule whose deadline has passed, or moves the index where the deadline turns out to be later.
func (r *Reaper) fire(ctx context.Context, item DueItem, tally *sweepTally) error {
	c, err := r.engine.store.Load(ctx, item.ID)
	if err != nil {
		return err
	}
	flow, err := r.engine.Flow(c)
	if err != nil {
		return err
	}
	now := r.engine.Now()
	ev, due := flow.Due(c, now)
	if !due {
		tally.add(func(s *Sweep) { s.Rearmed++ })
		return r.engine.store.Rearm(ctx, c.ID, c.Version, c.Deadline)
	}
	tally.add(func(s *Sweep) { s.Lag = max(s.Lag, now.Sub(c.Deadline)) }) // the index may be far behind where somebody wrote
	if ev.Type == EventIdleTimedOut {
		if repaired, err := r.askFirst(ctx, c, ev, tally); err != nil || repaired {
			return err
		}
	}
	if err := r.receive(ctx, c, ev); err != nil {
		return err
	}
	tally.add(func(s *Sweep) { s.Fired++ })
	return nil
}

// reapUnseen closes the conversations whose customers' clients have stopped fetching.
func (r *Reaper) reapUnseen(ctx context.Context, partition int, tally *sweepTally) error {
	return r.each(ctx, func(limit int) ([]DueItem, error) {
		return r.engine.store.Unseen(ctx, partition, r.engine.Now().Add(-r.deadAfter()), limit)
	}, tally, r.reap)
}

func (r *Reaper) reap(ctx context.Context, item DueItem, tally *sweepTally) error {
	c, err := r.engine.store.Load(ctx, item.ID)
	if err != nil {
		return err
	}
	flow, err := r.engine.Flow(c)
	if err != nil {
		return err
	}
	ev, dead, err := r.dead(ctx, flow, c)
	if err != nil || !dead {
		return err
	}
	if repaired, err := r.askFirst(ctx, c, ev, tally); err != nil || repaired {
		return err
	}
	// The desk may have taken its time to answer, and the customer may be back.
	if ev, dead, err = r.dead(ctx, flow, c); err != nil || !dead {
		return err
	}
	if err := r.receive(ctx, c, ev); err != nil {
		return err
	}
	tally.add(func(s *Sweep) { s.Reaped++ })
	return nil
}

// dead answers the event for a customer whose client has stopped fetching, as it stands now.
func (r *Reaper) dead(ctx context.Context, flow Flow, c *Conversation) (Event, bool, error) {
	fetched, err := r.engine.store.Fetched(ctx, c.ID)
	if err != nil {
		return Event{}, false, err
	}
	ev, dead := flow.Dead(c, fetched, r.engine.Now())
	return ev, dead, nil
}

// probeTimeout bounds asking a desk whether a chat is alive.
const probeTimeout = 10 * time.Second

// askFirst asks the desk before a conversation is closed over the head of its customer. When the desk has seen the customer
// since, our record is mended and nothing is closed. A desk that cannot be reached is no agreement: the sweep tries again.
func (r *Reaper) askFirst(ctx context.Context, c *Conversation, ev Event, tally *sweepTally) (repaired bool, err error) {
	probe, ok := r.engine.desks[c.Desk].(LivenessProbe)
	if !ok {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	life, err := probe.LastSeen(ctx, c)
	if err != nil {
		return false, err
	}
	if !life.Alive || life.LastSeen <= max(c.Fetched, c.LastMessage) {
		return false, nil
	}
	if err := r.receive(ctx, c, Event{
		ID: "seen:" + ev.ID, Type: EventCustomerSeen, Fetched: life.LastSeen, Desk: c.Desk,
	}); err != nil {
		return false, err
	}
	tally.add(func(s *Sweep) { s.Repaired++ })
	return true, nil
}

func (r *Reaper) receive(ctx context.Context, c *Conversation, ev Event) error {
	ev.Conversation = c.ID
	ev.Actor = Actor{Role: ActorSystem, ID: "reaper"}
	_, err := r.engine.Receive(ctx, ev)
	return err
}

// retire archives what has ended, well before it expires. One conversation that cannot be archived does not keep the others
// from it, now and at each later sweep. An archive that takes nothing is left alone until the next sweep; the store keeps what
// has ended until then. Where it works and yet none of many conversations can be archived, that is all for this sweep.
func (r *Reaper) retire(ctx context.Context, partition int, tally *sweepTally) error {
	failed := map[ConversationID]bool{}
	for ctx.Err() == nil {
		items, err := r.engine.store.Retire(ctx, partition, r.retireBefore(r.engine.Now()), sweepBatch+len(failed))
		if err != nil {
			return err
		}
		items = slices.DeleteFunc(items, func(item DueItem) bool { return failed[item.ID] })
		if len(items) == 0 || !r.archiving.mayTry(tally.sweep.At) {
			return nil
		}
		ids, down, errs := r.archiveBatch(ctx, items, failed, tally)
		if len(ids) == 0 {
			return errors.Join(errs...)
		}
		if err := r.engine.store.Retired(ctx, partition, ids); err != nil {
			return err
		}
		tally.add(func(s *Sweep) { s.Retired += len(ids) })
		if down {
			return nil
		}
	}
	return ctx.Err()
}

// archiveBatch archives conversations until the archive is down, and answers those that are archived. It adds those that failed.
func (r *Reaper) archiveBatch(ctx context.Context, items []DueItem, failed map[ConversationID]bool, tally *sweepTally) (
	ids []ConversationID, down bool, errs []error,
) {
	for _, item := range items {
		err := r.archiveOne(ctx, item.ID, tally)
		switch {
		case err == nil:
			ids = append(ids, item.ID)
			continue
		case errors.Is(err, ErrArchiveDown):
			r.archiving.down(ctx, err, tally.sweep.At)
			tally.add(func(s *Sweep) { s.Failed++ })
			return ids, true, nil
		}
		errs = append(errs, err)
		failed[item.ID] = true
		tally.add(func(s *Sweep) { s.Failed++ })
		r.archiving.cannot(ctx, item.ID, err)
		if len(ids) == 0 && len(errs) == archiveTries {
			return nil, false, errs
		}
	}
	return ids, false, errs
}

// retireBefore leaves half of the retention for late words (a rating) and half for an archive that cannot be written now.
func (r *Reaper) retireBefore(now Moment) Moment { return now.Add(-r.retention / 2) }

// archiveOne gives one conversation to the archive. One that is not there any more is lost, and counted.
func (r *Reaper) archiveOne(ctx context.Context, id ConversationID, tally *sweepTally) error {
	if r.archive == nil {
		return nil
	}
	c, err := r.engine.store.Load(ctx, id)
	if errors.Is(err, ErrNotFound) {
		r.log.WarnContext(ctx, "a conversation expired before it was archived", "conversation", id)
		tally.add(func(s *Sweep) { s.Lost++ })
		return nil
	}
	if err != nil {
		return err
	}
	entries, err := r.engine.allEntries(ctx, id, c.Sequence)
	if err != nil {
		return err
	}
	if err := r.archive.Archive(ctx, c, entries); err != nil {
		return err
	}
	r.archiving.works(ctx, id)
	return nil
}
