package oracle

import (
	"cmp"
	"context"
	"errors"

	"handoff/orchestrator"
)

// hearAll answers the offers of an answer first, because Oracle waits 60 s for that, and then tells the rest in order. The
// next getMessages takes the next number only when all of it was told.
func (l *listener) hearAll(ctx context.Context, body []byte) error {
	notes, skipped := decodeAgent(body)
	if skipped > 0 {
		l.Log.InfoContext(ctx, "messages could not be read", "count", skipped)
	}
	lost := false
	for i := range notes {
		if notes[i].kind == offered {
			if err := l.accept(ctx, &notes[i]); err != nil {
				return err
			}
		}
	}
	for i := range notes {
		lost = lost || notes[i].kind == broken
		if err := l.hear(ctx, &notes[i]); err != nil {
			return err
		}
	}
	if lost {
		return errors.New("the chat server says that the session is broken")
	}
	l.transaction++
	l.mu.Lock()
	due := orchestrator.MomentOf(l.Clock.Now()).Sub(l.counted) >= recountEvery
	l.mu.Unlock()
	if due {
		return l.recount(ctx)
	}
	return nil
}

// hear tells what one message says of an engagement of the bot's, or of the session.
func (l *listener) hear(ctx context.Context, n *note) error {
	switch n.kind {
	case offered, quiet, broken:
		return nil
	case moved:
		return l.movePool(ctx, n.pool())
	case unheard, said, types, joined, left, concluded, waits, leads, presence:
	}
	ref := n.engagement()
	c, err := l.note(ctx, ref)
	if err != nil {
		return err
	}
	if c == nil || c.State == stateOver || c.State == stateHanded {
		l.Log.InfoContext(ctx, "a message was left aside", "ref", ref, "name", n.name)
		return nil
	}
	if !c.Begun && n.kind != left && n.kind != concluded { // so the acceptance had arrived
		if err := l.begin(ctx, ref, c); err != nil {
			return err
		}
	}
	switch n.kind {
	case said:
		return l.word(ctx, ref, c, n)
	case types:
		return l.types(ctx, ref, c, n)
	case joined:
		return l.joined(ctx, ref, c, n)
	case left, concluded:
		return l.left(ctx, ref, c, n)
	case unheard, waits, leads, presence, offered, moved, broken, quiet:
	}
	return nil
}

// byCustomer: the message is the customer's.
func (l *listener) byCustomer(c *agentNote, n *note) bool {
	if n.SenderType != "" && n.SenderType != "NONE" && n.SenderType != "UNKNOWN" {
		return n.SenderType == endUser
	}
	from := cmp.Or(n.sender(), n.client())
	if c.Client != "" {
		return from == c.Client
	}
	return from != l.now().Client
}

func (l *listener) word(ctx context.Context, ref string, c *agentNote, n *note) error {
	words := n.words()
	if words == "" || !l.byCustomer(c, n) {
		return nil // our own, echoed, or another participant's
	}
	id := n.id(false)
	_, err := l.tell(ctx, ref, id, orchestrator.Event{
		Type: orchestrator.EventMessage, Actor: l.customer(c), At: n.at(),
		Message: &orchestrator.Message{ID: ref + "-" + id, Text: words},
	})
	return err
}

func (l *listener) types(ctx context.Context, ref string, c *agentNote, n *note) error {
	if !l.byCustomer(c, n) {
		return nil
	}
	_, err := l.tell(ctx, ref, "", orchestrator.Event{
		Type: orchestrator.EventTyping, Actor: l.customer(c), Typing: n.Mode == modeResponding,
	})
	return err
}

// joined learns the customer's client id and name, where the offer did not say them.
func (l *listener) joined(ctx context.Context, ref string, c *agentNote, n *note) error {
	if n.Role != endUser {
		return nil
	}
	name := clip(string(n.Name))
	news := name != "" && c.Customer.Name == ""
	c.Client, c.Customer.Name = cmp.Or(n.client(), c.Client), cmp.Or(c.Customer.Name, name)
	if err := l.Keep(ctx, ref, noteKnown, c.agentKnown); err != nil || !news {
		return err
	}
	_, err := l.tell(ctx, ref, n.id(false), orchestrator.Event{
		Type: orchestrator.EventContextUpdated, Customer: &c.Customer, Actor: l.customer(c),
	})
	return err
}

// left: the customer went, or the engagement was taken from the bot. While it is being handed over, that it went into a
// queue is what was asked for.
func (l *listener) left(ctx context.Context, ref string, c *agentNote, n *note) error {
	why, client := n.because(), n.client()
	own := client != "" && client == l.now().Client
	var how endTold
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
	err := l.leave(ctx, ref, c, how, l.finishHere)
	l.mu.Lock()
	delete(l.active, ref)
	l.mu.Unlock()
	return err
}
