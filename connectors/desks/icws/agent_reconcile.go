package icws

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// loadKnown makes the chats that are known from before, so that their places are understood when the queues tell.
func (l *listener) loadKnown(ctx context.Context) error {
	handles, err := l.Handles(ctx, 0)
	if err != nil {
		return err
	}
	for _, h := range handles {
		c := &agentChat{ref: h.Ref, id: h.Ref, attrs: attributes{}, heard: map[string]int{}, missed: true}
		if err := l.Read(ctx, h.Ref, map[string]any{noteChat: &c.note}); err != nil {
			return err
		}
		c.id = cmp.Or(c.note.Now, c.ref)
		l.chats[c.id] = c
	}
	return nil
}

// reconcileWhenComplete compares every chat with our record, once all queues have told how things stand. What differs happened
// while nobody listened, and is named as drift. A chat's words come first where they can be had, so that nothing is said
// after its end.
func (l *listener) reconcileWhenComplete(ctx context.Context) error {
	if len(l.pending) > 0 {
		return nil
	}
	ready := l.ready
	l.ready = nil
	for _, id := range l.sorted() {
		if err := l.reconcile(ctx, l.chats[id]); err != nil {
			return err
		}
	}
	ready()
	return nil
}

func (l *listener) reconcile(ctx context.Context, c *agentChat) error {
	if !c.inOwn && !c.inPeople {
		if err := l.lookAgain(ctx, c); err != nil {
			return err
		}
	}
	switch {
	case c.inOwn && c.attrs[attrState] == stateAlerting:
		return l.accept(ctx, c)
	case c.inOwn && c.attrs.connected() && !c.note.Begun && c.isChat():
		return l.arrive(ctx, c) // picked up, and nobody was told
	case !c.note.Begun:
		return l.drop(ctx, c)
	}
	if err := l.follow(ctx, c); err != nil {
		return err
	}
	return l.compare(ctx, c)
}

// compare brings our record to where the chat stands. It depends on nothing but the two, so a notification that comes twice or
// in another order changes nothing.
func (l *listener) compare(ctx context.Context, c *agentChat) error {
	truth, known := l.truth(c)
	if !known || c.listing || !c.note.Begun {
		return ctx.Err()
	}
	return l.compareWith(ctx, c, truth)
}

func (l *listener) compareWith(ctx context.Context, c *agentChat, truth drift.Truth) error {
	record, err := l.record(ctx, c.ref, c.note.Conversation)
	if err != nil {
		return err
	}
	if record != nil && !record.State.Ended() {
		if record, err = l.mend(ctx, c, record, truth); err != nil {
			return err
		}
	}
	c.missed = false
	return l.followAgent(ctx, c, record)
}

// mend tells what differs, and answers the record as it stands then.
func (l *listener) mend(
	ctx context.Context, c *agentChat, record *orchestrator.Conversation, truth drift.Truth,
) (*orchestrator.Conversation, error) {
	if truth.Stand == drift.Over {
		// Nobody can be told that nobody is there: whoever waited for people in a chat that is over has left it.
		truth.CustomerGone = truth.CustomerGone || !record.State.Served()
	} else if record.Desk != "" && record.Desk != l.Name {
		return record, nil // people of another desk have it, through us
	}
	found := drift.Compare(record, l.Name, truth)
	if !c.back {
		// A chat that is with our bot although its handoff was decided is about to be transferred. It comes back by ringing.
		found = slices.DeleteFunc(found, func(f drift.Found) bool { return f.Kind == drift.BackAtBot })
	}
	c.back = c.back && truth.Stand != drift.WithBot
	for i := range found {
		for _, ev := range l.moves(c, record, &found[i]) {
			if err := l.tellMove(ctx, c, found[i].Kind, ev); err != nil {
				return nil, err
			}
		}
	}
	if len(found) == 0 {
		return record, nil
	}
	c.note.Told++
	if err := l.keepNote(ctx, c); err != nil {
		return nil, err
	}
	return l.record(ctx, c.ref, c.note.Conversation)
}

// moves are the facts of a difference as they happened, where somebody listened.
func (l *listener) moves(c *agentChat, record *orchestrator.Conversation, found *drift.Found) []orchestrator.Event {
	ev := found.Event
	if c.missed {
		return []orchestrator.Event{ev}
	}
	ev.Reason = ""
	switch found.Kind {
	case drift.OtherAgent:
		asked := ev
		asked.Type, ev.Type = orchestrator.EventTransferRequested, orchestrator.EventTransferAccepted
		return []orchestrator.Event{asked, ev}
	case drift.Requeued:
		if queue, ok := l.queueOf(c.attrs[attrWorkgroup], record.Queue); ok && queue != record.Queue {
			ev.Target = &orchestrator.Target{Desk: l.Name, Queue: queue}
			if record.State == orchestrator.StateAgent || record.State == orchestrator.StateConference {
				ev.Type = orchestrator.EventTransferredToQueue // else it just waits elsewhere
			}
		}
	case drift.BackAtBot:
		ev.Reason = "returned_by_desk"
	case drift.CustomerOut:
		if c.attrs[attrState] != stateTheirEnd {
			ev.Reason = "ended_by_desk"
		}
	}
	return []orchestrator.Event{ev}
}

func (l *listener) tellMove(ctx context.Context, c *agentChat, kind string, ev orchestrator.Event) error {
	id := fmt.Sprintf("icws:%s:%d.%d:%s", c.ref, c.note.Stint, c.note.Told, ev.Type)
	if ev.Agent != nil {
		id += ":" + string(ev.Agent.ID)
	}
	ev.ID = orchestrator.EventID(id)
	l.address(c, &ev)
	if c.missed {
		return l.Report.TellMissed(ctx, kind, ev)
	}
	_, err := l.Report.Tell(ctx, ev)
	return err
}
