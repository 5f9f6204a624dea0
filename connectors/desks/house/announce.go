package house

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"handoff/orchestrator"
)

// Bounds of announcements.
const (
	announceEvery = 10 * time.Second // per conversation
	announceFirst = 100              // of each line; those further back hear when they come nearer
)

// announce tells waiting conversations whose place has changed, at most once in each ten seconds of the clock. The
// place at which a conversation is first seen is not announced: the answer to its request said it. The id of the
// event is that of the ten seconds, so that of several processes one is heard.
func (d *Desk) announce(ctx context.Context, sink orchestrator.Sink, now orchestrator.Moment) error {
	bucket := now - now%orchestrator.Moment(announceEvery.Milliseconds())
	if d.bucket == bucket { // guarded by the turn, as everything here
		return nil
	}
	floor, err := d.roster.Floor(ctx, announceFirst)
	if err != nil {
		return fmt.Errorf("reading the places: %w", err)
	}
	d.bucket = bucket
	before := d.told
	d.told = make(map[orchestrator.ConversationID]int, len(before))
	var errs []error
	for _, queue := range sortedQueues(floor) {
		for i, place := range floor.Lines[queue].First {
			position := i + 1
			was, seen := before[place.Conversation]
			d.told[place.Conversation] = position
			if !seen || was == position {
				continue
			}
			if err := d.announceOne(ctx, sink, floor, place, position, bucket); err != nil {
				d.told[place.Conversation] = was
				errs = append(errs, err)
			}
			d.assignIfKicked(ctx, sink)
		}
	}
	return errors.Join(errs...)
}

func (d *Desk) announceOne(
	ctx context.Context, sink orchestrator.Sink, floor *orchestrator.Floor, place orchestrator.Place, position int,
	bucket orchestrator.Moment,
) error {
	now := d.now()
	looked := look(floor, place.Waiting.Queue, place.Waiting.Skills, now)
	looked.WaitMS = expectedWait(floor, place.Waiting.Queue, place.Waiting.Skills, position, now)
	_, err := sink.Receive(ctx, orchestrator.Event{
		ID:   orchestrator.EventID(fmt.Sprintf("position:%d", int64(bucket))),
		Type: orchestrator.EventPositionChanged, Conversation: place.Conversation, Actor: d.actor(),
		Desk: d.config.Name, At: now, Position: position, Looked: &looked,
	})
	if err != nil && !refused(err) {
		return fmt.Errorf("announcing a place: %w", err)
	}
	return nil
}

// assignIfKicked lets a person who became free not wait for a long line's announcements.
func (d *Desk) assignIfKicked(ctx context.Context, sink orchestrator.Sink) {
	select {
	case <-d.kicks:
		if err := d.assign(ctx, sink); err != nil {
			d.log.Warn("matching failed, next try at the next beat", "error", err)
		}
	default:
	}
}

func sortedQueues(floor *orchestrator.Floor) []orchestrator.QueueName {
	names := make([]orchestrator.QueueName, 0, len(floor.Lines))
	for name := range floor.Lines {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
