package values

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// brailleBlank is a symbol for Unicode, and drawn as nothing.
const brailleBlank = '\u2800'

// Shows reports whether anything of a text can be seen: spaces, controls, marks of direction, joiners and fillers cannot.
func Shows(s string) bool {
	for _, r := range s {
		if visible(r) {
			return true
		}
	}
	return false
}

func visible(r rune) bool {
	if r < utf8.RuneSelf { // the common case
		return r > ' ' && r != 0x7f
	}
	switch {
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r): // signs of Arabic and Syriac, drawn though of the category format
		return true
	case r == brailleBlank, unicode.IsSpace(r), unicode.IsControl(r):
		return false
	case unicode.In(r, unicode.Cf, unicode.Z, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
		return false
	}
	return true
}

// Clean takes control characters out of a text, all but tab and line breaks, and writes U+FFFD for what is not UTF-8.
func Clean(s string) string {
	if !needsCleaning(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if isStrayControl(r) {
			return -1
		}
		return r
	}, s)
}

func needsCleaning(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && isStrayControl(rune(c)) || c == 0x7f {
			return true
		} else if c >= utf8.RuneSelf {
			return !utf8.ValidString(s[i:]) || strings.ContainsFunc(s[i:], isStrayControl)
		}
	}
	return false
}

func isStrayControl(r rune) bool { return unicode.IsControl(r) && r != '\t' && r != '\n' && r != '\r' }

// longer reports whether a text has more than so many characters.
func longer(s string, most int) bool { return len(s) > most && utf8.RuneCountInString(s) > most }
