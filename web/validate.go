package web

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"handoff/orchestrator"
)

// checks gathers what is wrong with a body, so that one answer names all of it.
type checks []orchestrator.FieldError

func (f *checks) fail(pointer, detail string) {
	*f = append(*f, orchestrator.FieldError{Pointer: pointer, Detail: detail})
}

// text wants 1 to most characters that are not all blank.
func (f *checks) text(pointer, value string, most int) {
	if strings.TrimSpace(value) == "" {
		f.fail(pointer, "is required")
		return
	}
	f.atMost(pointer, value, most)
}

// atMost wants at most so many characters.
func (f *checks) atMost(pointer, value string, most int) {
	if utf8.RuneCountInString(value) > most {
		f.fail(pointer, "must have at most "+strconv.Itoa(most)+" characters")
	}
}

// id wants 1 to MaxID characters out of [A-Za-z0-9._:~-].
func (f *checks) id(pointer, value string) {
	if !validID(value) {
		f.fail(pointer, "must be 1 to "+strconv.Itoa(MaxID)+" of A-Z a-z 0-9 . _ : ~ -")
	}
}

func (f checks) err() error {
	if len(f) == 0 {
		return nil
	}
	return invalid(f...)
}

func validID(s string) bool {
	if s == "" || len(s) > MaxID {
		return false
	}
	for i := range len(s) {
		c := s[i]
		letter := (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
		if !letter && c != '.' && c != '_' && c != ':' && c != '~' && c != '-' {
			return false
		}
	}
	return true
}
