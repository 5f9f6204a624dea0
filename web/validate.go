package web

import (
	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

// checks gathers what is wrong with a body, so that one answer names all of it.
type checks []orchestrator.FieldError

func (f *checks) fail(pointer, detail string) {
	*f = append(*f, orchestrator.FieldError{Pointer: pointer, Detail: detail})
}

// check notes a fault, if there is one.
func (f *checks) check(pointer, fault string) {
	if fault != "" {
		f.fail(pointer, fault)
	}
}

// optional wants a member that may be left out to be without a fault, and answers it. One that is there and empty was not left out.
func (f *checks) optional(pointer string, value *string, fault func(string) string) string {
	if value == nil {
		return ""
	}
	f.check(pointer, fault(*value))
	return *value
}

// epoch is optional for an epoch.
func (f *checks) epoch(pointer string, value *int64) uint64 {
	if value == nil {
		return 0
	}
	f.check(pointer, values.Epoch(*value))
	return uint64(*value) //nolint:gosec // what is negative was noted
}

// required is the fault of a member that was left out, which one that shows nothing counts as.
const required = "is required"

// need notes the fault of a value that must be given.
func (f *checks) need(pointer, fault string) {
	if fault == values.Empty || fault == values.Blank {
		fault = required
	}
	f.check(pointer, fault)
}

// text wants words that show something, and answers them as they are kept.
func (f *checks) text(pointer, value string) string {
	kept, fault := values.Text(value, MaxText)
	f.need(pointer, fault)
	return kept
}

// mayText wants words that may be left out, and answers them as they are kept.
func (f *checks) mayText(pointer, value string) string {
	return f.words(pointer, value, MaxText)
}

// words is mayText for a shorter text.
func (f *checks) words(pointer, value string, most int) string {
	kept, fault := values.OptionalText(value, most)
	f.check(pointer, fault)
	return kept
}

// line wants a name, a reason or the like.
func (f *checks) line(pointer, value string) { f.need(pointer, values.Line(value, MaxName)) }

// mayLine is line for what may be left out.
func (f *checks) mayLine(pointer, value string) {
	if value != "" {
		f.check(pointer, values.Line(value, MaxName))
	}
}

func (f checks) err() error {
	if len(f) == 0 {
		return nil
	}
	return invalid(f...)
}
