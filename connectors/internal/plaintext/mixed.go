package plaintext

import (
	stdhtml "html"
	"regexp"
	"strings"

	"golang.org/x/net/html/atom"
)

// tag finds what may be the beginning of an element; its name is the first group.
var tag = regexp.MustCompile(`</?([a-zA-Z][a-zA-Z0-9]*)`)

// FromMixed answers the words of a text of which the vendor does not say whether it is HTML. It is, where it has an element that
// HTML knows; anything else in angle brackets stays as it was written. Without any element only entities become characters.
func FromMixed(source string) string {
	elements := false
	kept := tag.ReplaceAllStringFunc(source, func(found string) string {
		if atom.Lookup([]byte(strings.ToLower(strings.TrimLeft(found, "</")))) != 0 {
			elements = true
			return found
		}
		return "&lt;" + found[1:]
	})
	if elements {
		return FromHTML(kept)
	}
	return strings.ReplaceAll(stdhtml.UnescapeString(strings.ToValidUTF8(source, "\uFFFD")), "\u00a0", " ")
}
