package orchestrator

import (
	"context"
)

// holdPlace lets the desk at which a handoff begins to wait keep its place in line before the commit, and answers the decision with
// that place. Where the desk says the place later, or cannot be asked now, none is told. The caller gives the place back
// when the commit loses.
func (e *Engine) holdPlace(
	ctx context.Context, flow Flow, c *Conversation, ev *Event, d *Decision, now Moment,
) (decision *Decision, giveBack func(), err error) {
	giveBack = func() {}
	if ev.Held != nil || d.Next == nil || d.Next.State != StateQueued || d.Next.Handoff == c.Handoff {
		return d, giveBack, nil
	}
	ev.Held = &HeldPlace{}
	giveBack = func() { ev.Held = nil } // another round holds anew
	for i := range d.Commands {
		cmd := &d.Commands[i]
		keeper, keeps := e.desks[cmd.To.Connector].(PlaceKeeper)
		if cmd.Type != CommandOpen || cmd.Waiting == nil || !keeps {
			continue
		}
		held, err := keeper.HoldPlace(ctx, c.ID, *cmd.Waiting)
		if err != nil {
			e.log.WarnContext(ctx, "no place in line is told", "desk", cmd.To.Connector, "error", err)
			break
		}
		ev.Held = &held
		giveBack = func() {
			ev.Held = nil
			if err := keeper.GiveBackPlace(context.WithoutCancel(ctx), c.ID, held); err != nil {
				e.log.WarnContext(ctx, "a place in line runs out by itself", "desk", cmd.To.Connector, "error", err)
			}
		}
		break
	}
	if decision, err = flow.Decide(c, ev, now); err != nil {
		giveBack()
	}
	return decision, giveBack, err
}
