package house

import (
	"context"
	"errors"
	"fmt"
	"time"

	"handoff/orchestrator"
)

// reasonUnanswered is why it does not ring any more.
const reasonUnanswered = "unanswered"

// Bounds of one tidying.
const (
	expireAtOnce = 500 // reservations taken back in one step
	expireSteps  = 20
	// unansweredFor is how long the engine is told again that a reservation ran out.
	unansweredFor = 10 * time.Minute
	// recountEvery is how often what is counted of the seats is compared with them.
	recountEvery = time.Hour
)

// Tidy takes back reservations that ran out, reports people who vanished, tells again what could not be told,
// matches, and announces places. It answers how many reservations and vanished people it dealt with. While Run does
// not work in this process there is nobody to tell, so all of it is left to a process that runs.
func (d *Desk) Tidy(ctx context.Context, now orchestrator.Moment) (int, error) {
	done, err := d.takeTurn(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	sink := d.currentSink()
	if sink == nil {
		return 0, nil
	}
	recountErr := d.recount(ctx, now)
	mended, err := d.expire(ctx, now)
	unheardErr := d.tellUnheard(ctx, sink, now)
	departed, departErr := d.departures(ctx, sink, now)
	settleErr := d.settle(ctx, sink)
	assignErr := d.assign(ctx, sink)
	return mended + departed, errors.Join(
		recountErr, err, unheardErr, departErr, settleErr, assignErr, d.announce(ctx, sink, now),
	)
}

// recount mends what is counted of the seats, at the first beat of this process and then now and then. The scripts keep the
// counts with the seats, so nothing is wrong unless a process of the version before or somebody's hand changed them.
func (d *Desk) recount(ctx context.Context, now orchestrator.Moment) error {
	if d.recounted != 0 && now.Sub(d.recounted) < recountEvery {
		return nil
	}
	mended, err := d.roster.RecountSeats(ctx)
	if err != nil {
		return fmt.Errorf("recounting seats: %w", err)
	}
	d.recounted = now
	if mended > 0 {
		d.log.Warn("the counts of seats were wrong and are mended", "entries", mended)
	}
	return nil
}

// expire takes back reservations that ran out, a bounded number of them; the engine is to be told of each.
func (d *Desk) expire(ctx context.Context, now orchestrator.Moment) (int, error) {
	total := 0
	for range expireSteps {
		seats, err := d.roster.Expire(ctx, now, expireAtOnce)
		total += len(seats)
		d.unheard = append(d.unheard, seats...)
		if err != nil {
			return total, fmt.Errorf("taking back reservations: %w", err)
		}
		for _, s := range seats {
			d.log.Info("a reservation ran out", "conversation", string(s.Conversation), "agent", string(s.Agent))
		}
		if len(seats) < expireAtOnce {
			break
		}
	}
	return total, nil
}

// tellUnheard reports that nobody answered, again at each beat where that fails. An offer and a transfer have a deadline of
// their own in the engine, which comes first and makes this a refused repetition; an invitation has none.
func (d *Desk) tellUnheard(ctx context.Context, sink orchestrator.Sink, now orchestrator.Moment) error {
	var still []orchestrator.Seat
	var errs []error
	for _, s := range d.unheard {
		err := d.unanswered(ctx, sink, s, now)
		if err != nil && now.Sub(s.Until) < unansweredFor {
			still = append(still, s)
		}
		errs = append(errs, err)
	}
	d.unheard = still
	return errors.Join(errs...)
}

// unanswered reports that it rang at a person in vain.
func (d *Desk) unanswered(ctx context.Context, sink orchestrator.Sink, s orchestrator.Seat, now orchestrator.Moment) error {
	_, err := sink.Receive(ctx, orchestrator.Event{
		ID:   orchestrator.EventID(fmt.Sprintf("unanswered:%s:%d", s.Agent, int64(s.Until))),
		Type: orchestrator.EventOfferExpired, Conversation: s.Conversation, Actor: d.actor(), Desk: d.config.Name, At: now,
		Agent: &orchestrator.Agent{ID: s.Agent}, Reason: reasonUnanswered,
	})
	if err != nil && !refused(err) {
		return fmt.Errorf("reporting that %s did not answer: %w", s.Agent, err)
	}
	return nil
}
