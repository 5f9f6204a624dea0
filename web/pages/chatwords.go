package pages

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// ChatLanguage is the language in which the customer's chat speaks.
type ChatLanguage struct {
	// Lang is the language of the words, as the page says of itself: de.
	Lang string
	// Asked is the tag that the customer asked for, de-AT, or her first if there are words for none. The texts of the policy
	// follow it, which may be there in other languages than the page.
	Asked string
	// Words are the page's own words, by key. One in braces is put in by whoever says it.
	Words map[string]string
}

// fallbackLanguage is for whoever asked for none that there is.
const fallbackLanguage = "en"

// otherNames are tags under which a language is asked for as well.
var otherNames = map[string]string{"no": "nb", "nn": "nb"}

const (
	maxLanguages = 20 // of one wish list that are looked at
	maxTag       = 35 // characters of one tag
)

// ChatLanguageFor answers the first language of a wish list, as in the header Accept-Language, in which there are words.
func ChatLanguageFor(wishes string) ChatLanguage {
	tags := ranked(wishes)
	for _, tag := range tags {
		lang, _, _ := strings.Cut(strings.ToLower(tag), "-")
		lang = cmp.Or(otherNames[lang], lang)
		if words, ok := chatWords[lang]; ok {
			return ChatLanguage{lang, tag, words}
		}
	}
	asked := append(tags, fallbackLanguage)[0]
	return ChatLanguage{fallbackLanguage, asked, chatWords[fallbackLanguage]}
}

// ranked sorts the tags of a wish list by their weight; what is no tag is left out.
func ranked(wishes string) []string {
	type wish struct {
		tag    string
		weight float64
	}
	var all []wish
	for part := range strings.SplitSeq(wishes, ",") {
		tag, parameter, _ := strings.Cut(part, ";")
		w := wish{strings.TrimSpace(tag), 1}
		if value, ok := strings.CutPrefix(strings.TrimSpace(parameter), "q="); ok {
			w.weight, _ = strconv.ParseFloat(value, 64) // one that is no number weighs nothing
		}
		if IsLanguageTag(w.tag) && w.weight > 0 && len(all) < maxLanguages {
			all = append(all, w)
		}
	}
	slices.SortStableFunc(all, func(a, b wish) int { return cmp.Compare(b.weight, a.weight) })
	tags := make([]string, len(all))
	for i, w := range all {
		tags[i] = w.tag
	}
	return tags
}

// IsLanguageTag reports whether a text has the form of a language tag: en, de-AT. At most 35 characters.
func IsLanguageTag(s string) bool {
	if len(s) > maxTag {
		return false
	}
	for i, part := range strings.Split(s, "-") {
		least, most := 1, 8
		if i == 0 {
			least, most = 2, 3
		}
		if len(part) < least || len(part) > most || strings.ContainsFunc(part, func(r rune) bool {
			letter := (r >= 'a' && r <= 'z') || (r >= 'A' && r <= 'Z')
			return !letter && (i == 0 || r < '0' || r > '9')
		}) {
			return false
		}
	}
	return true
}
