package oracle

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// Actions and types of the answer to an offer.
const (
	actionAccept   = "ACCEPT"
	actionDecline  = "DECLINE"
	assignLead     = "LEAD"
	assignTransfer = "TRANSFER"
	// answersToOffer is how often an answer whose own answer was lost is given.
	answersToOffer = 3
)

// accept takes an offer, or turns it down where there is no room or the bot would be only one of several.
func (l *listener) accept(ctx context.Context, n *note) error {
	ref, offer := n.engagement(), n.id(false)
	if !l.isRef(ref) {
		return nil
	}
	c, err := l.note(ctx, ref)
	if err != nil {
		return err
	}
	if c != nil && c.Offer == offer && c.State != stateOffered {
		return nil // heard again
	}
	if c.with() && c.Begun { // it is offered once more only if it was taken from us unheard
		if at, err := l.whose(ctx, l.now(), ref); err != nil || at == leadOurs {
			return err
		}
	}
	if (n.AssignmentType != assignLead && n.AssignmentType != assignTransfer) || (c == nil && l.room() == 0) {
		if _, err := l.acknowledge(ctx, n, ref, actionDecline); err != nil {
			l.Log.WarnContext(ctx, "an offer could not be turned down", "ref", ref, "error", err)
		}
		return nil
	}
	c = &agentNote{State: stateOffered, Offer: offer, agentKnown: agentKnown{Customer: orchestrator.Customer{
		ID: string(l.Name) + ":" + ref, Name: fullName(n.Name, n.FirstName, n.LastName), Email: clip(string(n.Email)),
	}}}
	if err := l.Keep(ctx, ref, noteKnown, c.agentKnown); err != nil {
		return err
	}
	if err := l.Keep(ctx, ref, noteChat, c); err != nil {
		return err
	}
	e, err := l.acknowledge(ctx, n, ref, actionAccept)
	switch {
	case errors.Is(err, errExpired):
		return fmt.Errorf("accepting an offer: %w", err)
	case err != nil && orchestrator.OutcomeOf(err) == orchestrator.OutcomeUnknown:
		l.Log.WarnContext(ctx, "whether an offer was accepted is not known: Oracle is asked who leads", "ref", ref, "error", err)
		if at, err := l.whose(ctx, l.now(), ref); err != nil || at != leadOurs {
			return err // its first message shows, or the next count
		}
	case err != nil: // too late, or withdrawn
		l.Log.InfoContext(ctx, "an offer is not open any more", "ref", ref, "why", err)
		return l.Memory.Forget(ctx, l.Name, ref)
	}
	return l.accepted(ctx, ref, c, &e)
}

// accepted begins the conversation of an engagement that the bot leads from now on, and asks for the next one.
func (l *listener) accepted(ctx context.Context, ref string, c *agentNote, e *envelope) error {
	if who, told := e.customer(); told {
		c.Client = clip(idText(who.Client, who.ClientText))
		c.Customer.Name = cmp.Or(c.Customer.Name, fullName(who.Name, who.FirstName, who.LastName))
		c.Customer.Email = cmp.Or(c.Customer.Email, clip(string(who.Email)))
	}
	l.mu.Lock()
	l.active[ref] = true
	l.mu.Unlock()
	if err := l.begin(ctx, ref, c); err != nil {
		return err
	}
	if err := l.requestAssignment(ctx, true); err != nil { // one request brings one engagement
		l.Log.WarnContext(ctx, "the next engagement could not be asked for", "error", err)
	}
	return nil
}

// acknowledge answers an offer. A second answer after one that was lost may be refused, because the first was taken: then
// the outcome is still unknown.
func (l *listener) acknowledge(ctx context.Context, n *note, ref, action string) (envelope, error) {
	unsure := error(nil)
	for range answersToOffer {
		e, err := l.ofChat(ctx, l.now(), l.request("assignmentAcknowledgement", l.now(), map[string]any{
			"action": action, "actionType": "AUTO", "assignmentType": string(n.AssignmentType), "engagementId": json.Number(ref),
			"timeCreated": l.Clock.Now().UnixMilli(),
		}))
		switch {
		case err == nil || errors.Is(err, errExpired):
			return e, err
		case frame.Refused(err):
			return e, cmp.Or(unsure, err)
		case orchestrator.OutcomeOf(err) == orchestrator.OutcomeUnknown || unsure == nil:
			unsure = err
		}
	}
	return envelope{}, unsure
}

// begin begins the conversation of an engagement that the bot has taken. The name is what the offer, the participants or the
// customer's own message said. That it is ours is written first: the bot may hand it over as soon as it is told.
func (a *agentSeat) begin(ctx context.Context, ref string, c *agentNote) error {
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
	return a.Keep(ctx, ref, noteKnown, c.agentKnown)
}

// fullName joins what there is of a name.
func fullName(name, first, last text) string {
	return clip(cmp.Or(string(name), strings.TrimSpace(string(first)+" "+string(last))))
}

// setStatus sets the account's status. Oracle calls a change that cannot be made CONFLICT.
func (l *listener) setStatus(ctx context.Context, status string, subtype int64) error {
	_, _, err := l.do(ctx, l.request("setActivityStatus", l.now(), map[string]any{"status": status, "subTypeId": subtype}))
	return err
}

// becomeAvailable makes the bot available. A refusal costs it new engagements, not those that it has: it is tried again with
// each count.
func (l *listener) becomeAvailable(ctx context.Context) error {
	err := l.setStatus(ctx, "AVAILABLE", l.config.AvailableStatus)
	if frame.Refused(err) {
		l.Log.WarnContext(ctx, "the bot cannot be made available: it is offered nothing", "error", err)
		return nil
	}
	l.available = err == nil
	return err
}

// room is how many engagements the bot can still take.
func (l *listener) room() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(0, l.config.MaxChats-len(l.active))
}

// requestAssignment tells Oracle how much room there is, when that has changed or an assignment has used the last request up.
// One call is made at a time, so that what Oracle hears last is what is so.
func (l *listener) requestAssignment(ctx context.Context, again bool) error {
	l.asking.Lock()
	defer l.asking.Unlock()
	if !l.available {
		if err := l.becomeAvailable(ctx); err != nil || !l.available {
			return err
		}
	}
	idle := l.room()
	if idle == l.asked && !again {
		return nil
	}
	l.asked = -1
	_, _, err := l.do(ctx, l.request("requestAssignment", l.now(), map[string]any{
		"assignmentRequested": idle > 0, "idleSessionCount": idle, "maxSessionCount": l.config.MaxChats,
	}))
	switch {
	case err == nil:
		l.asked = idle
	case frame.Refused(err):
		l.Log.WarnContext(ctx, "no engagement can be asked for", "error", err)
		return nil // with each count again
	}
	return err
}
