package oracle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"handoff/orchestrator"
)

// Actions and types of the answer to an offer.
const (
	accept         = "ACCEPT"
	decline        = "DECLINE"
	assignLead     = "LEAD"
	assignTransfer = "TRANSFER"
	// answers is how often an answer whose own answer was lost is given.
	answers = 3
)

// answer takes an offer, or turns it down where there is no room or the bot would be only one of several.
func (w *watch) answer(ctx context.Context, n *note) error {
	ref, offer := n.engagement(), n.id(false)
	id, err := number64(ref)
	if err != nil {
		return nil //nolint:nilerr // no engagement of Oracle's
	}
	c, err := w.kept(ctx, ref)
	if err != nil {
		return err
	}
	if c != nil && c.Offer == offer && c.State != stateOffered {
		return nil // heard again
	}
	if c.with() && c.Begun { // it is offered once more only if it was taken from us unheard
		if at, err := w.whose(ctx, w.now(), id); err != nil || at == leadOurs {
			return err
		}
	}
	if (n.AssignmentType != assignLead && n.AssignmentType != assignTransfer) || (c == nil && w.room() == 0) {
		if _, err := w.acknowledge(ctx, n, id, decline); err != nil {
			w.Log.WarnContext(ctx, "an offer could not be turned down", "ref", ref, "error", err)
		}
		return nil
	}
	c = &agentChat{State: stateOffered, Offer: offer, known: known{Customer: orchestrator.Customer{
		ID: string(w.Name) + ":" + ref, Name: fullName(n.Name, n.FirstName, n.LastName), Email: clip(string(n.Email)),
	}}}
	if err := w.Keep(ctx, ref, noteKnown, c.known); err != nil {
		return err
	}
	if err := w.Keep(ctx, ref, noteChat, c); err != nil {
		return err
	}
	e, err := w.acknowledge(ctx, n, id, accept)
	switch {
	case errors.Is(err, errExpired):
		return fmt.Errorf("accepting an offer: %w", err)
	case err != nil && orchestrator.OutcomeOf(err) == orchestrator.OutcomeUnknown:
		w.Log.WarnContext(ctx, "whether an offer was accepted is not known: Oracle is asked who leads", "ref", ref, "error", err)
		if at, err := w.whose(ctx, w.now(), id); err != nil || at != leadOurs {
			return err // its first message shows, or the next count
		}
	case err != nil: // too late, or withdrawn
		w.Log.InfoContext(ctx, "an offer is not open any more", "ref", ref, "why", err)
		return w.Memory.Forget(ctx, w.Name, ref)
	}
	return w.accepted(ctx, ref, c, &e)
}

// accepted begins the conversation of an engagement that the bot leads from now on, and asks for the next one.
func (w *watch) accepted(ctx context.Context, ref string, c *agentChat, e *envelope) error {
	if who, told := e.customer(); told {
		c.Client = clip(twin(who.Client, who.ClientText))
		c.Customer.Name = cmp.Or(c.Customer.Name, fullName(who.Name, who.FirstName, who.LastName))
		c.Customer.Email = cmp.Or(c.Customer.Email, clip(string(who.Email)))
	}
	w.mu.Lock()
	w.active[ref] = true
	w.mu.Unlock()
	if err := w.start(ctx, ref, c); err != nil {
		return err
	}
	if err := w.ask(ctx, true); err != nil { // one request brings one engagement
		w.Log.WarnContext(ctx, "the next engagement could not be asked for", "error", err)
	}
	return nil
}

// acknowledge answers an offer. A second answer after one that was lost may be refused, because the first was taken: then
// the outcome is still unknown.
func (w *watch) acknowledge(ctx context.Context, n *note, id int64, action string) (envelope, error) {
	unsure := error(nil)
	for range answers {
		e, err := w.ofChat(ctx, w.now(), w.request("assignmentAcknowledgement", w.now(), map[string]any{
			"action": action, "actionType": "AUTO", "assignmentType": string(n.AssignmentType), "engagementId": id,
			"timeCreated": w.Clock.Now().UnixMilli(),
		}))
		switch {
		case err == nil || errors.Is(err, errExpired):
			return e, err
		case orchestrator.OutcomeOf(err) == orchestrator.OutcomePermanent:
			return e, cmp.Or(unsure, err)
		case orchestrator.OutcomeOf(err) == orchestrator.OutcomeUnknown || unsure == nil:
			unsure = err
		}
	}
	return envelope{}, unsure
}

// start begins the conversation of an engagement that the bot has taken. The name is what the offer, the participants or the
// customer's own message said. That it is ours is written first: the bot may hand it over as soon as it is told.
func (a *agentSeat) start(ctx context.Context, ref string, c *agentChat) error {
	if c.State == stateOffered {
		c.State = stateOurs
		if err := a.Keep(ctx, ref, noteChat, c); err != nil {
			return err
		}
	}
	receipt, err := a.tell(ctx, ref, "started:"+c.Offer, orchestrator.Event{
		Type: orchestrator.EventStarted, Customer: &c.Customer, Actor: a.customer(c),
	})
	if err != nil {
		return err
	}
	c.Begun = true
	if receipt.Conversation != nil {
		c.Conversation = receipt.Conversation.ID
	}
	return a.Keep(ctx, ref, noteKnown, c.known)
}

// fullName joins what there is of a name.
func fullName(name, first, last text) string {
	return clip(cmp.Or(string(name), strings.TrimSpace(string(first)+" "+string(last))))
}

// become sets the account's status. Oracle calls a change that cannot be made CONFLICT.
func (w *watch) become(ctx context.Context, status string, subtype int64) error {
	_, _, err := w.do(ctx, w.request("setActivityStatus", w.now(), map[string]any{"status": status, "subTypeId": subtype}))
	return err
}

// show makes the bot available. A refusal costs it new engagements, not those that it has: it is tried again with each count.
func (w *watch) show(ctx context.Context) error {
	err := w.become(ctx, "AVAILABLE", w.config.AvailableStatus)
	if err != nil && orchestrator.OutcomeOf(err) == orchestrator.OutcomePermanent {
		w.Log.WarnContext(ctx, "the bot cannot be made available: it is offered nothing", "error", err)
		return nil
	}
	w.available = err == nil
	return err
}

// room is how many engagements the bot can still take.
func (w *watch) room() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return max(0, w.config.MaxChats-len(w.active))
}

// ask tells Oracle how much room there is, when that has changed or an assignment has used the last request up. One call is
// made at a time, so that what Oracle hears last is what is so.
func (w *watch) ask(ctx context.Context, again bool) error {
	w.asking.Lock()
	defer w.asking.Unlock()
	if !w.available {
		if err := w.show(ctx); err != nil || !w.available {
			return err
		}
	}
	idle := w.room()
	if idle == w.asked && !again {
		return nil
	}
	w.asked = -1
	_, _, err := w.do(ctx, w.request("requestAssignment", w.now(), map[string]any{
		"assignmentRequested": idle > 0, "idleSessionCount": idle, "maxSessionCount": w.config.MaxChats,
	}))
	switch {
	case err == nil:
		w.asked = idle
	case orchestrator.OutcomeOf(err) == orchestrator.OutcomePermanent:
		w.Log.WarnContext(ctx, "no engagement can be asked for", "error", err)
		return nil // with each count again
	}
	return err
}
