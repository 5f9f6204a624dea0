package superoffice

import (
	"context"
	"errors"
	"maps"

	"handoff/connectors/internal/once"
	"handoff/connectors/internal/plaintext"
	"handoff/connectors/internal/textsplit"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// Send posts one message: the customer's to the people, or the bot's to the customer. A piece is posted once, as far as the
// vendor's history lets us know.
func (b *base) Send(ctx context.Context, cmd *orchestrator.Command) error {
	if err := b.seat.mayPost(ctx, cmd); err != nil {
		return err
	}
	return b.deliver(ctx, cmd.To.Ref, cmd.ID, wording.Text(cmd.Message), cmd)
}

// deliver posts a text in pieces.
func (b *base) deliver(ctx context.Context, ref string, id orchestrator.CommandID, text string, cmd *orchestrator.Command) error {
	m, ours := b.seat.words(cmd)
	return b.Poster.Send(ctx, ref, id, textsplit.Split(text, LongestText, textsplit.Characters), once.Chat{
		Post: func(ctx context.Context, piece string) once.Answer {
			one := maps.Clone(m)
			one["Message"] = toHTML(piece)
			err := b.post(ctx, "send", ref, one)
			if errors.Is(err, errNotFound) {
				return once.ChatOver(err)
			}
			return once.Read(err)
		},
		Posted: func(ctx context.Context) (int, error) {
			all, err := b.messagesOf(ctx, "send", ref, 0)
			if err != nil {
				return 0, err
			}
			count := 0
			for i := range all {
				if ours(&all[i]) {
					count++
				}
			}
			return count, nil
		},
	})
}

// toHTML makes the HTML of a message: what a language model or a customer writes is shown, not interpreted.
func toHTML(text string) string { return plaintext.Escape(text) }
