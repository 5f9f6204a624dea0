package genesys

import (
	"context"
	"errors"
	"strings"
	"time"

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
