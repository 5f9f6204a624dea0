// Package textsplit cuts a text that is too long for a vendor into pieces that are not, at the places where a reader minds
// it least.
package textsplit

import (
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Unit is what a vendor counts when it limits a text.
type Unit uint8

// The units.
const (
	Characters Unit = iota // code points
	UTF16                  // UTF-16 units, as Java, JavaScript and .NET count
	Bytes                  // bytes of UTF-8
)

// Split cuts a text into pieces of at most limit units, in order; joined they are the text again. A piece ends behind a
// paragraph or else a sentence, if one ends in its second half; else where a line may be broken (between words, mostly);
// else between two graphemes, so that no letter loses its accent and no emoji falls apart. Only a grapheme that is longer
// than the limit by itself is cut, between code points, and a code point never: it is a piece of its own. A limit of 0 or
// less is none; an empty text has no pieces.
func Split(text string, limit int, unit Unit) []string {
	if text == "" {
		return nil
	}
	var pieces []string
	for limit > 0 && text != "" {
		end := cut(text, limit, unit)
		pieces = append(pieces, text[:end])
		text = text[end:]
	}
	if text != "" {
		pieces = append(pieces, text)
	}
	return pieces
}

// Length is how long a text is in a unit.
func Length(text string, unit Unit) int {
	switch unit {
	case Bytes:
		return len(text)
	case UTF16:
		n := 0
		for _, r := range text {
			n += unitsOf(r)
		}
		return n
	case Characters:
	}
	return utf8.RuneCountInString(text)
}

// firstBeyondUTF16 is the first code point that takes two UTF-16 units.
const firstBeyondUTF16 = 0x10000

func unitsOf(r rune) int {
	if r >= firstBeyondUTF16 {
		return 2
	}
	return 1
}

// places are the ends of pieces found so far, by how little a reader minds them; 0: none.
type places struct {
	paragraph, sentence, word, grapheme int
}

// ahead is how many bytes behind a piece are looked at to know what kind of place its end is. It bounds the work: the rules
// of Unicode may look as far as the text goes.
const ahead = 256

// cut answers where the first piece ends: at the end of the text if all of it fits.
func cut(text string, limit int, unit Unit) int {
	text = text[:min(len(text), prefix(text, limit, unit)+ahead)]
	var found places
	at, length, state := 0, 0, -1
	for rest := text; rest != ""; {
		cluster, after, boundaries, next := uniseg.StepString(rest, state)
		length += Length(cluster, unit)
		if length > limit {
			return found.best(text, limit, unit)
		}
		at += len(cluster)
		found.note(at, length > limit/2, boundaries)
		rest, state = after, next
	}
	return len(text)
}

// note takes down what ends at a place.
func (p *places) note(at int, late bool, boundaries int) {
	p.grapheme = at
	switch line := boundaries & uniseg.MaskLine; {
	case line == uniseg.LineMustBreak && late:
		p.paragraph = at
	case line != uniseg.LineDontBreak:
		p.word = at
	}
	if late && boundaries&uniseg.MaskSentence != 0 {
		p.sentence = at
	}
}

func (p *places) best(text string, limit int, unit Unit) int {
	for _, at := range []int{p.paragraph, p.sentence, p.word, p.grapheme} {
		if at > 0 {
			return at
		}
	}
	return prefix(text, limit, unit)
}

// prefix is how many bytes of a text are within the limit: whole code points, and the first one in any case.
func prefix(text string, limit int, unit Unit) int {
	at, length := 0, 0
	for at < len(text) {
		_, size := utf8.DecodeRuneInString(text[at:])
		length += Length(text[at:at+size], unit)
		if length > limit && at > 0 {
			break
		}
		at += size
	}
	return at
}
