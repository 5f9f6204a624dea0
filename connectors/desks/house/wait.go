package house

import (
	"context"
	"errors"

	"handoff/orchestrator"
)

// soonMS is the expected wait when a seat is free right now: zero would mean that it is not known.
const soonMS = 1000

// Look answers who is there for a queue with these skills, how many wait, and how long one more would wait.
func (d *Desk) Look(ctx context.Context, queue orchestrator.QueueName, skills []string) (orchestrator.Looked, error) {
	floor, err := d.roster.Floor(ctx, peopleOnly)
	if err != nil {
		return orchestrator.Looked{}, d.failed("look", err)
	}
	return look(floor, queue, skills, d.now()), nil
}

// Position answers a waiting conversation's place, 1 for the next, and its expected wait in milliseconds, 0 when that
// is not known. ErrNotWaiting.
func (d *Desk) Position(ctx context.Context, id orchestrator.ConversationID) (position int, waitMS int64, err error) {
	queue, position, err := d.roster.Position(ctx, id)
	switch {
	case errors.Is(err, orchestrator.ErrNotWaiting):
		return 0, 0, err
	case err != nil:
		return 0, 0, d.failed("position", err)
	}
	floor, err := d.roster.Floor(ctx, peopleOnly)
	if err != nil {
		return 0, 0, d.failed("position", err)
	}
	return position, expectedWait(floor, queue, nil, position, d.now()), nil
}

// look counts the people for a queue and what one more conversation would find.
func look(
	floor *orchestrator.Floor, queue orchestrator.QueueName, skills []string, now orchestrator.Moment,
) orchestrator.Looked {
	l := orchestrator.Looked{Known: true, Waiting: floor.Lines[queue].Waiting}
	people, _ := crew(floor, now)
	for _, p := range people {
		if !serves(p.presence, queue, skills) {
			continue
		}
		l.Online++
		if p.taken < p.presence.Capacity {
			l.Ready++
		}
	}
	l.WaitMS = expectedWait(floor, queue, skills, l.Waiting+1, now)
	return l
}

// expectedWait estimates how long the conversation at a place waits, in milliseconds; 0 when it cannot be known,
// because nobody serves the queue or no chat has been finished yet.
//
// With S seats at the people who serve the queue and chats that take H on average, a seat becomes free every H/S. F
// seats are free now, so the conversation at place p waits for p-F seats: (p-F) × H / S. Nothing is said about people
// who serve other queues as well, or about skills that only some of those in front need: it is an estimate for "about
// five minutes".
func expectedWait(
	floor *orchestrator.Floor, queue orchestrator.QueueName, skills []string, place int, now orchestrator.Moment,
) int64 {
	seats, free := 0, 0
	people, _ := crew(floor, now)
	for _, p := range people {
		if serves(p.presence, queue, skills) {
			seats += p.presence.Capacity
			free += max(0, p.presence.Capacity-p.taken)
		}
	}
	switch handle := floor.Lines[queue].HandleMS; {
	case seats == 0:
		return 0
	case place <= free:
		return soonMS
	default:
		return int64(place-free) * handle / int64(seats)
	}
}
