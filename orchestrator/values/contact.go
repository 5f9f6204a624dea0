package values

import (
	"net/url"
	"strings"
)

// Faults of values with a form.
const (
	WantEmail    = "must be an e-mail address"
	WantLanguage = "must be a BCP 47 tag such as de-DE"
	WantURL      = "must be an absolute https URL without user and password"
)

// Email is an address; whether it exists is not ours to know. One that shows nothing is left out.
func Email(s string) (kept, fault string) {
	switch fault = Line(s, MaxEmail); fault {
	case Empty, Blank:
		return "", ""
	case "":
	default:
		return "", fault
	}
	if at := strings.LastIndexByte(s, '@'); at < 1 || at == len(s)-1 || strings.ContainsRune(s, ' ') {
		return "", WantEmail
	}
	return s, ""
}

// Language is a BCP 47 tag; the shape is checked, not the registry. An empty one is left out.
func Language(s string) (fault string) {
	if s == "" {
		return ""
	}
	if longer(s, MaxLanguage) {
		return TooLong(MaxLanguage)
	}
	for i, part := range strings.Split(s, "-") {
		least := 1
		if i == 0 {
			least = 2
		}
		if len(part) < least || len(part) > 8 || strings.ContainsFunc(part, func(r rune) bool {
			letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
			return !letter && (i == 0 || r < '0' || r > '9')
		}) {
			return WantLanguage
		}
	}
	return ""
}

// FileURL is where a file lies that somebody attached: an absolute https URL without user and password.
func FileURL(s string) (fault string) {
	switch fault = Line(s, MaxURL); fault {
	case Empty, TooLong(MaxURL):
		return fault
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return WantURL
	}
	return ""
}

// AttributeName is what something known about a customer or a conversation is called.
func AttributeName(s string) (fault string) {
	switch fault = Line(s, MaxAttributeName); fault {
	case Empty, TooLong(MaxAttributeName):
		return "the name must have 1 to 64 characters"
	case "":
		return ""
	}
	return "the name " + fault
}

// AttributeText is the value of an attribute that is a text. It may be empty, and is kept without control characters.
func AttributeText(s string) (kept, fault string) {
	if kept = Clean(s); longer(kept, MaxAttributeText) {
		return "", TooLong(MaxAttributeText)
	}
	return kept, ""
}
