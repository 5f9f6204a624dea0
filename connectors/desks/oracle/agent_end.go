package oracle

import (
	"context"
	"encoding/json"
	"errors"

	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// End concludes the engagement, if it is still ours, and releases it: one that is concluded only keeps a seat of the bot's.
func (a *agentSeat) End(ctx context.Context, cmd *orchestrator.Command) error {
	ref := cmd.To.Ref
	c, err := a.note(ctx, ref)
	begun := c != nil && c.State == stateOver && c.EndTold == nil // by an attempt of ours, which did not come to its end
	if err != nil || !c.with() && !begun {
		return a.Broken("end", err)
	}
	c.State = stateOver
	if err := a.Keep(ctx, ref, noteChat, c); err != nil {
		return a.Broken("end", err)
	}
	return a.finish(ctx, ref)
}

// Alive asks whether Oracle still has the engagement, by asking where it could be sent.
func (a *agentSeat) Alive(ctx context.Context, ref string) (orchestrator.Liveness, error) {
	c, err := a.note(ctx, ref)
	if err != nil || !c.with() {
		return orchestrator.Liveness{}, a.Broken("probe", err)
	}
	_, err = a.availability(ctx, ref)
	if unknownToOracle(err) {
		return orchestrator.Liveness{}, nil
	}
	return orchestrator.Liveness{Alive: err == nil}, err
}

// finish concludes and releases an engagement that is over for us, and forgets it.
func (a *agentSeat) finish(ctx context.Context, ref string) error {
	for _, op := range []string{"concludeChat", "releaseChat"} {
		_, err := a.call(ctx, op, engagementBody{EngagementID: json.Number(ref), TimeCreated: a.Clock.Now().UnixMilli()})
		if err != nil && !frame.Refused(err) {
			return err
		}
		if err != nil { // concluded by the customer, or released by an attempt whose answer was lost
			a.Log.InfoContext(ctx, "ending an engagement that has ended", "ref", ref, "op", op, "why", err)
		}
	}
	return a.Broken("end", a.release(ctx, ref))
}

// finishHere is finish with the session that has just begun, which no call waits for.
func (l *listener) finishHere(ctx context.Context, ref string) error {
	for _, op := range []string{"concludeChat", "releaseChat"} {
		_, err := l.ofChat(ctx, l.now(), l.request(op, l.now(), engagementBody{EngagementID: json.Number(ref)}))
		if err != nil && !frame.Refused(err) {
			l.Log.WarnContext(ctx, "an engagement that is over could not be released", "ref", ref, "error", err)
			return nil // it is looked at again
		}
	}
	return l.release(ctx, ref)
}

// release forgets an engagement that is not the bot's any more: there is room for another.
func (a *agentSeat) release(ctx context.Context, ref string) error {
	if err := a.Memory.Forget(ctx, a.Name, ref); err != nil {
		return err
	}
	select {
	case a.wake <- struct{}{}:
	default:
	}
	return nil
}

// taken: the engagement is not the bot's any more although we did not hand it over. Oracle missed us and gave it to people, or
// somebody took it.
func taken(why string) endTold {
	return endTold{orchestrator.EventCompleted, "taken over by the desk: not visible from here (" + why + ")"}
}

// customerLeft: the customer ended it.
func customerLeft(why string) endTold { return endTold{orchestrator.EventCustomerLeft, why} }

// leave tells how an engagement ended. What people have is forgotten; what the customer has left is to be finished.
func (a *agentSeat) leave(ctx context.Context, ref string, c *agentNote, how endTold, finish func(context.Context, string) error) error {
	c.State, c.EndTold = stateOver, &how
	if err := a.Keep(ctx, ref, noteChat, c); err != nil {
		return err
	}
	ev := orchestrator.Event{Type: how.Type, Reason: how.Reason}
	if how.Type == orchestrator.EventCustomerLeft {
		ev.Actor = a.customer(c)
	}
	if _, err := a.tell(ctx, ref, "over:"+c.Offer, ev); err != nil {
		return err
	}
	if how.Type == orchestrator.EventCustomerLeft {
		return finish(ctx, ref)
	}
	return a.release(ctx, ref)
}

// lostBy tells what a refusal of Oracle's means for the engagement, when it means that the bot does not have it any more.
func (a *agentSeat) lostBy(ctx context.Context, ref string, c *agentNote, failure error) {
	var how endTold
	switch {
	case hasCode(failure, conflict):
		how = taken(conflict)
	case hasCode(failure, engagementUnknown):
		how = customerLeft(engagementUnknown)
	case errors.Is(failure, errNotFound):
		switch a.whoseNow(ctx, ref) {
		case leadTaken:
			how = taken(unknownException)
		case leadGone:
			how = customerLeft(engagementUnknown)
		case leadOurs, leadUnclear:
			return
		}
	default:
		return
	}
	if err := a.leave(ctx, ref, c, how, a.finish); err != nil {
		a.Log.WarnContext(ctx, "an engagement that is over could not be told or released", "ref", ref, "error", err)
	}
}
