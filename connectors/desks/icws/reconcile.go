package icws

import (
	"cmp"
	"context"
	"maps"
	"slices"
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

// drop forgets a chat that is over, or never became ours.
func (w *watch) drop(ctx context.Context, c *chat) error {
	delete(w.chats, c.id)
	w.forget(ctx, c.ref)
	return ctx.Err()
}

// sorted are the ids of all chats, in an order that does not change.
func (w *watch) sorted() []string { return slices.Sorted(maps.Keys(w.chats)) }
