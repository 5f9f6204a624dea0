package house

import (
	"context"
	"errors"
	"slices"

	"handoff/orchestrator"
)

// inviteFrom asks anybody of a queue to join: it chooses a person as for an offer, holds a seat, and reports whom it
// rings at. People in the conversation are never chosen. A repetition finds the seat that is held already, and its
// report has the command's id, so that the colleague is invited once.
func (d *Desk) inviteFrom(ctx context.Context, cmd *orchestrator.Command) error {
	sink := d.currentSink()
	if sink == nil {
		return d.failed("invite", errNotRunning)
	}
	seats, err := d.seatsOf(ctx, cmd.Conversation)
	if err != nil {
		return d.failed("invite", err)
	}
	floor, err := d.roster.Floor(ctx, peopleOnly)
	if err != nil {
		return d.failed("invite", err)
	}
	who, online := colleague(floor, seats, cmd, d.now())
	switch {
	case who == nil && online:
		return d.permanent("invite", codeNoSeat, "nobody of the queue has a free seat")
	case who == nil:
		return d.permanent("invite", codeAway, "nobody of the queue is there")
	}
	ringing := *cmd
	ringing.Agent = who
	if err := d.ring(ctx, "invite", &ringing); err != nil {
		return err
	}
	_, err = sink.Receive(ctx, orchestrator.Event{
		ID: orchestrator.EventID("invite:" + string(cmd.ID)), Type: orchestrator.EventInvited,
		Conversation: cmd.Conversation, Actor: d.actor(), Desk: d.config.Name, At: d.now(), Agent: who, Note: cmd.Note,
	})
	switch {
	case err == nil:
		return nil
	case refused(err): // the conversation has moved on: nobody is needed any more
		return d.do(ctx, "invite", func(now orchestrator.Moment) error {
			return d.roster.Release(ctx, cmd.Conversation, who.ID, now)
		})
	default:
		return d.failed("invite", err)
	}
}

// colleague finds whom an invitation rings at, given the conversation's seats: who holds a seat for it already, else the first choice of those who
// are free. Online tells whether anybody could be asked at all.
func colleague(
	floor *orchestrator.Floor, seats []orchestrator.Seat, cmd *orchestrator.Command, now orchestrator.Moment,
) (who *orchestrator.Agent, online bool) {
	in := slices.Clone(cmd.Waiting.Exclude)
	for _, s := range seats {
		if s.Kind != orchestrator.SeatRinging {
			in = append(in, s.Agent)
			continue
		}
		for i := range floor.Agents {
			if a := &floor.Agents[i]; a.Agent.ID == s.Agent && able(a, cmd.Waiting) && !slices.Contains(in, s.Agent) {
				return &a.Agent, true
			}
		}
	}
	people, _ := crew(floor, now)
	people = slices.DeleteFunc(people, func(p *person) bool {
		return slices.Contains(in, p.presence.Agent.ID) || !able(p.presence, cmd.Waiting)
	})
	wanted := *cmd.Waiting
	wanted.Exclude = nil // done above
	if p := choose(people, &wanted); p != nil {
		return &p.presence.Agent, true
	}
	return nil, len(people) > 0
}

// errNotRunning is the answer to what needs the engine while Run does not work.
var errNotRunning = errors.New("the desk is not running yet")
