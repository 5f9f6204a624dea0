package values

import (
	"strconv"
	"strings"
	"unicode"
)

// Faults that several values have.
const (
	Empty   = "must not be empty"
	Blank   = "must not be blank"
	Control = "must not hold control characters"
)

// TooLong is the fault of a value of more than so many characters.
func TooLong(most int) string { return "must have at most " + strconv.Itoa(most) + " characters" }

// Text is what people or bots say: it shows something, over any number of lines. It is kept without control characters.
func Text(s string, most int) (kept, fault string) {
	kept = Clean(s)
	switch {
	case s == "":
		return "", Empty
	case !Shows(kept):
		return "", Blank
	case longer(kept, most):
		return "", TooLong(most)
	}
	return kept, ""
}

// OptionalText is a text that may be left out; one that shows nothing is left out.
func OptionalText(s string, most int) (kept, fault string) {
	kept = Clean(s)
	switch {
	case !Shows(kept):
		return "", ""
	case longer(kept, most):
		return "", TooLong(most)
	}
	return kept, ""
}

// Line is a value of one line that must be kept as it is, because somebody compares it: an id, a name of ours.
func Line(s string, most int) (fault string) {
	switch {
	case s == "":
		return Empty
	case longer(s, most):
		return TooLong(most)
	case strings.ContainsFunc(s, unicode.IsControl):
		return Control
	case !Shows(s):
		return Blank
	}
	return ""
}

// PersonName is what somebody is called. One that shows nothing is left out.
func PersonName(s string) (kept, fault string) {
	switch fault = Line(s, MaxName); fault {
	case Empty, Blank:
		return "", ""
	case "":
		return s, ""
	}
	return "", fault
}
