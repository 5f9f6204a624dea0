package native

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

const (
	// cutMark stands where the older part of a text was cut, endMark where its end was.
	cutMark = "[cut] "
	endMark = " [cut]"
	// maxMark is room for the mark in place of older turns.
	maxMark = 64
)

// summary reads what the bot makes of the talk. One that is too long is cut, with a mark: it is a hint, and no hint costs the
// customer the handoff.
func (d *decoder) summary() string {
	b, _ := d.String()
	text := values.Clean(string(b))
	if !values.Shows(text) {
		return ""
	}
	if len(text) <= MaxSummary || utf8.RuneCountInString(text) <= MaxSummary {
		return text
	}
	keep := 0
	for range MaxSummary - len(endMark) {
		_, size := utf8.DecodeRuneInString(text[keep:])
		keep += size
	}
	return text[:keep] + endMark
}

// transcript reads what was said before we were asked. What is too long is cut from the oldest, with a mark, and not
// refused: a handoff must not fail because the talk before it was long.
func (d *decoder) transcript() []orchestrator.Turn {
	if !d.Array() {
		return nil
	}
	var turns []orchestrator.Turn
	for d.Element() {
		turns = append(turns, d.turn())
	}
	return newest(turns)
}

func (d *decoder) turn() (t orchestrator.Turn) {
	if !d.Object() {
		return t
	}
	spoken, worded := false, false
	for d.Present() {
		switch string(d.Name()) {
		case "id":
			t.ID = d.one(values.MessageID)
		case "role":
			t.Role, spoken = orchestrator.ActorRole(d.OneOf("user", "bot", "agent", "system")), true
		case "text":
			text, _ := d.String()
			t.Text, worded = end(values.Clean(string(text))), true
		case "timestamp":
			t.At = d.moment()
		default:
			d.Skip()
		}
	}
	if !spoken {
		d.Missing("role")
	}
	if !worded {
		d.Missing("text")
	}
	return t
}

// older is how many turns are too many, or hold what is beyond the bytes that are kept.
func older(turns []orchestrator.Turn) int {
	least, room := max(0, len(turns)-MaxTranscript), MaxTranscriptBytes-maxMark
	for i := len(turns) - 1; i >= least; i-- {
		if room -= len(turns[i].Text); room < 0 {
			return i + 1
		}
	}
	return least
}

// newest keeps the last turns, the first of them being the mark if there were more.
func newest(turns []orchestrator.Turn) []orchestrator.Turn {
	cut := older(turns)
	if cut == 0 {
		return turns
	}
	if len(turns)-cut == MaxTranscript {
		cut++ // for the mark
	}
	kept := append([]orchestrator.Turn(nil), turns[cut-1:]...)
	kept[0] = orchestrator.Turn{Role: orchestrator.ActorSystem, Text: fmt.Sprintf("[%d earlier messages were cut]", cut), At: turns[cut-1].At}
	return kept
}

// end keeps the last MaxText characters of a text, with the mark among them if it was longer.
func end(text string) string {
	if len(text) <= MaxText || utf8.RuneCountInString(text) <= MaxText {
		return text
	}
	keep, from := MaxText-len(cutMark), len(text)
	for range keep {
		_, size := utf8.DecodeLastRuneInString(text[:from])
		from -= size
	}
	return cutMark + text[from:]
}

// spokenLines reads a transcript that is one text: a line that begins with a role and a colon begins a turn.
func spokenLines(text string) []orchestrator.Turn {
	var turns []orchestrator.Turn
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if role, said, ok := spokenLine(line); ok {
			turns = append(turns, orchestrator.Turn{Role: role, Text: said})
			continue
		}
		if len(turns) == 0 {
			if strings.TrimSpace(line) == "" {
				continue
			}
			turns = append(turns, orchestrator.Turn{Role: orchestrator.ActorSystem, Text: line})
			continue
		}
		turns[len(turns)-1].Text += "\n" + line
	}
	for i := range turns {
		turns[i].Text = end(values.Clean(strings.TrimSpace(turns[i].Text)))
	}
	return newest(turns)
}

func spokenLine(line string) (orchestrator.ActorRole, string, bool) {
	before, said, ok := strings.Cut(line, ":")
	if !ok {
		return "", "", false
	}
	switch role := orchestrator.ActorRole(strings.ToLower(strings.TrimSpace(before))); role { //nolint:exhaustive // those of a transcript
	case orchestrator.ActorCustomer, orchestrator.ActorBot, orchestrator.ActorAgent, orchestrator.ActorSystem:
		return role, strings.TrimSpace(said), true
	default:
		return "", "", false
	}
}
