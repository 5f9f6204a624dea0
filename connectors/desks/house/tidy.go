package house

import (
	"context"
	"errors"
	"fmt"

	"handoff/orchestrator"
)

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
	mended, err := d.expire(ctx, now)
	sink := d.currentSink()
	if sink == nil {
		return mended, err
	}
	departed, departErr := d.departures(ctx, sink, now)
	settleErr := d.settle(ctx, sink)
	if settleErr == nil { // else the store is unwell: no new offers on top
		settleErr = d.assign(ctx, sink)
	}
	return mended + departed, errors.Join(err, departErr, settleErr, d.announce(ctx, sink, now))
}

// expire takes back reservations that ran out, a bounded number of them.
func (d *Desk) expire(ctx context.Context, now orchestrator.Moment) (int, error) {
	total := 0
	for range expireSteps {
		seats, err := d.roster.Expire(ctx, now, expireAtOnce)
		total += len(seats)
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
