package textsplit_test

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rivo/uniseg"

	"handoff/connectors/internal/textsplit"
)

const (
	family = "👨‍👩‍👧" // three people joined: 5 code points, 8 UTF-16 units, 18 bytes
	norway = "🇳🇴"
)

func TestPiecesEndWhereAReaderMindsItLeast(t *testing.T) {
	for _, row := range []struct {
		name, text string
		limit      int
		unit       textsplit.Unit
		want       []string
	}{
		{"nothing", "", 10, textsplit.Characters, nil},
		{"no limit", "as long as you like", 0, textsplit.Characters, []string{"as long as you like"}},
		{"fits exactly", "exactly", 7, textsplit.Characters, []string{"exactly"}},
		{"behind a paragraph", "One. Two.\n\nThree four. Five six", 25, textsplit.Characters,
			[]string{"One. Two.\n\nThree four. ", "Five six"}},
		{"behind a paragraph rather than a sentence", "One and two.\nThree. Four five", 22, textsplit.Characters,
			[]string{"One and two.\n", "Three. Four five"}},
		{"behind a sentence", "It is late. Come back tomorrow, please", 20, textsplit.Characters,
			[]string{"It is late. ", "Come back tomorrow, ", "please"}},
		{"not behind an early sentence", "No. That is not what we have agreed upon", 20, textsplit.Characters,
			[]string{"No. That is not ", "what we have agreed ", "upon"}},
		{"between words, with the comma", "alpha, beta", 8, textsplit.Characters, []string{"alpha, ", "beta"}},
		{"a long word", "abcdefghij", 4, textsplit.Characters, []string{"abcd", "efgh", "ij"}},
		{"accents stay", "e\u0301e\u0301e\u0301", 3, textsplit.Characters, []string{"e\u0301", "e\u0301", "e\u0301"}},
		{"flags stay", norway + norway + norway, 5, textsplit.Characters, []string{norway + norway, norway}},
		{"a family stays together", family + family, 8, textsplit.UTF16, []string{family, family}},
		{"a line end of two characters stays", "abc\r\ndef", 4, textsplit.Bytes, []string{"abc", "\r\n", "def"}},
		{"counted in UTF-16", "😀😀😀", 4, textsplit.UTF16, []string{"😀😀", "😀"}},
		{"counted in bytes", "ææææ", 5, textsplit.Bytes, []string{"ææ", "ææ"}},
		{"a grapheme beyond the limit", family, 3, textsplit.Characters, []string{"👨\u200d👩", "\u200d👧"}},
		{"a code point beyond the limit", "😀a", 1, textsplit.Bytes, []string{"😀", "a"}},
		{"not valid", "\xff\xfe\xfd", 2, textsplit.Bytes, []string{"\xff\xfe", "\xfd"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if diff := cmp.Diff(row.want, textsplit.Split(row.text, row.limit, row.unit)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestLengthCountsAsTheVendorDoes(t *testing.T) {
	for unit, want := range map[textsplit.Unit]int{textsplit.Characters: 5, textsplit.UTF16: 8, textsplit.Bytes: 18} {
		if have := textsplit.Length(family, unit); have != want {
			t.Errorf("unit %d: %d, want %d", unit, have, want)
		}
	}
}

func BenchmarkTextThatLooksFarAhead(b *testing.B) {
	text := strings.Repeat("a.", 8000)
	for b.Loop() {
		textsplit.Split(text, 4000, textsplit.Characters)
	}
}

// longest is that of the graphemes of a text.
func longest(text string, unit textsplit.Unit) int {
	most := 0
	for g := uniseg.NewGraphemes(text); g.Next(); {
		most = max(most, textsplit.Length(g.Str(), unit))
	}
	return most
}

// graphemeEnds are the places at which a text may be cut without breaking a grapheme.
func graphemeEnds(text string) []int {
	var ends []int
	for g := uniseg.NewGraphemes(text); g.Next(); {
		_, end := g.Positions()
		ends = append(ends, end)
	}
	return ends
}

func FuzzSplit(f *testing.F) {
	for _, text := range []string{
		"", "Hello. How are you?\n\nFine, thank you.", family + norway + "e\u0301", "\xff\xfe", "क्षि नमस्ते", "\r\n\r\n", "สวัสดีครับ",
		strings.Repeat("a\u0301", 20),
	} {
		f.Add(text, 7, uint8(0))
		f.Add(text, 16, uint8(1))
		f.Add(text, 5, uint8(2))
	}
	f.Fuzz(func(t *testing.T, text string, limit int, of uint8) {
		unit := textsplit.Unit(of % 3)
		pieces := textsplit.Split(text, limit, unit)
		if strings.Join(pieces, "") != text {
			t.Fatalf("%q became %q", text, pieces)
		}
		if limit <= 0 {
			return
		}
		whole := longest(text, unit) <= limit
		ends, at := graphemeEnds(text), 0
		for _, piece := range pieces {
			at += len(piece)
			switch {
			case piece == "":
				t.Fatalf("an empty piece in %q", pieces)
			case textsplit.Length(piece, unit) > limit && utf8.RuneCountInString(piece) > 1:
				t.Fatalf("%q is longer than %d", piece, limit)
			case whole && !slices.Contains(ends, at):
				t.Fatalf("%q breaks a grapheme of %q", pieces, text)
			}
		}
	})
}
