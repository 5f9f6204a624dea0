package house

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"handoff/orchestrator"
)

// Codes of the house desk's own errors.
const (
	codeInvalid = "invalid" // the command cannot be carried out as it is
	codeAway    = "away"    // the person is not there
	codeNoSeat  = "no_seat" // the person has no free seat
)

// peopleOnly is how many waiting conversations are read of each line where only people matter.
const peopleOnly = 1

// ring reserves a seat at the person whom the command names, until the ringing is over.
func (d *Desk) ring(ctx context.Context, op string, cmd *orchestrator.Command) error {
	if cmd.Agent == nil || cmd.Agent.ID == "" {
		return d.permanent(op, codeInvalid, "the command names nobody")
	}
	until := d.now().Add(d.config.TransferFor + d.config.ReservationMargin)
	err := d.do(ctx, op, func(now orchestrator.Moment) error {
		return d.roster.Reserve(ctx, orchestrator.Reservation{
			Conversation: cmd.Conversation, Agent: cmd.Agent.ID, Until: until,
		}, now)
	})
	if !errors.Is(err, orchestrator.ErrNoSeat) {
		return err
	}
	return d.whyNoSeat(ctx, op, cmd.Agent.ID)
}

// whyNoSeat tells an absent person from a busy one.
func (d *Desk) whyNoSeat(ctx context.Context, op string, id orchestrator.AgentID) error {
	floor, err := d.roster.Floor(ctx, peopleOnly)
	if err != nil {
		return d.failed(op, err)
	}
	now := d.now()
	present := slices.ContainsFunc(floor.Agents, func(p orchestrator.Presence) bool {
		return p.Agent.ID == id && there(&p, now)
	})
	if !present {
		return d.permanent(op, codeAway, "the person is not there")
	}
	return d.permanent(op, codeNoSeat, "the person has no free seat")
}

// keepSeat leaves the owner's seat taken for after-call work and gives all others back. A seat that is not there is not
// made: the command may be a late repetition, and nobody would give that seat back.
func (d *Desk) keepSeat(ctx context.Context, cmd *orchestrator.Command, now orchestrator.Moment) error {
	seats, err := d.seatsOf(ctx, cmd.Conversation)
	if err != nil {
		return err
	}
	keeper := keeperOf(seats, cmd.Agent)
	if keeper == "" {
		return d.roster.Remove(ctx, cmd.Conversation, now)
	}
	for _, s := range seats {
		if s.Agent == keeper {
			continue
		}
		if err := d.roster.Release(ctx, cmd.Conversation, s.Agent, now); err != nil {
			return err
		}
	}
	return d.roster.Take(ctx, cmd.Conversation, keeper, orchestrator.SeatWrapUp, now)
}

// keeperOf finds whose seat stays: that of the person named, of the owner, of who already does the after-call work,
// or of the guest who has been there longest. A ringing seat is nobody's.
func keeperOf(seats []orchestrator.Seat, named *orchestrator.Agent) orchestrator.AgentID {
	rank := func(s orchestrator.Seat) int {
		switch {
		case s.Kind == orchestrator.SeatRinging:
			return 0
		case named != nil && s.Agent == named.ID:
			return 4
		case s.Kind == orchestrator.SeatOwner:
			return 3
		case s.Kind == orchestrator.SeatWrapUp:
			return 2
		default:
			return 1
		}
	}
	var keeper orchestrator.AgentID
	best := 0
	for _, s := range seats {
		if r := rank(s); r > best {
			keeper, best = s.Agent, r
		}
	}
	return keeper
}

// seatsOf reads a conversation's seats, the oldest first.
func (d *Desk) seatsOf(ctx context.Context, id orchestrator.ConversationID) ([]orchestrator.Seat, error) {
	seats, err := d.roster.Seats(ctx, orchestrator.SeatFilter{Conversation: id})
	slices.SortFunc(seats, func(a, b orchestrator.Seat) int {
		return cmp.Or(cmp.Compare(a.Since, b.Since), compareText(a.Agent, b.Agent))
	})
	return seats, err
}

// do carries out one step of a command. Every step at the roster may be repeated, so whatever stopped it, trying
// again is right: the outcome is never "look before repeating".
func (d *Desk) do(ctx context.Context, op string, step func(now orchestrator.Moment) error) error {
	if err := ctx.Err(); err != nil {
		return d.failed(op, err)
	}
	if err := step(d.now()); err != nil {
		return d.failed(op, err)
	}
	return nil
}

func (d *Desk) failed(op string, err error) error {
	return &orchestrator.ConnectorError{
		Connector: d.config.Name, Op: op, Outcome: orchestrator.OutcomeRetry, Err: err,
	}
}

func (d *Desk) permanent(op, code, detail string) error {
	return &orchestrator.ConnectorError{
		Connector: d.config.Name, Op: op, Code: code, Outcome: orchestrator.OutcomePermanent, Err: errors.New(detail),
	}
}
