package genesys

import (
	"context"
	"strconv"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// follow refreshes one chat until it is over. What cannot be stored or read is tried again.
func (l *listener) follow(ctx context.Context, h orchestrator.Handle, unheard bool) {
	id, err := l.claim(ctx, h)
	if err != nil || id == "" {
		return
	}
	caughtUp := false
	for pause := l.config.RefreshEvery; ctx.Err() == nil; {
		over, err := l.poll(ctx, h.Ref, id, caughtUp, unheard)
		switch {
		case over:
			return
		case err == nil:
			caughtUp, pause = true, l.config.RefreshEvery
		default:
			if ctx.Err() == nil {
				l.Log.WarnContext(ctx, "a chat could not be refreshed", "conversation", id, "chat", h.Ref, "error", err)
			}
			pause = min(2*pause, longestRefreshPause)
		}
		if l.Report.Rest(ctx, pause) != nil {
			return
		}
	}
}

// poll refreshes a chat once, tells what is new in it, and notes how far it came: in this order, so that a process which
// dies in between tells it again under the same ids.
func (l *listener) poll(ctx context.Context, ref string, id orchestrator.ConversationID, caughtUp, unheard bool) (over bool, err error) {
	var known *customerNote
	var at *customerHeard
	if err := l.Read(ctx, ref, map[string]any{noteChat: &known, noteHeard: &at}); err != nil || known == nil { // ended by us
		return err == nil, err
	}
	first := at == nil
	if first {
		at = &customerHeard{Next: 1}
	}
	t, err := l.refresh(ctx, ref, known, at)
	if gone(err) {
		return l.lost(ctx, ref, id, known)
	}
	if err != nil {
		return false, err
	}
	h := hearing{chat: ref, conversation: id, heard: *at}
	h.tellFrom(t.Messages, t.Ended)
	missed := !caughtUp && (unheard || !first) // another process, or an earlier life of this one, has stopped in between
	for i := range h.facts {
		if err := l.Report.TellHeard(ctx, h.facts[i], missed); err != nil {
			return false, err
		}
	}
	if t.Ended {
		return true, l.forget(ctx, ref, known)
	}
	if h.heard.Next = max(h.heard.Next, t.Next); len(t.Messages) > 0 || first {
		if err := l.Keep(ctx, ref, noteHeard, h.heard); err != nil {
			return false, err
		}
	}
	if caughtUp {
		return false, nil
	}
	return false, l.compare(ctx, ref, id, h.truth())
}

// refresh reads the chat's transcript from where we stand. When the last person has left a chat that goes on, it is read
// once more: whoever ends a chat leaves it as well, and the two may lie in two answers.
func (l *listener) refresh(ctx context.Context, ref string, known *customerNote, at *customerHeard) (*transcript, error) {
	select {
	case l.room <- struct{}{}:
		defer func() { <-l.room }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	t, err := l.readFrom(ctx, ref, known, at.Next)
	if err != nil || t.Ended || !at.lastLeaves(t.Messages) {
		return t, err
	}
	more, err := l.readFrom(ctx, ref, known, max(at.Next, t.Next))
	if err != nil {
		return nil, err
	}
	more.Messages = append(t.Messages, more.Messages...)
	more.Next = max(t.Next, more.Next)
	return more, nil
}

func (l *listener) readFrom(ctx context.Context, ref string, known *customerNote, position number) (*transcript, error) {
	form := known.form()
	form.Set("transcriptPosition", strconv.FormatInt(int64(position), 10))
	return l.callChat(ctx, "refresh", ref, known, form)
}

// lost: the vendor has the chat no more, and does not say how it ended.
func (l *listener) lost(ctx context.Context, ref string, id orchestrator.ConversationID, known *customerNote) (bool, error) {
	if err := l.compare(ctx, ref, id, drift.Truth{Stand: drift.Unknown, Mark: ref + ":lost"}); err != nil {
		return false, err
	}
	return true, l.forget(ctx, ref, known)
}

// compare mends our record where it differs from the vendor's truth, if the conversation is still with this chat.
func (l *listener) compare(ctx context.Context, ref string, id orchestrator.ConversationID, truth drift.Truth) error {
	c, err := l.Record(ctx, id)
	if err != nil || c == nil || c.Desk != l.Name || c.DeskRef != "" && c.DeskRef != ref {
		return err
	}
	return l.Report.Mend(ctx, c, truth, func(ev *orchestrator.Event) { ev.Conversation = id })
}
