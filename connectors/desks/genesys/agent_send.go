package genesys

import (
	"context"

	"handoff/connectors/internal/once"
	"handoff/connectors/internal/textsplit"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// Send gives the customer the bot's word, cut where it is too long.
func (s *agentSeat) Send(ctx context.Context, cmd *orchestrator.Command) error {
	chat := cmd.To.Ref
	pieces := textsplit.Split(wording.Text(cmd.Message), LongestText, textsplit.Characters)
	return s.Poster.Send(ctx, chat, cmd.ID, pieces, once.Chat{
		Post: func(ctx context.Context, piece string) once.Answer {
			_, err := s.operate(ctx, "send", chat, operation(opSay, map[string]string{"text": piece}))
			if err != nil && s.unlessGone(ctx, "send", chat, err) == nil {
				return once.ChatOver(err)
			}
			return once.Read(err)
		},
		Posted: func(ctx context.Context) (int, error) { return s.posted(ctx, chat) },
	})
}

// typing shows the customer that the bot writes.
func (s *agentSeat) typing(ctx context.Context, cmd *orchestrator.Command) error {
	name := opTypesNoMore
	if cmd.Typing {
		name = opTypes
	}
	_, err := s.operate(ctx, "typing", cmd.To.Ref, operation(name, nil))
	return err
}

// posted counts the bot's words in the log, since it last joined the chat.
func (s *agentSeat) posted(ctx context.Context, chat string) (int, error) {
	if !s.dialect.history {
		return s.postedByNotice(ctx, chat)
	}
	known, err := s.note(ctx, chat)
	if err != nil {
		return 0, s.Broken("send", err)
	}
	a, l, err := s.do(ctx, call{op: "send", path: s.dialect.list + "/" + chat + "/messages"})
	if err != nil {
		return 0, err
	}
	count := 0
	for i := range a.body.Messages {
		if e := &a.body.Messages[i]; e.Index > known.Joined && ours(e, l.user) {
			count++
		}
	}
	return count, nil
}

// ours: the bot said it.
func ours(e *entry, user string) bool {
	_, says := e.said()
	return says && e.From.agent() && e.From.user() == user
}

// postedByNotice counts the bot's words where the log cannot be read (8.5.1): it is asked for, the process that
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
	s.awaitIdle(ctx, chat)
	known, err := s.note(ctx, chat)
	if err != nil {
		return 0, s.Broken("send", err)
	}
	return known.Own, nil
}

// awaitIdle waits until all is done that there is to do about a chat so far.
func (s *agentSeat) awaitIdle(ctx context.Context, chat string) {
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
