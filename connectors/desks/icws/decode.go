package icws

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// looseInt is a whole number that some servers write as a string.
type looseInt int

// UnmarshalJSON reads 3 and "3"; what is neither is 0.
func (n *looseInt) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseFloat(string(bytes.Trim(b, `"`)), 64)
	if err == nil && v > -1<<31 && v < 1<<31 {
		*n = looseInt(v)
	}
	return nil
}

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
	var raw struct {
		Wait     looseInt          `json:"pollWaitSuggestion"`
		Messages []json.RawMessage `json:"messages"`
	}
	if err := json.Unmarshal(body, &raw); err != nil {
		return err
	}
	a.Wait, a.Messages = raw.Wait, nil
	for _, one := range raw.Messages {
		var m webMessage
		if json.Unmarshal(one, &m) == nil {
			a.Messages = append(a.Messages, m)
		}
	}
	slices.SortStableFunc(a.Messages, func(x, y webMessage) int { return cmp.Compare(x.Number, y.Number) })
	return nil
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

// decodeWebAnswer reads an answer; what is strange in it is left out by whoever looks at its messages.
func decodeWebAnswer(body []byte) (*webAnswer, error) {
	var a webAnswer
	if err := json.Unmarshal(body, &a); err != nil {
		return nil, err
	}
	return &a, nil
}
