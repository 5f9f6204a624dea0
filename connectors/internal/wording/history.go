package wording

import (
	"slices"
	"strings"

	"handoff/connectors/internal/textsplit"
	"handoff/orchestrator"
)

const (
	// HistoryHeading begins a history, so that nobody takes it for words of now.
	HistoryHeading = "Earlier in this chat:"
	// HistoryCut stands where older words were left out.
	HistoryCut = "[… older words are left out]"
)

// History is what people read of what was said before: a heading, and a paragraph for each word with who said it. What is
// longer than so many characters is cut from the oldest on, with a mark. It is empty where nothing was said, or where there is
// no room for any of its words.
func History(h *orchestrator.History, limit int) string {
	if h == nil || len(h.Said) == 0 && !h.Truncated {
		return ""
	}
	all := make([]string, len(h.Said))
	for i := range h.Said {
		all[i] = spoken(&h.Said[i])
	}
	if !h.Truncated {
		if whole := HistoryHeading + "\n" + strings.Join(all, "\n"); length(whole) <= limit {
			return whole
		}
	}
	said := newest(all, limit-length(HistoryHeading+"\n"+HistoryCut))
	if len(said) == 0 && len(all) > 0 || length(HistoryHeading+"\n"+HistoryCut) > limit {
		return ""
	}
	if h.Truncated || len(said) < len(all) || said[0] != all[0] {
		said = slices.Insert(said, 0, HistoryCut)
	}
	return HistoryHeading + "\n" + strings.Join(said, "\n")
}

// newest are the last words that have room, each behind a line's end: at least a part of the very last.
func newest(all []string, room int) []string {
	first := len(all)
	for ; first > 0; first-- {
		need := 1 + length(all[first-1])
		if need > room {
			break
		}
		room -= need
	}
	if last := len(all) - 1; last >= 0 && first > last && room > shortestWord {
		return []string{Cut(all[last], room-1)}
	}
	return slices.Clone(all[first:])
}

// shortestWord is how many characters of a word are worth showing.
const shortestWord = 40

// WithHistory is a text for people with the history behind it, in at most so many characters together. The text comes first; a
// long one leaves half of the room to the history.
func WithHistory(text string, h *orchestrator.History, limit int) string {
	const between = "\n\n"
	before := History(h, limit)
	switch {
	case text == "":
		return before
	case before == "":
		return Cut(text, limit)
	}
	text = Cut(text, max(limit-length(between)-length(before), limit/2))
	return text + between + History(h, limit-length(between)-length(text))
}

// lines ends lines in one way only, and marks all but the first: nobody can write a line that looks like another's word.
var lines = strings.NewReplacer("\r\n", nextLine, "\n", nextLine, "\r", nextLine, "\v", nextLine, "\f", nextLine,
	"\u0085", nextLine, "\u2028", nextLine, "\u2029", nextLine)

const nextLine = "\n| "

// spoken is one word of a history.
func spoken(said *orchestrator.Said) string {
	who := "Customer: "
	if said.Role == orchestrator.ActorBot {
		who = "Bot: "
	}
	return who + lines.Replace(strings.TrimSpace(Text(&said.Message)))
}

func length(text string) int { return textsplit.Length(text, textsplit.Characters) }
