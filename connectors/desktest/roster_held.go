package desktest

import (
	"context"
	"crypto/rand"
	"slices"

	"handoff/orchestrator"
)

// hold is a place that counts, but does not ring yet.
type hold struct {
	token string
	until orchestrator.Moment
}

// HoldPlace implements orchestrator.Roster.
func (r *Roster) HoldPlace(
	ctx context.Context, id orchestrator.ConversationID, w orchestrator.Waiting, until orchestrator.Moment,
) (orchestrator.HeldPlace, error) {
	held := orchestrator.HeldPlace{Token: rand.Text()}
	err := r.step(ctx, func() error {
		_, isHeld := r.held[id]
		known, waits := r.waiting[id]
		if !waits {
			for _, p := range r.line(w.Queue) {
				if p.Waiting.Priority == w.Priority && p.Waiting.Front == w.Front && p.Waiting.Since >= w.Since {
					w.Since = p.Waiting.Since + 1
				}
			}
			known = w
			r.waiting[id] = w
		}
		if !waits || isHeld {
			r.held[id] = hold{held.Token, until}
		}
		held.Since = known.Since
		held.Position = 1 + slices.IndexFunc(r.line(known.Queue), func(p orchestrator.Place) bool { return p.Conversation == id })
		return nil
	})
	return held, err
}

// GiveBackPlace implements orchestrator.Roster.
func (r *Roster) GiveBackPlace(ctx context.Context, id orchestrator.ConversationID, held orchestrator.HeldPlace) error {
	return r.step(ctx, func() error {
		if r.held[id].token == held.Token {
			r.leave(id)
		}
		return nil
	})
}

// leave takes a conversation out of its line.
func (r *Roster) leave(id orchestrator.ConversationID) {
	delete(r.waiting, id)
	delete(r.held, id)
}
