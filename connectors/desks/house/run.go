package house

import (
	"context"
	"time"

	"handoff/orchestrator"
)

// beatEvery is how often everything is looked after without being asked. Beats fall on whole multiples of it, so that
// several processes look at the same time and their announcements of places coincide.
const beatEvery = 5 * time.Second

// Run matches conversations with people whenever something changed, and tidies at every beat, until ctx ends.
func (d *Desk) Run(ctx context.Context, sink orchestrator.Sink) error {
	d.setSink(sink)
	defer d.setSink(nil)
	beat := make(chan struct{}, 1)
	arm := func() func() {
		return d.clock.AfterFunc(untilBeat(d.clock.Now()), func() {
			select {
			case beat <- struct{}{}:
			default:
			}
		})
	}
	stop := arm()
	defer func() { stop() }()
	d.kick() // whatever waited before this process began
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-beat:
			stop = arm()
			if _, err := d.Tidy(ctx, d.now()); err != nil && ctx.Err() == nil {
				d.log.Warn("tidying failed, next try at the next beat", "error", err)
			}
		case <-d.kicks:
			if err := d.round(ctx, sink); err != nil && ctx.Err() == nil {
				d.log.Warn("matching failed, next try at the next beat", "error", err)
			}
		}
	}
}

// round matches, when it is its turn.
func (d *Desk) round(ctx context.Context, sink orchestrator.Sink) error {
	done, err := d.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer done()
	return d.assign(ctx, sink)
}

// takeTurn waits until no other round of this process works. Other processes are not held up: the roster's steps are
// atomic.
func (d *Desk) takeTurn(ctx context.Context) (done func(), err error) {
	select {
	case d.turn <- struct{}{}:
		return func() { <-d.turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// untilBeat is the time to the next whole multiple of beatEvery.
func untilBeat(now time.Time) time.Duration {
	return now.Truncate(beatEvery).Add(beatEvery).Sub(now)
}
