package values_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"handoff/orchestrator/values"
)

func TestWhatShows(t *testing.T) {
	for _, s := range []string{"a", "0", "-", "é", "中", "🙂", "👩‍👩‍👧", " x ", "\u200bx", "\u0600", "\ufffd", "\u0301"} {
		if !values.Shows(s) {
			t.Errorf("%q shows nothing", s)
		}
	}
	for _, s := range []string{"", " ", "\t\r\n", "\u00a0", "\u3000", "\u2028", "\u200b", "\ufeff", "\u2060\u200d", "\u202e", "\u2066\u2069",
		"\u00ad", "\u034f", "\u115f", "\u3164", "\u2800", "\ufe0f", "\U000e0041", "\U000e0100", "\x00", "\x1b", "\x7f", "\u0085"} {
		if values.Shows(s) {
			t.Errorf("%q shows something", s)
		}
	}
}

func TestTextIsKeptWithoutControlCharacters(t *testing.T) {
	for given, want := range map[string]string{
		"hello": "hello", "red \x1b[31mword\x00": "red [31mword", "a\tb\r\nc\n": "a\tb\r\nc\n", "ü\u0085ö\x7f": "üö",
		"\x00مرحبا\u200f": "مرحبا\u200f", "a\xffb": "a\ufffdb", " x ": " x ",
	} {
		if kept, fault := values.Text(given, 100); kept != want || fault != "" {
			t.Errorf("%q is kept as %q (%s), want %q", given, kept, fault, want)
		}
	}
}

func TestLimitsAreInCharactersAndIncludeTheirEnds(t *testing.T) {
	for _, unit := range []string{"x", "ü", "🙂"} {
		for _, row := range []struct {
			name  string
			most  int
			fault func(string) string
		}{
			{"conversation", values.MaxID, values.ConversationID}, {"message", values.MaxID, values.MessageID},
			{"person", values.MaxID, values.PersonID},
			{"text", values.MaxText, func(s string) string { _, fault := values.Text(s, values.MaxText); return fault }},
			{"name", values.MaxName, func(s string) string { _, fault := values.PersonName(s); return fault }},
			{"attribute", values.MaxAttributeText, func(s string) string { _, fault := values.AttributeText(s); return fault }},
		} {
			if fault := row.fault(strings.Repeat(unit, row.most)); fault != "" {
				t.Errorf("%s of %d %s: %s", row.name, row.most, unit, fault)
			}
			if fault := row.fault(strings.Repeat(unit, row.most+1)); fault != values.TooLong(row.most) {
				t.Errorf("%s of %d %s: %q", row.name, row.most+1, unit, fault)
			}
		}
	}
}

func TestFormsOfValues(t *testing.T) {
	kept := func(f func(string) (string, string)) func(string) string {
		return func(s string) string { _, fault := f(s); return fault }
	}
	for _, row := range []struct {
		name  string
		fault func(string) string
		good  []string
		bad   []string
	}{
		{"conversation", values.ConversationID, []string{"c-789", "whatsapp:+4712345678", "user@example.org", "19:m_a@thread.v2", "a/b", `O'Brien "x" <b>`, " x"},
			[]string{"", " ", "\u200b", "a\x00b", "a\nb"}},
		{"key", values.Key, []string{"evt_1", "A.z:~-9"}, []string{"", "a/b", "a b", "ü", strings.Repeat("x", 129)}},
		{"language", values.Language, []string{"", "en", "de-AT", "zh-Hant-TW", "DE"}, []string{"e", "german!", "12-34", "-", "en-", "en-abcdefghi", "ü"}},
		{"email", kept(values.Email), []string{"", "  ", "ann@example.org", "a@b"}, []string{"ann", "@", "a@", "@b", "a b@c", "a\x00@b"}},
		{"url", values.FileURL, []string{"https://files.example/a"}, []string{"", " ", "http://a/b", "https://a:b@c/d", "javascript:x", "/a", "https:///x", "https://a/\x00"}},
		{"name", kept(values.PersonName), []string{"", " ", "Ann", "Ægir Ø"}, []string{"a\x07"}},
		{"attribute's name", values.AttributeName, []string{"order", "a/b~c"}, []string{"", " ", "a\x00", strings.Repeat("x", 65)}},
	} {
		for _, s := range row.good {
			if fault := row.fault(s); fault != "" {
				t.Errorf("%s %q: %s", row.name, s, fault)
			}
		}
		for _, s := range row.bad {
			if row.fault(s) == "" {
				t.Errorf("%s %q is taken", row.name, s)
			}
		}
	}
}

func FuzzWhatIsKeptIsTakenAgainAndTheSame(f *testing.F) {
	for _, seed := range []string{"hello", "", " ", "\x00", "red \x1b[31m", "\u200b", "a\xff", "ü\u0085"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		kept, fault := values.Text(s, values.MaxText)
		if fault != "" {
			if kept != "" {
				t.Errorf("%q is refused (%s) and kept as %q", s, fault, kept)
			}
			return
		}
		if again, fault := values.Text(kept, values.MaxText); again != kept || fault != "" {
			t.Errorf("%q is kept as %q, and that as %q (%s)", s, kept, again, fault)
		}
		if !utf8.ValidString(kept) || !values.Shows(kept) || strings.ContainsFunc(kept, func(r rune) bool {
			return unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r)
		}) {
			t.Errorf("%q is kept as %q", s, kept)
		}
		if values.Line(s, values.MaxID) == "" && kept != s && utf8.ValidString(s) {
			t.Errorf("%q is an id and as a text becomes %q", s, kept)
		}
	})
}
