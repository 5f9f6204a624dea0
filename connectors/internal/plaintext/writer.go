package plaintext

import (
	"strconv"
	"strings"
	"unicode"
)

// writer puts words into lines. White space becomes one space, and lines are apart by one empty line at most.
type writer struct {
	b     strings.Builder
	ends  int  // line ends that come before the next word
	space bool // a space comes before the next word
	kept  int  // how many elements are open whose white space is kept
	ahead int  // spaces before the next word where white space is kept
}

// String answers what was written.
func (w *writer) String() string { return w.b.String() }

// text writes words.
func (w *writer) text(words string) {
	for _, r := range words {
		switch {
		case r == '\n' && w.kept > 0:
			w.newline()
		case unicode.IsSpace(r) && w.kept > 0:
			w.ahead++
		case unicode.IsSpace(r):
			w.space = true
		case !unicode.IsControl(r):
			w.settle()
			w.b.WriteRune(r)
		}
	}
}

// newline ends a line; a second one makes an empty line, more do nothing.
func (w *writer) newline() { w.lines(min(w.ends+1, 2)) }

// lines asks for at least n line ends before the next word.
func (w *writer) lines(n int) {
	if n > 0 {
		w.ends, w.space, w.ahead = max(w.ends, n), false, 0
	}
}

// settle writes what has to come before a word. Nothing comes before the first one.
func (w *writer) settle() {
	switch {
	case w.b.Len() == 0:
	case w.ends > 0:
		w.b.WriteString("\n\n"[:w.ends])
	case w.space && w.ahead == 0:
		w.b.WriteByte(' ')
	}
	if w.b.Len() > 0 {
		w.b.WriteString(strings.Repeat(" ", w.ahead))
	}
	w.ends, w.space, w.ahead = 0, false, 0
}

// mark begins an item of a list.
func (w *writer) mark(depth int, mark string) {
	w.settle()
	w.b.WriteString(strings.Repeat("  ", depth))
	w.b.WriteString(mark)
}

func numbered(n int) string { return strconv.Itoa(n) + ". " }
