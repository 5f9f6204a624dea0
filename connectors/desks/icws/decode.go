package icws

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"handoff/connectors/internal/lenient"
)

// looseInt is a whole number that some servers write as a string.
type looseInt = lenient.AnyNumber

// connectionState is an integer by contract (2: down), and a word in the vendor's own example.
type connectionState string

// UnmarshalJSON reads 2 and "down".
func (s *connectionState) UnmarshalJSON(b []byte) error {
	*s = connectionState(strings.ToLower(string(bytes.Trim(b, `"`))))
	return nil
}

func (s connectionState) down() bool { return s == "2" || s == "down" }

// UnmarshalJSON reads what can be read: one strange message does not hide the others.
func (a *webAnswer) UnmarshalJSON(body []byte) error {
	type plain webAnswer
	err := json.Unmarshal(body, (*plain)(a))
	slices.SortStableFunc(a.Messages, func(x, y webMessage) int { return cmp.Compare(x.Number, y.Number) })
	return err
}

// decodeMessages reads an answer of the poll: an array. What cannot be read at all is left out, and told apart from the rest
// by the count, so that one strange message does not hide the others.
func decodeMessages(body []byte) (messages []message, unread int, err error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		return nil, 0, err
	}
	for _, one := range raw {
		m, err := decodeMessage(one)
		if err != nil {
			unread++
			continue
		}
		messages = append(messages, m)
	}
	return messages, unread, nil
}

// decodeMessage reads one message, as an event of the stream carries it.
func decodeMessage(body []byte) (message, error) {
	var m message
	err := json.Unmarshal(body, &m)
	return m, err
}
