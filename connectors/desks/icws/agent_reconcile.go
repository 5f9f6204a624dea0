package icws

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// recall makes the chats that are known from before, so that their places are understood when the queues tell.
func (w *watch) recall(ctx context.Context) error {
	handles, err := w.Memory.Handles(ctx, w.Name, 0, maxChats)
	if err != nil {
		return err
	}
	for _, h := range handles {
		c := &chat{ref: h.Ref, id: h.Ref, attrs: attributes{}, heard: map[string]int{}, missed: true}
		if err := w.read(ctx, h.Ref, map[string]any{keptChat: &c.note}); err != nil {
			return err
		}
		c.id = cmp.Or(c.note.Now, c.ref)
		w.chats[c.id] = c
	}
	return nil
}

// reconcileWhenComplete compares every chat with our record, once all queues have told how things stand. What differs happened
// while nobody listened, and is named as drift. A chat's words come first where they can be had, so that nothing is said
// after its end.
func (w *watch) reconcileWhenComplete(ctx context.Context) error {
	if len(w.pending) > 0 {
		return nil
	}
	ready := w.ready
	w.ready = nil
	for _, id := range w.sorted() {
		if err := w.reconcile(ctx, w.chats[id]); err != nil {
			return err
		}
	}
	ready()
	return nil
}

func (w *watch) reconcile(ctx context.Context, c *chat) error {
	if !c.inOwn && !c.inPeople {
		if err := w.lookAgain(ctx, c); err != nil {
			return err
		}
	}
	switch {
	case c.inOwn && c.attrs[attrState] == stateAlerting:
		return w.pickUp(ctx, c)
	case c.inOwn && c.attrs.connected() && !c.note.Begun && c.isChat():
		return w.arrive(ctx, c) // picked up, and nobody was told
	case !c.note.Begun:
		return w.drop(ctx, c)
	}
	if err := w.follow(ctx, c); err != nil {
		return err
	}
	return w.settle(ctx, c)
}

// settle brings our record to where the chat stands. It depends on nothing but the two, so a notification that comes twice or
// in another order changes nothing.
func (w *watch) settle(ctx context.Context, c *chat) error {
	truth, known := w.truth(c)
	if !known || c.listing || !c.note.Begun {
		return ctx.Err()
	}
	return w.settleAt(ctx, c, truth)
}

func (w *watch) settleAt(ctx context.Context, c *chat, truth drift.Truth) error {
	record, err := w.record(ctx, c.ref, c.note.Conversation)
	if err != nil {
		return err
	}
	if record != nil && !record.State.Ended() {
		if record, err = w.mend(ctx, c, record, truth); err != nil {
			return err
		}
	}
	c.missed = false
	return w.attend(ctx, c, record)
}

// mend tells what differs, and answers the record as it stands then.
func (w *watch) mend(
	ctx context.Context, c *chat, record *orchestrator.Conversation, truth drift.Truth,
) (*orchestrator.Conversation, error) {
	if truth.Stand == drift.Over {
		// Nobody can be told that nobody is there: whoever waited for people in a chat that is over has left it.
		truth.CustomerGone = truth.CustomerGone || !record.State.Served()
	} else if record.Desk != "" && record.Desk != w.Name {
		return record, nil // people of another desk have it, through us
	}
	found := drift.Compare(record, w.Name, truth)
	if !c.back {
		// A chat that is with our bot although its handoff was decided is about to be transferred. It comes back by ringing.
		found = slices.DeleteFunc(found, func(f drift.Found) bool { return f.Kind == drift.BackAtBot })
	}
	c.back = c.back && truth.Stand != drift.WithBot
	for i := range found {
		for _, ev := range w.moves(c, record, &found[i]) {
			if err := w.tellMove(ctx, c, found[i].Kind, ev); err != nil {
				return nil, err
			}
		}
	}
	if len(found) == 0 {
		return record, nil
	}
	c.note.Told++
	if err := w.keepNote(ctx, c); err != nil {
		return nil, err
	}
	return w.record(ctx, c.ref, c.note.Conversation)
}

// moves are the facts of a difference as they happened, where somebody listened.
func (w *watch) moves(c *chat, record *orchestrator.Conversation, found *drift.Found) []orchestrator.Event {
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
		if queue, ok := w.queueOf(c.attrs[attrWorkgroup], record.Queue); ok && queue != record.Queue {
			ev.Type = orchestrator.EventTransferredToQueue
			ev.Target = &orchestrator.Target{Desk: w.Name, Queue: queue}
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

func (w *watch) tellMove(ctx context.Context, c *chat, kind string, ev orchestrator.Event) error {
	id := fmt.Sprintf("icws:%s:%d.%d:%s", c.ref, c.note.Stint, c.note.Told, ev.Type)
	if ev.Agent != nil {
		id += ":" + string(ev.Agent.ID)
	}
	ev.ID = orchestrator.EventID(id)
	w.address(c, &ev)
	if c.missed {
		return w.Report.TellMissed(ctx, kind, ev)
	}
	_, err := w.Report.Tell(ctx, ev)
	return err
}
