package wording_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

func TestFilesFollowTheTextEachOnALine(t *testing.T) {
	picture := orchestrator.Attachment{URL: "https://files.example.com/a?b=1&c=2", Name: "cat.png"}
	unnamed := orchestrator.Attachment{URL: "https://files.example.com/d"}
	for want, m := range map[string]orchestrator.Message{
		"look":                           {Text: "look"},
		"look\ncat.png " + picture.URL:   {Text: "look", Attachments: []orchestrator.Attachment{picture}},
		"cat.png " + picture.URL:         {Attachments: []orchestrator.Attachment{picture}},
		unnamed.URL + "\n" + unnamed.URL: {Attachments: []orchestrator.Attachment{unnamed, unnamed}},
		"":                               {},
	} {
		if have := wording.Text(&m); have != want {
			t.Errorf("%q, want %q", have, want)
		}
	}
}

func TestWhatIsCutSaysSo(t *testing.T) {
	long := strings.Repeat("One more sentence of hers. ", 100)
	for _, row := range []struct {
		text  string
		limit int
		cut   bool
	}{{long, 2000, true}, {long, len(long), false}, {strings.Repeat("æ", 50), 20, true}, {"abcdef", 3, true}, {"", 3, false}} {
		have := wording.Cut(row.text, row.limit)
		if n := utf8.RuneCountInString(have); n > row.limit {
			t.Errorf("%d characters, the limit is %d", n, row.limit)
		}
		if !row.cut && have != row.text {
			t.Errorf("%q was cut", row.text)
		}
		if marked := strings.HasSuffix(have, wording.Mark); marked != (row.cut && row.limit > 4) {
			t.Errorf("%q cut to %d: marked %t", row.text, row.limit, marked)
		}
	}
}
