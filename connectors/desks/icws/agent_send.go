package icws

import (
	"context"
	"crypto/rand"
	"net/http"
	"sync"

	"handoff/connectors/internal/once"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// broadcast wakes everybody who waits. The zero value is ready.
type broadcast struct {
	mu sync.Mutex
	c  chan struct{}
}

// next is closed by the next tell.
func (b *broadcast) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.c == nil {
		b.c = make(chan struct{})
	}
	return b.c
}

func (b *broadcast) tell() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.c != nil {
		close(b.c)
		b.c = nil
	}
}

// Send says a word of the bot's; the same call clears its typing indicator, which is a required field.
func (s *agentSeat) Send(ctx context.Context, cmd *orchestrator.Command) error {
	ref := cmd.To.Ref
	return s.Poster.Send(ctx, ref, cmd.ID, pieces(wording.Text(cmd.Message)), once.Chat{
		Post: func(ctx context.Context, piece string) once.Answer {
			return once.Read(s.callChat(ctx, "send", ref, func(in *login, id string) *request {
				return &request{
					op: "send", method: http.MethodPost, path: in.path("/interactions/%s/chat/messages", id),
					body: map[string]any{"text": piece, "clearTypingIndicator": true},
				}
			}))
		},
		Posted: func(ctx context.Context) (int, error) {
			id, err := s.idOf(ctx, "send", ref)
			if err != nil {
				return 0, err
			}
			return s.recount(ctx, ref, id)
		},
	})
}

func (s *agentSeat) typing(ctx context.Context, cmd *orchestrator.Command) error {
	return s.callChat(ctx, "typing", cmd.To.Ref, func(in *login, id string) *request {
		return &request{
			op: "typing", method: http.MethodPut, path: in.path("/interactions/%s/chat/typing-indicator", id), repeats: true,
			body: map[string]bool{"on": cmd.Typing},
		}
	})
}

// recount answers how many words of ours the chat has. ICWS has no resource for that; the process that listens knows it. So a
// mark is set in the chat's attributes, and when that process hears of the mark it has heard of every word before it, because the
// messages of a session come in order.
func (s *agentSeat) recount(ctx context.Context, ref, id string) (int, error) {
	mark := rand.Text()
	err := s.inSession(ctx, func(in *login) *request {
		return &request{
			op: "send", method: http.MethodPost, path: in.path("/interactions/%s", id), repeats: true,
			body: map[string]any{"attributes": map[string]string{attributeMark: mark}},
		}
	})
	if err != nil {
		return 0, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer s.Clock.AfterFunc(recountWait, stop)()
	for {
		told := s.recounted.next()
		var now count
		if err := s.Read(ctx, ref, map[string]any{noteCount: &now}); err != nil {
			return 0, s.Broken("send", err)
		}
		if now.Mark == mark {
			return now.Ours, nil
		}
		s.Rest(ctx, recountLook, told)
		if err := ctx.Err(); err != nil {
			return 0, s.Retry("send", "not-counted", err)
		}
	}
}

// counted keeps how many words of ours there were before a mark, for calls of any process that must know whether a word
// arrived. While the list of words was asked for and has not come, it is not known.
func (l *listener) counted(ctx context.Context, c *agentChat) error {
	mark := c.attrs[attrMark]
	if mark == c.marked || c.relisting {
		return nil
	}
	if err := l.keepAnyway(ctx, c.ref, noteCount, count{Ours: c.ours, Mark: mark}); err != nil {
		return err
	}
	c.marked = mark
	l.recounted.tell()
	return nil
}
