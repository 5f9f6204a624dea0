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

// mend compares our record with the vendor's truth after nobody has listened, for what is different although it was told. A
// conversation that our own side has just taken from people is left to the command that is on its way.
func (v *visit) mend(ctx context.Context) error {
	if !v.unheard || v.note.Conversation == "" || v.note.Stand == over {
		return nil
	}
	c, err := v.Memory.Load(ctx, v.note.Conversation)
	if err != nil || c.Desk != v.Name || c.DeskRef != v.ref {
		return nilUnlessBroken(err)
	}
	if v.note.Stand == served && slices.Contains([]orchestrator.State{orchestrator.StateQueued, orchestrator.StateOffered}, c.State) {
		return nil
	}
	return v.Report.Mend(ctx, c, v.truth(), func(ev *orchestrator.Event) { v.seat.address(v, ev) })
}

// truth is what the vendor says, in the words of all desks. Where the handoff is on its way, the bot's session is no drift.
func (v *visit) truth() drift.Truth {
	truth := drift.Truth{Stand: drift.Waiting, Mark: number(v.note.Turn).String()}
	switch v.chat.stand() {
	case served:
		truth.Stand, truth.Agents = drift.Served, []orchestrator.Agent{*v.chat.User.agent()}
	case over:
		truth.Stand = drift.Over
	case withBot, waiting, offline:
	}
	return truth
}
