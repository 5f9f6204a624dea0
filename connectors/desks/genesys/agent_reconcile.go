package genesys

import (
	"context"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// reconcile brings every chat to the vendor's truth: those that are with the bot, and those that were.
func (s *agentSeat) reconcile(ctx context.Context, l *liveLogin) error {
	known, err := s.Handles(ctx, 0) // before the list: what comes after it is told by notifications
	if err != nil {
		return err
	}
	chats, err := s.list(ctx, l)
	if err != nil {
		return err
	}
	var waits []chan struct{}
	put := func(chat string, in input) {
		in.tried = make(chan struct{})
		waits = append(waits, in.tried)
		s.put(chat, in)
	}
	there := map[string]bool{}
	for i := range chats {
		chat := string(chats[i].ID)
		if !validID(chat) {
			continue
		}
		there[chat] = true
		put(chat, input{notice: notice{chat: chat, state: &chats[i]}, truth: true})
	}
	for _, h := range known {
		if !there[h.Ref] && validID(h.Ref) {
			put(h.Ref, input{truth: true})
		}
	}
	for _, tried := range waits {
		select {
		case <-tried:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// record is our record of the chat; nil if there is none.
func (c *agentChat) record(ctx context.Context) (*orchestrator.Conversation, error) {
	return c.Record(ctx, c.note.Conversation)
}

// compare mends our record where it differs from the vendor's truth.
func (c *agentChat) compare(ctx context.Context, truth drift.Truth) error {
	record, err := c.record(ctx)
	if err != nil || record == nil {
		return err
	}
	return c.Report.Mend(ctx, record, truth, func(ev *orchestrator.Event) {
		*ev = c.addressed(c.ref, string(ev.ID), *ev)
	})
}

// finish: the chat is not with the bot any more. Read after a loss, that is drift, unless we handed it over or ended it.
func (c *agentChat) finish(ctx context.Context, read bool) error {
	if c.note.Begun {
		c.knownTo = c.highest()
		if err := c.tellEntries(ctx, input{}); err != nil {
			return err
		}
		if err := c.tellEnd(ctx, read); err != nil {
			return err
		}
	}
	if err := c.Memory.Forget(ctx, c.Name, c.ref); err != nil {
		return err
	}
	c.close()
	return nil
}

// tellEnd tells how our part has ended.
func (c *agentChat) tellEnd(ctx context.Context, read bool) error {
	h, err := c.handover(ctx, c.ref)
	if err != nil {
		return err
	}
	if h != nil {
		to := c.Queue(h.Queue)
		if h.User != "" {
			to = c.personOf(h.User, "")
		}
		for _, fact := range c.handedOver(c.ref, h, to) {
			if _, err := c.Report.Tell(ctx, fact); err != nil {
				return err
			}
		}
		return nil
	}
	ours, err := c.endedByUs(ctx)
	if err != nil || ours {
		return err
	}
	if read {
		return c.compare(ctx, drift.Truth{Stand: drift.Unknown, Mark: c.mark()})
	}
	return c.tellCustomerLeft(ctx, whyTaken)
}
