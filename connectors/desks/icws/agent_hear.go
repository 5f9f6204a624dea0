package icws

import (
	"context"
	"slices"

	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// hear takes one message. An error ends the session.
func (l *listener) hear(ctx context.Context, m *message) error {
	switch m.Type {
	case kindQueueContents:
		return l.hearQueue(ctx, m)
	case kindChanged:
		if c := l.chats[m.Interaction]; c != nil {
			c.merge(m.Attributes)
			if err := l.counted(ctx, c); err != nil {
				return err
			}
			return l.moved(ctx, c)
		}
	case kindDeallocated:
		if c := l.chats[m.Interaction]; c != nil {
			c.gone = true
			return l.compare(ctx, c)
		}
	case kindLostRights:
		if c := l.chats[m.Interaction]; c != nil {
			return l.loseSight(ctx, c)
		}
	case kindMorphed:
		return l.newID(ctx, m)
	case kindAlerting:
		return l.hearAlerts(ctx, m)
	case kindMembers:
		return l.hearMembers(ctx, m)
	case kindContents:
		return l.hearWords(ctx, m)
	case kindUserStatus:
		return l.hearStatuses(ctx, m)
	case kindCompleted:
		return l.completed(m)
	case kindQueueState, kindState:
		if m.State == stateFaulted {
			l.Log.WarnContext(ctx, "a subscription is faulted: what it would tell is not seen", "subscription", wording.Cut(m.Subscription, maxTold))
		}
	case kindConnection:
		return down(m)
	}
	return ctx.Err()
}

// hearQueue takes what a queue holds now, or how that has changed.
func (l *listener) hearQueue(ctx context.Context, m *message) error {
	own := m.Subscription == subscriptionOwn
	if !own && m.Subscription != subscriptionPeople {
		return nil
	}
	var touched []*agentChat
	touch := func(c *agentChat, in bool) {
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
		for _, c := range l.chats {
			if own && c.inOwn || !own && c.inPeople {
				touch(c, false)
			}
		}
	}
	for _, one := range slices.Concat(m.Added, m.Changed) {
		c := l.chats[one.ID]
		if c == nil && own {
			c = l.chat(one.ID)
		}
		if c != nil { // others in a workgroup's queue are no business of ours
			c.mergeQueued(one.Attributes)
			touch(c, true)
		}
	}
	for _, id := range m.Removed {
		if c := l.chats[id]; c != nil {
			touch(c, false)
		}
	}
	if !m.IsDelta {
		delete(l.pending, m.Subscription)
	}
	if l.ready != nil {
		return l.reconcileWhenComplete(ctx)
	}
	for _, c := range touched {
		if err := l.moved(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

func (l *listener) hearAlerts(ctx context.Context, m *message) error {
	for i := range m.Alerting {
		one := &m.Alerting[i]
		if one.Action != alertStarts || one.ID == "" {
			continue
		}
		c := l.chat(one.ID)
		if c.note.Begun {
			continue // our user's queue tells of those that come back
		}
		c.merge(one.Attributes)
		c.inOwn = true
		if c.attrs[attrState] == "" {
			c.attrs[attrState] = stateAlerting
		}
		if err := l.moved(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// moved looks at a chat whose place has changed: it may ring at us, or have gone where it cannot be seen.
func (l *listener) moved(ctx context.Context, c *agentChat) error {
	switch {
	case c.inOwn && c.attrs[attrState] == stateAlerting:
		return l.accept(ctx, c)
	case c.inOwn:
	case c.unseen && !c.inPeople && !c.over():
		return l.outOfSight(ctx, c)
	case !c.inPeople && !c.over() && !c.followed:
		if err := l.lookAgain(ctx, c); err != nil {
			return err
		}
	}
	c.picked = false
	return l.compare(ctx, c)
}

// newID: the chat goes on under another id. Its handle stays.
func (l *listener) newID(ctx context.Context, m *message) error {
	c := l.chats[m.Interaction]
	if c == nil || m.New == "" || m.New == c.id {
		return nil
	}
	delete(l.chats, c.id)
	c.id, c.note.Now = m.New, m.New
	l.chats[c.id] = c
	if err := l.keepNote(ctx, c); err != nil {
		return err
	}
	l.recounted.tell()
	return l.follow(ctx, c)
}

// hearMembers takes who is in a chat, and who types. The same member can be added again, under another name.
func (l *listener) hearMembers(ctx context.Context, m *message) error {
	c := l.chats[m.Interaction]
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
				l.tellTyping(ctx, c, one)
			}
			c.members[i] = one
			continue
		}
		c.members = append(c.members, one)
		if one.Typing {
			l.tellTyping(ctx, c, one)
		}
	}
	return l.compare(ctx, c)
}

// tellTyping passes typing on. Nobody waits for it.
func (l *listener) tellTyping(ctx context.Context, c *agentChat, by member) {
	actor, ok := l.speaker(c, by)
	if !ok || !c.note.Begun {
		return
	}
	ev := orchestrator.Event{Type: orchestrator.EventTyping, Actor: actor, Typing: by.Typing}
	l.address(c, &ev)
	_, _ = l.Report.Tell(ctx, ev) // it ends with ctx
}
