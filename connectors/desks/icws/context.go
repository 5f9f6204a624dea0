package icws

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// about is what people should know of a chat before they read it.
type about struct {
	text, language string
	fields         map[string]string // the same, one by one
}

// contextOf gathers what is known: why and about what, who it is, the conversation's attributes in the order of their names, and
// what was said before.
func (b *base) contextOf(ctx context.Context, cmd *orchestrator.Command) (about, error) {
	c, err := b.Record(ctx, cmd.Conversation)
	if err != nil {
		return about{}, b.Broken("open", err)
	}
	a := about{language: b.config.Language, fields: map[string]string{}}
	var lines []string
	add := func(name, value string) {
		if value = wording.Cut(value, longestAttribute); value != "" {
			a.fields[name] = value
			lines = append(lines, name+": "+value)
		}
	}
	add("Summary", cmd.Note)
	add("Reason", cmd.Reason)
	if cmd.Waiting != nil {
		add("Skills", strings.Join(cmd.Waiting.Skills, ", "))
	}
	add("Customer", cmd.Customer.Name)
	add("Email", cmd.Customer.Email)
	add("Conversation", string(cmd.Conversation))
	if c != nil {
		a.language = cmp.Or(c.Language, a.language)
		for i, name := range slices.Sorted(maps.Keys(c.Attributes)) {
			if i == maxAttributes {
				break
			}
			add(name, fmt.Sprint(c.Attributes[name]))
		}
	}
	a.text = wording.WithHistory(strings.Join(lines, "\n"), cmd.History, longestNotes)
	if before := wording.History(cmd.History, longestAttribute); before != "" {
		a.fields["History"] = before
	}
	return a, nil
}
