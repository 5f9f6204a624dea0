package genesys

import (
	"context"

	"handoff/connectors/internal/once"
	"handoff/connectors/internal/textsplit"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// Send gives the people the customer's word, cut where it is too long.
func (s *customerSeat) Send(ctx context.Context, cmd *orchestrator.Command) error {
	ref := cmd.To.Ref
	known, err := s.note(ctx, "send", ref)
	if err != nil {
		return err
	}
	if known == nil {
		return s.Over("send")
	}
	pieces := textsplit.Split(wording.Text(cmd.Message), LongestText, textsplit.Characters)
	return s.Poster.Send(ctx, ref, cmd.ID, pieces, once.Chat{
		Post: func(ctx context.Context, piece string) once.Answer {
			form := known.form()
			form.Set("message", piece)
			t, err := s.callChat(ctx, "send", ref, known, form)
			if gone(err) || err == nil && t.Ended { // status 0 does not say that people read it
				return once.ChatOver(err)
			}
			return once.Read(err)
		},
		Posted: func(ctx context.Context) (int, error) { return s.posted(ctx, ref, known) },
	})
}

// posted counts the customer's words that the vendor has, from the beginning of the chat.
func (s *customerSeat) posted(ctx context.Context, ref string, known *customerNote) (int, error) {
	form := known.form()
	form.Set("transcriptPosition", "1")
	t, err := s.callChat(ctx, "refresh", ref, known, form)
	if err != nil {
		return 0, err
	}
	count := 0
	for i := range t.Messages {
		if e := &t.Messages[i]; e.From.customer() && (e.Type == entryMessage || e.Type == entryText) {
			count++
		}
	}
	return count, nil
}

// typing shows that the customer writes. A chat that is over shows nothing.
func (s *customerSeat) typing(ctx context.Context, cmd *orchestrator.Command) error {
	known, err := s.note(ctx, "typing", cmd.To.Ref)
	if err != nil || known == nil {
		return err
	}
	what := "stopTyping"
	if cmd.Typing {
		what = "startTyping"
	}
	_, err = s.callChat(ctx, what, cmd.To.Ref, known, known.form())
	return err
}
