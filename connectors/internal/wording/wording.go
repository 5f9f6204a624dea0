// Package wording makes plain text of what a vendor has no other form for.
package wording

import (
	"strings"

	"handoff/connectors/internal/textsplit"
	"handoff/orchestrator"
)

// Text is what people read of a message: its text, and a line for each file, whose bytes never pass through here.
func Text(m *orchestrator.Message) string {
	lines := make([]string, 0, 1+len(m.Attachments))
	if m.Text != "" {
		lines = append(lines, m.Text)
	}
	for _, file := range m.Attachments {
		lines = append(lines, strings.TrimSpace(file.Name+" "+file.URL))
	}
	return strings.Join(lines, "\n")
}

// Mark ends a text that was cut.
const Mark = " […]"

// Cut shortens a text to so many characters. What was cut ends with the mark, so that whoever reads it knows.
func Cut(text string, limit int) string {
	if textsplit.Length(text, textsplit.Characters) <= limit {
		return text
	}
	room := limit - textsplit.Length(Mark, textsplit.Characters)
	if room <= 0 {
		return textsplit.Split(text, limit, textsplit.Characters)[0]
	}
	return strings.TrimRight(textsplit.Split(text, room, textsplit.Characters)[0], " \n") + Mark
}
