package icws

import (
	"context"
	"net/http"

	"handoff/connectors/internal/once"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// Send posts a word of the customer's side.
func (s *customerSeat) Send(ctx context.Context, cmd *orchestrator.Command) error {
	note, err := s.note(ctx, "send", cmd.To.Ref)
	if err != nil {
		return err
	}
	return s.post(ctx, cmd.To.Ref, note, cmd.ID, wording.Text(cmd.Message))
}

func (s *customerSeat) typing(ctx context.Context, cmd *orchestrator.Command) error {
	note, err := s.note(ctx, "typing", cmd.To.Ref)
	if err != nil {
		return err
	}
	return s.inSession(ctx, func(*login) *request {
		return &request{
			op: "typing", method: http.MethodPost, path: webPath("typing-state", note.Participant), repeats: true,
			body: map[string]bool{"typingIndicator": cmd.Typing},
		}
	})
}

// post sends a text in pieces, each once: the chat's own history says whether an unanswered one arrived, where the server
// has it (web-chat 6).
func (s *customerSeat) post(ctx context.Context, ref string, note *customerNote, id orchestrator.CommandID, text string) error {
	chat := once.Chat{Post: func(ctx context.Context, piece string) once.Answer {
		say := func() error {
			return s.inSession(ctx, func(*login) *request {
				return &request{op: "send", method: http.MethodPost, path: webPath("send-message", note.Participant), body: map[string]string{
					"message": piece, "contentType": "text/plain",
				}}
			})
		}
		err := say()
		if !isGone(err) {
			return once.Read(err)
		}
		if err = s.takeAlong(ctx, ref, note); err == nil { // the servers have changed, and the chat was not taken along yet
			err = say()
		}
		if isGone(err) {
			return once.ChatOver(err)
		}
		return once.Read(err)
	}}
	web, err := s.server(ctx)
	if err != nil {
		return err
	}
	if web.WebChat >= levelChatHistory {
		chat.Posted = func(ctx context.Context) (int, error) { return s.posted(ctx, note) }
	}
	return s.Poster.Send(ctx, ref, id, pieces(text), chat)
}

// posted counts the texts of our side that the server has.
func (s *customerSeat) posted(ctx context.Context, note *customerNote) (int, error) {
	all, err := s.history(ctx, note)
	if err != nil {
		return 0, err
	}
	n := 0
	for i := range all.Messages {
		if m := &all.Messages[i]; m.Type == kindWebText && m.Participant == note.Participant {
			n++
		}
	}
	return n, nil
}
