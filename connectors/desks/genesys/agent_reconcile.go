package genesys

import (
	"context"
	"errors"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// reconcile brings every chat to the vendor's truth: those that are with the bot, and those that were.
func (s *agentSeat) reconcile(ctx context.Context, l *live) error {
	known, _, err := s.handles(ctx, 0) // before the list: what comes after it is told by notifications
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
func (ln *lane) record(ctx context.Context) (*orchestrator.Conversation, error) {
	if ln.leg.Conversation == "" {
		return nil, nil //nolint:nilnil // no record is an answer
	}
	c, err := ln.Memory.Load(ctx, ln.leg.Conversation)
	if errors.Is(err, orchestrator.ErrNotFound) {
		return nil, nil //nolint:nilnil // no record is an answer
	}
	return c, err
}

// compare mends our record where it differs from the vendor's truth.
func (ln *lane) compare(ctx context.Context, truth drift.Truth) error {
	c, err := ln.record(ctx)
	if err != nil || c == nil {
		return err
	}
	return ln.Report.Mend(ctx, c, truth, func(ev *orchestrator.Event) {
		*ev = ln.about(ln.chat, string(ev.ID), *ev)
	})
}

// finish: the chat is not with the bot any more. Read after a loss, that is drift, unless we handed it over or ended it.
func (ln *lane) finish(ctx context.Context, read bool) error {
	if ln.leg.Begun {
		ln.whole = ln.highest()
		if err := ln.tellEntries(ctx, input{}); err != nil {
			return err
		}
		if err := ln.part(ctx, read); err != nil {
			return err
		}
	}
	if err := ln.Memory.Forget(ctx, ln.Name, ln.chat); err != nil {
		return err
	}
	ln.close()
	return nil
}

// part tells how our part has ended.
func (ln *lane) part(ctx context.Context, read bool) error {
	h, err := ln.handover(ctx, ln.chat)
	if err != nil {
		return err
	}
	if h != nil {
		to := orchestrator.Agent{ID: orchestrator.AgentID(ln.Name), Name: string(h.Queue)}
		if h.User != "" {
			to = ln.personOf(h.User, "")
		}
		for _, fact := range ln.handedOver(ln.chat, h, to) {
			if _, err := ln.Report.Tell(ctx, fact); err != nil {
				return err
			}
		}
		return nil
	}
	ours, err := ln.endedByUs(ctx)
	if err != nil || ours {
		return err
	}
	if read {
		return ln.compare(ctx, drift.Truth{Stand: drift.Unknown, Mark: ln.mark()})
	}
	return ln.gone(ctx, whyTaken)
}
