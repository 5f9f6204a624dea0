package icws

import (
	"cmp"
	"context"
	"strings"

	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// about is what people should know of a chat before they read it.
type about struct {
	text, language string
	fields         map[string]string // the same, one by one
}

// contextOf gathers what is known: about what and why, the conversation's attributes, who it is, and what was said before.
func (b *base) contextOf(ctx context.Context, cmd *orchestrator.Command) (about, error) {
	c, err := b.Record(ctx, cmd.Conversation)
	if err != nil {
		return about{}, b.Broken("open", err)
	}
	a := about{language: b.config.Language, fields: map[string]string{}}
	if c != nil {
		a.language = cmp.Or(c.Language, a.language)
	}
	items := append(wording.About(cmd, c), wording.Items([]wording.Item{
		{Name: "Skills", Value: strings.Join(cmd.Waiting.Skills, ", ")}, {Name: "Customer", Value: cmd.Customer.Name},
		{Name: "Email", Value: cmd.Customer.Email}, {Name: "Conversation", Value: string(cmd.Conversation)},
	}...)...)
	for _, one := range items {
		a.fields[one.Name] = one.Value
	}
	a.text = wording.WithHistory(wording.Lines(items), cmd.History, longestNotes)
	if before := wording.History(cmd.History, wording.LongestValue); before != "" {
		a.fields["History"] = before
	}
	return a, nil
}
