package main

import "log/slog"

// Secret is a value of the configuration that is never printed: in errors, logs and "check-config --print" it shows as
// redacted.
type Secret string

const redacted = "[redacted]"

// String hides the value; an empty secret shows as empty.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString hides the value from %#v.
func (s Secret) GoString() string { return s.String() }

// LogValue hides the value from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the value from encoders.
func (s Secret) MarshalText() ([]byte, error) { //nolint:unparam // the interface of encoding wants the error
	return []byte(s.String()), nil
}

// Reveal is the value itself, for the one place that uses it.
func (s Secret) Reveal() string { return string(s) }

func reveal(secrets []Secret) []string {
	plain := make([]string, len(secrets))
	for i, s := range secrets {
		plain[i] = s.Reveal()
	}
	return plain
}
