package oracle

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"handoff/orchestrator"
)

// hearAll answers the offers of an answer first, because Oracle waits 60 s for that, and then tells the rest in order. The
// next getMessages takes the next number only when all of it was told.
func (w *watch) hearAll(ctx context.Context, body []byte) error {
	notes, skipped := decodeAgent(body)
	if skipped > 0 {
		w.Log.InfoContext(ctx, "messages could not be read", "count", skipped)
	}
	lost := false
	for i := range notes {
		if notes[i].kind == offered {
			if err := w.answer(ctx, &notes[i]); err != nil {
				return err
			}
		}
	}
	for i := range notes {
		lost = lost || notes[i].kind == broken
		if err := w.hear(ctx, &notes[i]); err != nil {
			return err
		}
	}
	if lost {
		return errors.New("the chat server says that the session is broken")
	}
	w.transaction++
	w.mu.Lock()
	due := orchestrator.MomentOf(w.Clock.Now()).Sub(w.counted) >= recountEvery
	w.mu.Unlock()
	if due {
		return w.recount(ctx)
	}
	return nil
}

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

// hear tells what one message says of an engagement of the bot's, or of the session.
func (w *watch) hear(ctx context.Context, n *note) error {
	switch n.kind {
	case offered, quiet, broken:
		return nil
	case moved:
		return w.swap(ctx, n.pool())
	case unheard, said, types, joined, left, concluded, waits, leads, presence:
	}
	ref := n.engagement()
	c, err := w.kept(ctx, ref)
	if err != nil {
		return err
	}
	if c == nil || c.State == stateOver || c.State == stateHanded {
		w.Log.InfoContext(ctx, "a message was left aside", "ref", ref, "name", n.name)
		return nil
	}
	if !c.Begun && n.kind != left && n.kind != concluded { // so the acceptance had arrived
		if err := w.start(ctx, ref, c); err != nil {
			return err
		}
	}
	switch n.kind {
	case said:
		return w.word(ctx, ref, c, n)
	case types:
		return w.types(ctx, ref, c, n)
	case joined:
		return w.joined(ctx, ref, c, n)
	case left, concluded:
		return w.left(ctx, ref, c, n)
	case unheard, waits, leads, presence, offered, moved, broken, quiet:
	}
	return nil
}

// byCustomer: the message is the customer's.
func (w *watch) byCustomer(c *agentChat, n *note) bool {
	if n.SenderType != "" && n.SenderType != "NONE" && n.SenderType != "UNKNOWN" {
		return n.SenderType == endUser
	}
	from := cmp.Or(n.sender(), n.client())
	if c.Client != "" {
		return from == c.Client
	}
	return from != w.now().Client
}

func (w *watch) word(ctx context.Context, ref string, c *agentChat, n *note) error {
	words := n.words()
	if words == "" || !w.byCustomer(c, n) {
		return nil // our own, echoed, or another participant's
	}
	id := n.id(false)
	_, err := w.tell(ctx, ref, id, orchestrator.Event{
		Type: orchestrator.EventMessage, Actor: w.customer(c), At: n.at(),
		Message: &orchestrator.Message{ID: ref + "-" + id, Text: words},
	})
	return err
}

func (w *watch) types(ctx context.Context, ref string, c *agentChat, n *note) error {
	if !w.byCustomer(c, n) {
		return nil
	}
	_, err := w.tell(ctx, ref, "", orchestrator.Event{
		Type: orchestrator.EventTyping, Actor: w.customer(c), Typing: n.Mode == modeResponding,
	})
	return err
}

// joined learns the customer's client id and name, where the offer did not say them.
func (w *watch) joined(ctx context.Context, ref string, c *agentChat, n *note) error {
	if n.Role != endUser {
		return nil
	}
	name := clip(string(n.Name))
	news := name != "" && c.Customer.Name == ""
	c.Client, c.Customer.Name = cmp.Or(n.client(), c.Client), cmp.Or(c.Customer.Name, name)
	if err := w.Keep(ctx, ref, noteKnown, c.known); err != nil || !news {
		return err
	}
	_, err := w.tell(ctx, ref, n.id(false), orchestrator.Event{
		Type: orchestrator.EventContextUpdated, Customer: &c.Customer, Actor: w.customer(c),
	})
	return err
}

// left: the customer went, or the engagement was taken from the bot. While it is being handed over, that it went into a
// queue is what was asked for.
func (w *watch) left(ctx context.Context, ref string, c *agentChat, n *note) error {
	why, client := n.because(), n.client()
	own := client != "" && client == w.now().Client
	var how farewell
	switch {
	case c.State == stateHanding && (why == toQueue || own):
		return nil
	case why == toQueue, why == byAgent, own && why != byCustomer:
		how = taken(why)
	case client != "" && c.Client != "" && client != c.Client && !own && why != byCustomer && n.kind == left:
		return nil // a colleague's
	default:
		how = customerLeft(cmp.Or(why, "left"))
	}
	err := w.leave(ctx, ref, c, how, w.finishHere)
	w.mu.Lock()
	delete(w.active, ref)
	w.mu.Unlock()
	return err
}
