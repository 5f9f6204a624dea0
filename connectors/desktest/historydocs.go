package desktest

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var updateHistory = flag.Bool("update-history", false, "write what people read of a history into docs/connectors.md anew")

// connectorsDocument is where the table stands, as a desk's own tests see it.
const connectorsDocument = "../../../docs/connectors.md"

// HistoryInDocument checks that docs/connectors.md shows what people at this desk read of what was said before: the line of the
// table that begins with the name. With -update-history it writes the line anew.
func HistoryInDocument(t *testing.T, name string, open Open) {
	t.Helper()
	first := "| " + name + " |"
	want := first + " " + strings.Join(historyCells(t, open), " | ") + " |"
	document, err := os.ReadFile(connectorsDocument)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(document), "\n")
	at := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, first) })
	switch {
	case at < 0:
		t.Fatalf("%s has no line that begins with %q", connectorsDocument, first)
	case lines[at] == want:
	case *updateHistory:
		lines[at] = want
		if err := os.WriteFile(connectorsDocument, []byte(strings.Join(lines, "\n")), 0o600); err != nil { //nolint:gosec // the document's own path
			t.Fatal(err)
		}
	default:
		t.Errorf("-update-history writes it anew: the document says\n%s\nand people read\n%s", lines[at], want)
	}
}

// historyCells plays the examples: how it is shown, what people read, and how much of a long talk.
func historyCells(t TB, open Open) []string {
	shown, read, long := "–", "", "–"
	One(t, Behaviour{Name: t.(interface{ Name() string }).Name(), Check: func(t TB, p *Play) {
		if history := p.Desk.Manifest().History; history != "" {
			shown = history
		}
		read = p.readExample(t)
	}}, open)
	if shown == "–" {
		return []string{shown, read, long}
	}
	One(t, Behaviour{Name: "a long talk", Check: func(t TB, p *Play) {
		first := firstShown(readable(p.handOverAfter(t, "c-1", LongBefore())))
		long = fmt.Sprintf("the newest %d, after the mark", manyWords+1-first)
	}}, open)
	return []string{shown, read, long}
}

// readExample plays the example and answers what people read. In the seat agent its last words are said at the desk itself.
func (p *Play) readExample(t TB) string {
	var cells []string
	chat := p.handOverAfter(t, "c-1", Before())
	if block := historyBlock(strings.Join(chat.Context, "\n")); block != "" {
		cells = append(cells, "beside the chat:", block)
	}
	for _, word := range chat.Words {
		switch {
		case word.Hidden:
			cells = append(cells, "in the chat, for people only:", historyBlock(word.Text))
		case word.Role != "system":
			cells = append(cells, "in the chat, "+word.Role+": "+word.Text)
		}
	}
	if p.Desk.Manifest().History == "" {
		cells = append(cells, "*what was said before this chat is named on the timeline: `history_not_carried`*")
	}
	return strings.NewReplacer("|", "\\|", "\n", "<br>").Replace(strings.Join(cells, "\n"))
}

// historyBlock is the part of a text that is a history.
func historyBlock(text string) string {
	var block []string
	for line := range strings.SplitSeq(text, "\n") {
		switch at := strings.Index(line, "Earlier in this chat:"); {
		case at >= 0 && len(block) == 0:
			block = append(block, line[at:])
		case len(block) > 0 && (strings.HasPrefix(line, "Customer: ") || strings.HasPrefix(line, "Bot: ") || strings.HasPrefix(line, "| ")):
			block = append(block, line)
		case len(block) > 0:
			return strings.Join(block, "\n")
		}
	}
	return strings.Join(block, "\n")
}
