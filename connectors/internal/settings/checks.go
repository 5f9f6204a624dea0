package settings

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"handoff/orchestrator"
)

// Limits of every connector's configuration.
const (
	// MaxName is how many characters a connector's name may have.
	MaxName = 64
	// MaxQueues is how many queues of ours a desk may serve.
	MaxQueues = 256
)

// Name checks a connector's name, under the key name.
func (f *Faults) Name(name orchestrator.ConnectorName) {
	if name == "" || len(name) > MaxName {
		f.Add("name", "must have 1 to %d characters", MaxName)
		return
	}
	for _, r := range name {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_' {
			f.Add("name", "may hold a-z, 0-9, - and _ only, not %q", r)
			return
		}
	}
}

// OneOf checks that a value is one of several.
func (f *Faults) OneOf(key, value string, of ...string) {
	if !slices.Contains(of, value) {
		f.Add(key, "must be one of %s, not %q", strings.Join(of, ", "), value)
	}
}

// Between checks the bounds of a number or a duration.
func Between[T cmp.Ordered](f *Faults, key string, value, least, most T) {
	if value < least || value > most {
		f.Add(key, "must lie between %v and %v, not %v", least, most, value)
	}
}

// AtMost checks how many entries a list or a table has.
func (f *Faults) AtMost(key string, count, most int) {
	if count > most {
		f.Add(key, "has %d entries, %d is the limit", count, most)
	}
}

// Text is a value with its key.
type Text struct{ Key, Value string }

// Lines checks that texts fit into one line of a request, and how long they are at most.
func (f *Faults) Lines(most int, texts ...Text) {
	for _, t := range texts {
		f.Check(t.Key, line(t.Value, most))
	}
}

func line(text string, most int) error {
	if len(text) > most || strings.ContainsAny(text, "\r\n\x00") {
		return fmt.Errorf("must have at most %d characters, in one line", most)
	}
	return nil
}

// Credentials checks a username and a password for Basic authentication: both or neither.
func (f *Faults) Credentials(username, password string) {
	if (username == "") != (password == "") {
		f.Add("password", "username and password go together")
	}
	if strings.Contains(username, ":") {
		f.Add("username", "must not hold a colon: Basic authentication cuts there")
	}
}

// Targets checks the vendor's side of our queues, under the keys queues.<queue>, in the order of their names.
func (f *Faults) Targets(
	queues map[orchestrator.QueueName]string, check func(queue orchestrator.QueueName, target string) error,
) {
	f.AtMost("queues", len(queues), MaxQueues)
	for _, queue := range slices.Sorted(maps.Keys(queues)) {
		f.Check("queues."+string(queue), check(queue, queues[queue]))
	}
}

// VendorName checks a name that the vendor gave to something: 1 to most characters, in one line.
func VendorName(name string, most int) error {
	if name == "" {
		return errors.New("is empty: it must be a name at the vendor's")
	}
	return line(name, most)
}
