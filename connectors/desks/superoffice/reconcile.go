package superoffice

import (
	"context"
	"slices"
	"time"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

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

// compare compares our record with the vendor's truth after nobody has listened, for what is different although it was told. A
// conversation that our own side has just taken from people is left to the command that is on its way.
func (r *reading) compare(ctx context.Context) error {
	if !r.unheard || r.note.Stand == over {
		return nil
	}
	c, err := r.Record(ctx, r.note.Conversation)
	if err != nil || c == nil || c.Desk != r.Name || c.DeskRef != r.ref {
		return err
	}
	if r.note.Stand == served && slices.Contains([]orchestrator.State{orchestrator.StateQueued, orchestrator.StateOffered}, c.State) {
		return nil
	}
	return r.Report.Mend(ctx, c, r.truth(), func(ev *orchestrator.Event) { r.seat.address(r, ev) })
}

// truth is what the vendor says, in the words of all desks. Where the handoff is on its way, the bot's session is no drift.
func (r *reading) truth() drift.Truth {
	truth := drift.Truth{Stand: drift.Waiting, Mark: number(r.note.Turn).String()}
	switch r.chat.stand() {
	case served:
		truth.Stand, truth.Agents = drift.Served, []orchestrator.Agent{*r.chat.User.agent()}
	case over:
		truth.Stand = drift.Over
	case withBot, waiting, offline:
	}
	return truth
}
