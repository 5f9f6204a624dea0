package house

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"time"

	"handoff/orchestrator"
)

// Bounds of one assignment.
const (
	// firstWindow is how many waiting conversations of each line are looked at first; lastWindow is how far the view is
	// widened when none of them can be taken although people are free.
	firstWindow, widenBy, lastWindow = 100, 10, 10000
	// maxRounds is how often the floor is read in one assignment. What remains waits for the next kick.
	maxRounds = 64
	// maxUntold is how many offers of this process may be reserved without the engine knowing. One conversation that
	// cannot be decided on must not keep the floor from all others; an engine that answers nothing must not get seats
	// taken for everybody who waits.
	maxUntold = 3
	// tellTimeout bounds one call of the engine between a reservation and its settlement.
	tellTimeout = 5 * time.Second
)

// offer is a reserved seat that the engine is told of.
type offer struct {
	conversation orchestrator.ConversationID
	agent        orchestrator.Agent
	until        orchestrator.Moment // of the reservation
	event        orchestrator.Event
}

// assign offers waiting conversations to people until no more fit together. The caller has the turn.
func (d *Desk) assign(ctx context.Context, sink orchestrator.Sink) error {
	window := firstWindow
	var errs []error
	for range maxRounds {
		floor, err := d.roster.Floor(ctx, window)
		if err != nil {
			return errors.Join(append(errs, fmt.Errorf("reading the floor: %w", err))...)
		}
		now := d.now()
		pairs := match(floor, now)
		if len(pairs) == 0 && window < lastWindow && worthWidening(floor, now) {
			window *= widenBy
			continue
		}
		if len(pairs) == 0 {
			pairs = matchAgain(floor, now)
		}
		if len(pairs) == 0 {
			return errors.Join(errs...)
		}
		for _, p := range pairs {
			if d.untold() >= maxUntold {
				return errors.Join(append(errs, errUntold)...)
			}
			if err := d.offer(ctx, sink, p); err != nil {
				errs = append(errs, err)
			}
		}
	}
	d.kick()
	return errors.Join(errs...)
}

// errUntold is why no further offers are made.
var errUntold = errors.New("no new offers: the engine has not been told of those before")

// untold counts the offers of which the engine does not know.
func (d *Desk) untold() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.unsettled)
}

// worthWidening reports whether somebody is free while a line is longer than what was read of it: those in view may all
// need what nobody has.
func worthWidening(floor *orchestrator.Floor, now orchestrator.Moment) bool {
	if _, free := crew(floor, now); free == 0 {
		return false
	}
	for _, line := range floor.Lines {
		if line.Waiting > len(line.First) {
			return true
		}
	}
	return false
}

// offer reserves the seat, then tells the engine. A pair that another process was faster with is no error.
func (d *Desk) offer(ctx context.Context, sink orchestrator.Sink, p pair) error {
	now := d.now()
	o := offer{
		conversation: p.place.Conversation, agent: p.agent,
		until: now.Add(d.config.OfferFor + d.config.ReservationMargin),
	}
	err := d.roster.Reserve(ctx, orchestrator.Reservation{
		Conversation: o.conversation, Agent: o.agent.ID, Until: o.until, FromLine: true,
	}, now)
	switch {
	case errors.Is(err, orchestrator.ErrNotWaiting), errors.Is(err, orchestrator.ErrNoSeat):
		return nil
	case err != nil:
		return fmt.Errorf("reserving a seat: %w", err)
	}
	o.event = orchestrator.Event{
		// An id of its own for each offer: the same person may be asked again within the same millisecond of a test's clock.
		ID: orchestrator.EventID("offer:" + string(o.agent.ID) + ":" + rand.Text()[:16]), Type: orchestrator.EventOffered,
		Conversation: o.conversation, Actor: d.actor(), Desk: d.config.Name, At: now, Agent: &o.agent,
	}
	return d.tell(ctx, sink, o)
}

// tell reports an offer and settles it by the answer:
//
//   - it rings: the reservation stands until somebody answers;
//   - refused: the conversation does not wait here any more. Only this seat is given back, and not even that where it
//     may be the one by which the conversation rings at this person or is served; see ours;
//   - no answer: it may ring or not. The seat stays reserved and the engine is told again, under the same id, at the
//     next beat; when that fails for too long, or this process dies, the reservation runs out and the place is back.
//
// A stop of the process does not come between a reservation and its telling.
func (d *Desk) tell(ctx context.Context, sink orchestrator.Sink, o offer) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTimeout)
	defer cancel()
	receipt, err := sink.Receive(ctx, o.event)
	if err != nil && !refused(err) {
		d.mu.Lock()
		d.unsettled[o.conversation] = o
		d.mu.Unlock()
		return fmt.Errorf("telling of an offer: %w", err)
	}
	d.mu.Lock()
	delete(d.unsettled, o.conversation)
	d.mu.Unlock()
	if err == nil && rings(receipt.Conversation, o.agent.ID) {
		return nil
	}
	d.log.Info("an offer was not taken", "conversation", string(o.conversation), "agent", string(o.agent.ID), "cause", err)
	if !ours(err, o.agent.ID) {
		return nil
	}
	if err := d.roster.Release(ctx, o.conversation, o.agent.ID, d.now()); err != nil {
		return fmt.Errorf("giving a seat back: %w", err)
	}
	return nil
}

// ours reports whether the seat of a refused offer is certainly of no use to anybody. Two processes can choose the
// same person for the same conversation, and a reservation may be repeated, so both hold one seat; the loser must not
// take it from the winner. Where the conversation rings somewhere by now the seat is left: if not by an answer, it
// ends by running out.
func ours(refusal error, id orchestrator.AgentID) bool {
	var r *orchestrator.Rejection
	if !errors.As(refusal, &r) {
		return true
	}
	return r.State != orchestrator.StateOffered && r.Agent.ID != id
}

// settle tells again of the offers that could not be told.
func (d *Desk) settle(ctx context.Context, sink orchestrator.Sink) error {
	d.mu.Lock()
	waiting := make([]offer, 0, len(d.unsettled))
	now := d.now()
	for id, o := range d.unsettled {
		if o.until <= now {
			delete(d.unsettled, id) // the reservation has run out: the place in line is back
			continue
		}
		waiting = append(waiting, o)
	}
	d.mu.Unlock()
	var errs []error
	for _, o := range waiting {
		errs = append(errs, d.tell(ctx, sink, o))
	}
	return errors.Join(errs...)
}

// rings reports whether the conversation rings at the person, as the engine's answer says.
func rings(c *orchestrator.Conversation, id orchestrator.AgentID) bool {
	return c == nil || (c.State == orchestrator.StateOffered && c.Offer != nil && c.Offer.Agent.ID == id)
}

// refused reports whether an error of the engine is an answer, not a failure to get one.
func refused(err error) bool {
	var rejection *orchestrator.Rejection
	var input *orchestrator.InputError
	switch {
	case errors.As(err, &rejection), errors.Is(err, orchestrator.ErrNotFound):
		return true
	case errors.As(err, &input):
		return input.Status != http.StatusServiceUnavailable
	default:
		return false
	}
}

// actor is who causes what this desk reports.
func (d *Desk) actor() orchestrator.Actor {
	return orchestrator.Actor{Role: orchestrator.ActorDesk, ID: string(d.config.Name)}
}
