package icws

import (
	"context"
	"slices"

	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// hear takes one message. An error ends the session.
func (w *watch) hear(ctx context.Context, m *message) error {
	switch m.Type {
	case kindQueueContents:
		return w.hearQueue(ctx, m)
	case kindChanged:
		if c := w.chats[m.Interaction]; c != nil {
			c.merge(m.Attributes)
			if err := w.counted(ctx, c); err != nil {
				return err
			}
			return w.moved(ctx, c)
		}
	case kindDeallocated:
		if c := w.chats[m.Interaction]; c != nil {
			c.gone = true
			return w.settle(ctx, c)
		}
	case kindLostRights:
		if c := w.chats[m.Interaction]; c != nil {
			return w.loseSight(ctx, c)
		}
	case kindMorphed:
		return w.morph(ctx, m)
	case kindAlerting:
		return w.hearAlerts(ctx, m)
	case kindMembers:
		return w.hearMembers(ctx, m)
	case kindContents:
		return w.hearWords(ctx, m)
	case kindUserStatus:
		return w.hearStatuses(ctx, m)
	case kindCompleted:
		return w.completed(m)
	case kindQueueState, kindState:
		if m.State == stateFaulted {
			w.Log.WarnContext(ctx, "a subscription is faulted: what it would tell is not seen", "subscription", wording.Cut(m.Subscription, maxTold))
		}
	case kindConnection:
		return down(m)
	}
	return ctx.Err()
}

// hearQueue takes what a queue holds now, or how that has changed.
func (w *watch) hearQueue(ctx context.Context, m *message) error {
	own := m.Subscription == subscriptionOwn
	if !own && m.Subscription != subscriptionPeople {
		return nil
	}
	var touched []*chat
	touch := func(c *chat, in bool) {
		if own {
			c.inOwn = in
		} else {
			c.inPeople = in
		}
		if !slices.Contains(touched, c) {
			touched = append(touched, c)
		}
	}
	if !m.IsDelta {
		for _, c := range w.chats {
			if own && c.inOwn || !own && c.inPeople {
				touch(c, false)
			}
		}
	}
	for _, one := range slices.Concat(m.Added, m.Changed) {
		c := w.chats[one.ID]
		if c == nil && own {
			c = w.chat(one.ID)
		}
		if c != nil { // others in a workgroup's queue are no business of ours
			c.mergeQueued(one.Attributes)
			touch(c, true)
		}
	}
	for _, id := range m.Removed {
		if c := w.chats[id]; c != nil {
			touch(c, false)
		}
	}
	if !m.IsDelta {
		delete(w.pending, m.Subscription)
	}
	if w.ready != nil {
		return w.reconcileWhenComplete(ctx)
	}
	for _, c := range touched {
		if err := w.moved(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (w *watch) hearAlerts(ctx context.Context, m *message) error {
	for i := range m.Alerting {
		one := &m.Alerting[i]
		if one.Action != alertStarts || one.ID == "" {
			continue
		}
		c := w.chat(one.ID)
		if c.note.Begun {
			continue // our user's queue tells of those that come back
		}
		c.merge(one.Attributes)
		c.inOwn = true
		if c.attrs[attrState] == "" {
			c.attrs[attrState] = stateAlerting
		}
		if err := w.moved(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// moved looks at a chat whose place has changed: it may ring at us, or have gone where it cannot be seen.
func (w *watch) moved(ctx context.Context, c *chat) error {
	switch {
	case c.inOwn && c.attrs[attrState] == stateAlerting:
		return w.pickUp(ctx, c)
	case c.inOwn:
	case c.blind && !c.inPeople && !c.over():
		return w.outOfSight(ctx, c)
	case !c.inPeople && !c.over() && !c.followed:
		if err := w.lookAgain(ctx, c); err != nil {
			return err
		}
	}
	c.picked = false
	return w.settle(ctx, c)
}

// morph: the chat goes on under another id. Its handle stays.
func (w *watch) morph(ctx context.Context, m *message) error {
	c := w.chats[m.Interaction]
	if c == nil || m.New == "" || m.New == c.id {
		return nil
	}
	delete(w.chats, c.id)
	c.id, c.note.Now = m.New, m.New
	w.chats[c.id] = c
	if err := w.keepNote(ctx, c); err != nil {
		return err
	}
	w.recounted.tell()
	return w.follow(ctx, c)
}

// hearMembers takes who is in a chat, and who types. The same member can be added again, under another name.
func (w *watch) hearMembers(ctx context.Context, m *message) error {
	c := w.chats[m.Interaction]
	if c == nil {
		return nil
	}
	if !m.IsDelta {
		c.members = nil
	}
	for _, one := range m.MembersRemoved {
		c.members = slices.DeleteFunc(c.members, func(have member) bool { return have.key() == one.key() })
	}
	for _, one := range slices.Concat(m.MembersAdded, m.MembersChanged) {
		if i := slices.IndexFunc(c.members, func(have member) bool { return have.key() == one.key() }); i >= 0 {
			if c.members[i].Typing != one.Typing {
				w.tellTyping(ctx, c, one)
			}
			c.members[i] = one
			continue
		}
		c.members = append(c.members, one)
		if one.Typing {
			w.tellTyping(ctx, c, one)
		}
	}
	return w.settle(ctx, c)
}

// tellTyping passes typing on. Nobody waits for it.
func (w *watch) tellTyping(ctx context.Context, c *chat, by member) {
	actor, ok := w.speaker(c, by)
	if !ok || !c.note.Begun {
		return
	}
	ev := orchestrator.Event{Type: orchestrator.EventTyping, Actor: actor, Typing: by.Typing}
	w.address(c, &ev)
	_, _ = w.Report.Tell(ctx, ev) // it ends with ctx
}
