package superoffice

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"handoff/orchestrator"
)

// Bounds of the timer.
const (
	// maxWatched is how many sessions are watched at a time.
	maxWatched = 20000
	// hookCheck is how often the registration of our webhook is looked at.
	hookCheck = 5 * time.Minute
	// reconcileTries is how often everything is read before what could not be is left to the timer.
	reconcileTries = 4
	// firstRoundPause and longestRoundPause bound the waits between attempts to reconcile.
	firstRoundPause, longestRoundPause = time.Second, 30 * time.Second
	// Statuses of sessions that are not over, as the list's filter wants them.
	liveStatuses, waitingStatus = "1,2,4,5,6", "4"
)

// Serve subscribes, and reconciles every session that we know with the vendor's truth, then reads them all on a timer, because webhooks can be
// lost. It ends when a call finds the session expired, or the tenant may have moved.
func (b account) Serve(ctx context.Context, session []byte, ready func()) error {
	s, err := decodeSession(session)
	if err != nil {
		return err
	}
	checked := b.Clock.Now()
	b.tryHook(ctx)
	b.listens(false)
	if err := b.reconcile(ctx); err != nil {
		return err
	}
	b.listens(true)
	ready()
	for {
		if err := b.Report.Rest(ctx, b.config.PollEvery); err != nil {
			return err
		}
		if s.Until != 0 && b.Now() >= s.Until {
			return errMoved
		}
		if now := b.Clock.Now(); now.Sub(checked) >= hookCheck {
			checked = now
			b.tryHook(ctx)
		}
		if err := b.round(ctx, false); err != nil && ctx.Err() == nil {
			b.Log.WarnContext(ctx, "not every session could be read", "error", err)
		}
	}
}

// tryHook looks at the registration of our webhook. Without it everything is heard by the timer.
func (b *base) tryHook(ctx context.Context) {
	if err := b.checkHook(ctx); err != nil && ctx.Err() == nil {
		b.Log.WarnContext(ctx, "the webhook is not registered", "error", err)
	}
}

// reconcile reads every session, again where that failed. What fails again and again is left to the timer.
func (b *base) reconcile(ctx context.Context) error {
	pause := time.Duration(0)
	for range reconcileTries {
		if err := b.Report.Rest(ctx, pause); err != nil {
			return err
		}
		err := b.round(ctx, true)
		if err == nil {
			return nil
		}
		b.Log.WarnContext(ctx, "not everything could be reconciled", "error", err)
		pause = min(max(2*pause, firstRoundPause), longestRoundPause)
	}
	return ctx.Err()
}

// round reads every session that we know, those of the bot's topics that nobody told us of, and the lines. It answers the
// first failure; the others are tried all the same.
func (b *base) round(ctx context.Context, unheard bool) error {
	refs, failure := b.watched(ctx)
	var mu sync.Mutex
	fail := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		failure = errors.Join(failure, err)
		if len(failure.Error()) > maxSetting {
			failure = err
		}
	}
	work := make(chan string)
	var workers sync.WaitGroup
	for range min(visitors, len(refs)) {
		workers.Go(func() {
			for ref := range work {
				if err := b.look(ctx, ref, unheard); err != nil {
					fail(err)
				}
			}
		})
	}
	for _, ref := range refs {
		if ctx.Err() != nil {
			break
		}
		work <- ref
	}
	close(work)
	workers.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err := b.tellPlaces(ctx, refs); err != nil {
		fail(err)
	}
	return failure
}

// watched are the sessions to read: those that something is kept of, unless they are over, and in the agent seat those that
// live in the bot's topics.
func (b *base) watched(ctx context.Context) ([]string, error) {
	handles, failure := b.Memory.Handles(ctx, b.Name, 0, maxWatched)
	var refs []string
	live := map[string]bool{}
	if b.config.Seat == SeatAgent {
		for _, topic := range b.seat.topicsNow() {
			ids, err := b.sessionsOf(ctx, "poll", topic, liveStatuses)
			failure = errors.Join(failure, err)
			slices.Sort(ids)
			for _, id := range ids {
				if ref := id.String(); !live[ref] {
					live[ref] = true
					refs = append(refs, ref)
				}
			}
		}
	}
	for _, handle := range handles {
		if !isID(handle.Ref) || live[handle.Ref] {
			continue
		}
		k, err := b.read(ctx, handle.Ref)
		switch {
		case err != nil:
			failure = errors.Join(failure, err)
		case k.note == nil && !k.ended && b.config.Seat == SeatCustomer: // it is being opened
		case k.note == nil || k.note.Stand != over:
			refs = append(refs, handle.Ref)
		case b.Now().Sub(k.note.OverAt) > revivable:
			failure = errors.Join(failure, b.Memory.Forget(ctx, b.Name, handle.Ref))
		}
	}
	return refs, failure
}

// tellPlaces tells those who wait which place in line they have, when it has changed. The vendor tells it in no entity but
// the list.
func (b *base) tellPlaces(ctx context.Context, refs []string) error {
	if len(refs) == 0 {
		return nil
	}
	places := map[string]int{}
	for _, topic := range b.seat.topicsNow() {
		ids, err := b.sessionsOf(ctx, "poll", topic, waitingStatus)
		if err != nil {
			return err
		}
		slices.Sort(ids)
		for i, id := range ids {
			places[id.String()] = i + 1
		}
	}
	for _, ref := range refs {
		if err := b.tellPlace(ctx, ref, places[ref]); err != nil {
			return err
		}
	}
	return nil
}

func (b *base) tellPlace(ctx context.Context, ref string, place int) error {
	b.mu.Lock()
	news := place != 0 && b.places[ref] != place
	if place == 0 {
		delete(b.places, ref)
	} else {
		b.places[ref] = place
	}
	b.mu.Unlock()
	if !news {
		return nil
	}
	k, err := b.read(ctx, ref)
	if err != nil || k.note == nil || k.note.Conversation == "" || k.note.Stand != waiting {
		return err
	}
	v := &visit{base: b, ref: ref, kept: k, note: *k.note}
	return v.tell(ctx, "", &orchestrator.Event{
		ID:   orchestrator.EventID(string(b.Name) + ":" + ref + ":place:" + number(v.note.Turn).String() + ":" + number(place).String()),
		Type: orchestrator.EventPositionChanged, Position: place,
	})
}
