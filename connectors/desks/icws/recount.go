package icws

import (
	"context"
	"crypto/rand"
	"net/http"
)

// count is how many words of ours a chat held when the process that listens came by a mark.
type count struct {
	Ours int    `json:"ours"`
	Mark string `json:"mark"`
}

// keptCount is the name under which a count lies.
const keptCount = "count"

// recount answers how many words of ours the chat has. ICWS has no resource for that; the process that listens knows it. So a
// mark is set in the chat's attributes, and when that process hears of the mark it has heard of every word before it, because the
// messages of a session come in order.
func (s *agentSeat) recount(ctx context.Context, ref, id string) (int, error) {
	mark := rand.Text()
	err := s.inSession(ctx, func(in *session) *request {
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
		if err := s.read(ctx, ref, map[string]any{keptCount: &now}); err != nil {
			return 0, s.Broken("send", err)
		}
		if now.Mark == mark {
			return now.Ours, nil
		}
		rest(ctx, s.Clock, recountLook, told)
		if err := ctx.Err(); err != nil {
			return 0, s.Retry("send", "not-counted", err)
		}
	}
}
