package genesys

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// watch refreshes one chat until it is over. What cannot be stored or read is tried again.
func (w *watching) watch(ctx context.Context, h orchestrator.Handle, unheard bool) {
	id, err := w.claim(ctx, h)
	if err != nil || id == "" {
		return
	}
	caughtUp := false
	for pause := w.config.RefreshEvery; ctx.Err() == nil; {
		over, err := w.turn(ctx, h.Ref, id, caughtUp, unheard)
		switch {
		case over:
			return
		case err == nil:
			caughtUp, pause = true, w.config.RefreshEvery
		default:
			if ctx.Err() == nil {
				w.Log.WarnContext(ctx, "a chat could not be refreshed", "conversation", id, "chat", h.Ref, "error", err)
			}
			pause = min(2*pause, longestRefreshPause)
		}
		if w.Report.Rest(ctx, pause) != nil {
			return
		}
	}
}

// turn refreshes a chat once, tells what is new in it, and notes how far it came: in this order, so that a process which
// dies in between tells it again under the same ids.
func (w *watching) turn(ctx context.Context, ref string, id orchestrator.ConversationID, caughtUp, unheard bool) (over bool, err error) {
	kept, err := w.Memory.Kept(ctx, w.Name, ref)
	if err != nil {
		return false, err
	}
	var known chat
	if len(kept[noteChat]) == 0 {
		return true, nil // ended by us
	}
	if err := json.Unmarshal(kept[noteChat], &known); err != nil {
		return false, err
	}
	at := place{Next: 1}
	if len(kept[noteAt]) > 0 {
		if err := json.Unmarshal(kept[noteAt], &at); err != nil {
			return false, err
		}
	}
	t, err := w.refresh(ctx, ref, &known, &at)
	if gone(err) {
		return w.lost(ctx, ref, id, &known)
	}
	if err != nil {
		return false, err
	}
	s := scribe{desk: w.Name, chat: ref, conversation: id, at: at}
	s.read(t.Messages, t.Ended)
	missed := !caughtUp && (unheard || len(kept[noteAt]) > 0) // another process, or an earlier life of this one, has stopped in between
	for i := range s.facts {
		if err := w.tell(ctx, s.facts[i], missed); err != nil {
			return false, err
		}
	}
	if t.Ended {
		return true, w.forget(ctx, ref, &known)
	}
	if s.at.Next = max(s.at.Next, t.Next); len(t.Messages) > 0 || len(kept[noteAt]) == 0 {
		if err := w.Keep(ctx, ref, noteAt, s.at); err != nil {
			return false, err
		}
	}
	if caughtUp {
		return false, nil
	}
	return false, w.compare(ctx, ref, id, s.truth())
}

// tell tells a fact; one that was missed when it happened as drift, but for words: they are told late and not mended.
func (w *watching) tell(ctx context.Context, ev orchestrator.Event, missed bool) error {
	if kind := drift.KindOf(ev.Type); missed && kind != "" {
		return w.Report.TellMissed(ctx, kind, ev)
	}
	_, err := w.Report.Tell(ctx, ev)
	return err
}

// refresh reads the chat's transcript from where we stand. When the last person has left a chat that goes on, it is read
// once more: whoever ends a chat leaves it as well, and the two may lie in two answers.
func (w *watching) refresh(ctx context.Context, ref string, known *chat, at *place) (*transcript, error) {
	select {
	case w.room <- struct{}{}:
		defer func() { <-w.room }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	t, err := w.readFrom(ctx, ref, known, at.Next)
	if err != nil || t.Ended || !at.lastLeaves(t.Messages) {
		return t, err
	}
	more, err := w.readFrom(ctx, ref, known, max(at.Next, t.Next))
	if err != nil {
		return nil, err
	}
	more.Messages = append(t.Messages, more.Messages...)
	more.Next = max(t.Next, more.Next)
	return more, nil
}

func (w *watching) readFrom(ctx context.Context, ref string, known *chat, position number) (*transcript, error) {
	form := known.form()
	form.Set("transcriptPosition", strconv.FormatInt(int64(position), 10))
	return w.about(ctx, "refresh", ref, known, form)
}

// lost: the vendor has the chat no more, and does not say how it ended.
func (w *watching) lost(ctx context.Context, ref string, id orchestrator.ConversationID, known *chat) (bool, error) {
	if err := w.compare(ctx, ref, id, drift.Truth{Stand: drift.Unknown, Mark: ref + ":lost"}); err != nil {
		return false, err
	}
	return true, w.forget(ctx, ref, known)
}

// compare mends our record where it differs from the vendor's truth, if the conversation is still with this chat.
func (w *watching) compare(ctx context.Context, ref string, id orchestrator.ConversationID, truth drift.Truth) error {
	c, err := w.Memory.Load(ctx, id)
	if errors.Is(err, orchestrator.ErrNotFound) {
		return nil
	}
	if err != nil || c.Desk != w.Name || c.DeskRef != "" && c.DeskRef != ref {
		return err
	}
	return w.Report.Mend(ctx, c, truth, func(ev *orchestrator.Event) { ev.Conversation = id })
}
