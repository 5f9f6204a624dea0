package genesys

import (
	"context"
	"errors"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// Reasons of what ends a chat without the bot.
const (
	whyClosed = "the contact centre ended the chat"
	whyTaken  = "the chat was taken from the bot"
	whyAlone  = "the person who was asked did not join in time"
)

// handOver goes on with a handoff to a person: when they have joined, the bot leaves and our part ends. Who does not join in
// time is not waited for: the queue is next, unless it was to be that person or nobody.
func (ln *lane) handOver(ctx context.Context) error {
	if ln.state != stateChatting {
		return nil
	}
	h, err := ln.handover(ctx, ln.chat)
	if err != nil || h == nil || h.User == "" {
		return err
	}
	if p, in := ln.present(h.User); in {
		if ln.leaving != 0 && ln.Now().Sub(ln.leaving) < outcomeWithin {
			return nil
		}
		return ln.leaveTo(ctx, h, p)
	}
	if ln.Now().Sub(h.Since) < ln.config.JoinWithin {
		return nil
	}
	wanted, err := ln.stillWanted(ctx)
	if err != nil {
		return err
	}
	if wanted && !h.Only {
		if err = ln.transfer(ctx, ln.chat, *h); err == nil || orchestrator.OutcomeOf(err) != orchestrator.OutcomePermanent {
			return err
		}
	}
	if wanted {
		id := "handover:" + string(h.Command) + ":failed"
		if _, err := ln.Report.Tell(ctx, ln.about(ln.chat, id, orchestrator.Event{
			Type: orchestrator.EventDeskFailed, Reason: whyAlone, Handoff: 0,
		})); err != nil {
			return err
		}
	}
	return ln.Memory.Keep(ctx, ln.Name, ln.chat, noteHandover, nil)
}

// leaveTo leaves the chat to the person who has joined, unless the handoff was called off meanwhile: then the bot stays.
func (ln *lane) leaveTo(ctx context.Context, h *handover, p participant) error {
	facts := ln.handedOver(ln.chat, h, ln.personOf(p.user(), string(p.Nickname)))
	receipt, err := ln.Report.Tell(ctx, facts[0])
	if err != nil {
		return err
	}
	if receipt.Conversation == nil {
		return ln.Memory.Keep(ctx, ln.Name, ln.chat, noteHandover, nil)
	}
	ln.leaving = ln.Now() // also if that is refused: then the chat is read
	_, err = ln.operate(ctx, "leave", ln.chat, operation(ln.dialect.leaves, ln.dialect.leaverData(ln.user)))
	return err
}

// stillWanted: the conversation waits for the person.
func (ln *lane) stillWanted(ctx context.Context) (bool, error) {
	c, err := ln.record(ctx)
	if err != nil || c == nil {
		return false, err
	}
	waits := c.State == orchestrator.StateQueued || c.State == orchestrator.StateOffered
	return waits && c.Desk == ln.Name, nil
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

// left: the chat is over for the customer. Unless we have ended it ourselves, the conversation learns it here, and the work
// on the chat is ended: an agent who stays in it is offered no other in its place.
func (ln *lane) left(ctx context.Context) error {
	ours, err := ln.endedByUs(ctx)
	if err != nil || ours {
		return err
	}
	if err := ln.gone(ctx, whyClosed); err != nil {
		return err
	}
	return ln.dismiss(ctx)
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

// gone tells that the customer's chat is over.
func (ln *lane) gone(ctx context.Context, why string) error {
	_, err := ln.Report.Tell(ctx, ln.about(ln.chat, ln.mark()+":customer-left", orchestrator.Event{
		Type: orchestrator.EventCustomerLeft, Reason: why,
	}))
	return err
}

// endedByUs: the conversation that has the chat has ended it.
func (ln *lane) endedByUs(ctx context.Context) (bool, error) {
	kept, err := ln.Memory.Kept(ctx, ln.Name, ln.chat)
	by, ended := kept[noteEnding]
	return ended && string(by) == string(ln.leg.Conversation), err
}

// postedByNotice counts the bot's words where the log cannot be read (8.5.1): it is asked for, the lane of the process that
// listens takes it in, and notes how many there are.
func (s *agentSeat) postedByNotice(ctx context.Context, chat string) (int, error) {
	if err := s.requestLog(ctx, "send", chat); err != nil {
		return 0, err
	}
	late := make(chan struct{})
	defer s.Clock.AfterFunc(logWithin, func() { close(late) })()
	for waiting := true; waiting; {
		due, changed := s.logsDue(chat)
		if due == 0 && changed != nil {
			break
		}
		select {
		case <-changed:
		case <-late:
			waiting = false
		case <-ctx.Done():
			return 0, s.Retry("send", "cancelled", ctx.Err())
		}
	}
	s.drain(ctx, chat)
	stay, err := s.leg(ctx, chat)
	if err != nil {
		return 0, s.Broken("send", err)
	}
	return stay.Own, nil
}

// drain waits until a lane has done what it has to do so far.
func (s *agentSeat) drain(ctx context.Context, chat string) {
	if !s.listens() {
		return
	}
	done := make(chan struct{})
	s.put(chat, input{look: true, done: done})
	select {
	case <-done:
	case <-ctx.Done():
	}
}
