package genesys

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"handoff/connectors/internal/drift"
	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// Times and bounds of refreshing.
const (
	// unclaimedFor is how long a chat may be without a conversation, because the process that opened it died before it could
	// say so, until it is ended.
	unclaimedFor = time.Minute
	// longestRefreshPause is the longest pause after failures: under the 45 s after which the vendor ends the chat.
	longestRefreshPause = 20 * time.Second
	// firstClaimPause and longestClaimPause bound the pauses between looks for the conversation of a chat.
	firstClaimPause, longestClaimPause = 50 * time.Millisecond, 5 * time.Second
	// refreshesAtOnce is how many refreshes run at a time.
	refreshesAtOnce = 32
)

// isChat: a handle is that of a chat, not of what a command has opened.
func isChat(ref string) bool { return !strings.HasPrefix(ref, openedBy) }

// follow refreshes one chat until it is over. What cannot be stored or read is tried again.
func (s *customerSeat) follow(ctx context.Context, c frame.Chat) {
	c.CaughtUp() // a chat that nobody claims yet holds up no other
	id, err := s.claim(ctx, c.Handle)
	if err != nil || id == "" {
		return
	}
	caughtUp := false
	for pause := s.config.RefreshEvery; ctx.Err() == nil; {
		over, err := s.poll(ctx, c.Ref, id, caughtUp, c.Missed)
		switch {
		case over:
			return
		case err == nil:
			caughtUp, pause = true, s.config.RefreshEvery
		default:
			if ctx.Err() == nil {
				s.Log.WarnContext(ctx, "a chat could not be refreshed", "conversation", id, "chat", c.Ref, "error", err)
			}
			pause = min(2*pause, longestRefreshPause)
		}
		if s.Report.Rest(ctx, pause) != nil {
			return
		}
	}
}

// claim finds the conversation of a chat. A refresh may be quicker than the binding of the handle; a chat that nobody
// claims is ended.
func (s *customerSeat) claim(ctx context.Context, h orchestrator.Handle) (orchestrator.ConversationID, error) {
	for pause := time.Duration(0); ; pause = min(max(2*pause, firstClaimPause), longestClaimPause) {
		if err := s.Report.Rest(ctx, pause); err != nil {
			return "", err
		}
		id, err := s.Memory.Resolve(ctx, s.Name, h.Ref)
		if err == nil {
			return id, nil
		}
		if errors.Is(err, orchestrator.ErrNotFound) && s.Now().Sub(h.Since) > unclaimedFor {
			s.Log.WarnContext(ctx, "a chat without a conversation is ended", "chat", h.Ref)
			return "", s.End(ctx, &orchestrator.Command{To: orchestrator.Party{Ref: h.Ref}})
		}
	}
}

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
