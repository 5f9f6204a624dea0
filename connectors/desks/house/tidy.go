package house

import (
	"context"
	"errors"
	"fmt"

	"handoff/orchestrator"
)

// reasonUnanswered is why it does not ring any more.
const reasonUnanswered = "unanswered"

// Bounds of one tidying.
const (
	expireAtOnce = 500 // reservations taken back in one step
	expireSteps  = 20
)

// Tidy takes back reservations that ran out, reports people who vanished, tells again what could not be told,
// matches, and announces places. It answers how many reservations and vanished people it dealt with. While Run does
// not work in this process there is nobody to tell, so only reservations are taken back; a process that runs does the
// rest.
func (d *Desk) Tidy(ctx context.Context, now orchestrator.Moment) (int, error) {
	done, err := d.takeTurn(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	sink := d.currentSink()
	mended, err := d.expire(ctx, sink, now)
	if sink == nil {
		return mended, err
	}
	departed, departErr := d.departures(ctx, sink, now)
	settleErr := d.settle(ctx, sink)
	assignErr := d.assign(ctx, sink)
	return mended + departed, errors.Join(err, departErr, settleErr, assignErr, d.announce(ctx, sink, now))
}

// expire takes back reservations that ran out, a bounded number of them, and reports that nobody answered. An offer and a
// transfer have a deadline of their own in the engine, which comes first and makes this a refused repetition; an invitation
// has none.
func (d *Desk) expire(ctx context.Context, sink orchestrator.Sink, now orchestrator.Moment) (int, error) {
	total := 0
	var errs []error
	for range expireSteps {
		seats, err := d.roster.Expire(ctx, now, expireAtOnce)
		total += len(seats)
		if err != nil {
			return total, errors.Join(append(errs, fmt.Errorf("taking back reservations: %w", err))...)
		}
		for _, s := range seats {
			d.log.Info("a reservation ran out", "conversation", string(s.Conversation), "agent", string(s.Agent))
			errs = append(errs, d.unanswered(ctx, sink, s, now))
		}
		if len(seats) < expireAtOnce {
			break
		}
	}
	return total, errors.Join(errs...)
}

// unanswered reports that it rang at a person in vain.
func (d *Desk) unanswered(ctx context.Context, sink orchestrator.Sink, s orchestrator.Seat, now orchestrator.Moment) error {
	if sink == nil {
		return nil
	}
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
