// Package settings checks what a connector is configured with, so that every connector says the same of the same fault. Each
// error begins with the configuration key and shows no secret.
package settings

import (
	"errors"
	"fmt"
)

// Faults collects what is wrong with a configuration, so that an operator mends it in one go. The zero value is empty.
type Faults struct{ found []error }

// Add notes a fault under a key: "url", "hosts[1]", "queues.billing".
func (f *Faults) Add(key, format string, args ...any) {
	f.found = append(f.found, fmt.Errorf("%s: %s", key, fmt.Sprintf(format, args...)))
}

// Check notes an error under a key; nil is no fault.
func (f *Faults) Check(key string, err error) {
	if err != nil {
		f.found = append(f.found, fmt.Errorf("%s: %w", key, err))
	}
}

// Join notes the faults of a part that was checked by itself, under keys of its own; nil is no fault.
func (f *Faults) Join(err error) {
	if err != nil {
		f.found = append(f.found, err)
	}
}

// Err is everything that was noted, joined in that order; nil if nothing was.
func (f *Faults) Err() error { return errors.Join(f.found...) }
