package genesys

import (
	"context"
	"strconv"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// poll refreshes a chat once, tells what is new in it, and notes how far it came: in this order, so that a process which
// dies in between tells it again under the same ids.
func (s *customerSeat) poll(ctx context.Context, ref string, id orchestrator.ConversationID, caughtUp, unheard bool) (over bool, err error) {
	var known *customerNote
	var at *customerHeard
	if err := s.Read(ctx, ref, map[string]any{noteChat: &known, noteHeard: &at}); err != nil || known == nil { // ended by us
		return err == nil, err
	}
	first := at == nil
	if first {
		at = &customerHeard{Next: 1}
	}
	t, err := s.refresh(ctx, ref, known, at)
	if gone(err) {
		return s.lost(ctx, ref, id, known)
	}
	if err != nil {
		return false, err
	}
	h := hearing{chat: ref, conversation: id, heard: *at}
	h.tellFrom(t.Messages, t.Ended)
	missed := !caughtUp && (unheard || !first) // another process, or an earlier life of this one, has stopped in between
	for i := range h.facts {
		if err := s.Report.TellHeard(ctx, h.facts[i], missed); err != nil {
			return false, err
		}
	}
	if t.Ended {
		return true, s.forget(ctx, ref, known)
	}
	if h.heard.Next = max(h.heard.Next, t.Next); len(t.Messages) > 0 || first {
		if err := s.Keep(ctx, ref, noteHeard, h.heard); err != nil {
			return false, err
		}
	}
	if caughtUp {
		return false, nil
	}
	return false, s.compare(ctx, ref, id, h.truth())
}

// refresh reads the chat's transcript from where we stand. When the last person has left a chat that goes on, it is read
// once more: whoever ends a chat leaves it as well, and the two may lie in two answers.
func (s *customerSeat) refresh(ctx context.Context, ref string, known *customerNote, at *customerHeard) (*transcript, error) {
	select {
	case s.room <- struct{}{}:
		defer func() { <-s.room }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	t, err := s.readFrom(ctx, ref, known, at.Next)
	if err != nil || t.Ended || !at.lastLeaves(t.Messages) {
		return t, err
	}
	more, err := s.readFrom(ctx, ref, known, max(at.Next, t.Next))
	if err != nil {
		return nil, err
	}
	more.Messages = append(t.Messages, more.Messages...)
	more.Next = max(t.Next, more.Next)
	return more, nil
}

func (s *customerSeat) readFrom(ctx context.Context, ref string, known *customerNote, position number) (*transcript, error) {
	form := known.form()
	form.Set("transcriptPosition", strconv.FormatInt(int64(position), 10))
	return s.callChat(ctx, "refresh", ref, known, form)
}

// lost: the vendor has the chat no more, and does not say how it ended.
func (s *customerSeat) lost(ctx context.Context, ref string, id orchestrator.ConversationID, known *customerNote) (bool, error) {
	if err := s.compare(ctx, ref, id, drift.Truth{Stand: drift.Unknown, Mark: ref + ":lost"}); err != nil {
		return false, err
	}
	return true, s.forget(ctx, ref, known)
}

// compare mends our record where it differs from the vendor's truth, if the conversation is still with this chat.
func (s *customerSeat) compare(ctx context.Context, ref string, id orchestrator.ConversationID, truth drift.Truth) error {
	c, err := s.Record(ctx, id)
	if err != nil || c == nil || c.Desk != s.Name || c.DeskRef != "" && c.DeskRef != ref {
		return err
	}
	return s.Report.Mend(ctx, c, truth, func(ev *orchestrator.Event) { ev.Conversation = id })
}
