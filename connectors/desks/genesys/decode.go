package genesys

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// number reads an integer that the vendor writes as a number or as a string ("0" in the samples of agent states). What is
// neither is 0.
type number int64

// UnmarshalJSON never fails: one odd member must not cost a whole notification.
func (n *number) UnmarshalJSON(b []byte) error {
	text := strings.TrimSpace(strings.Trim(string(b), `"`))
	if whole, err := strconv.ParseInt(text, 10, 64); err == nil {
		*n = number(whole)
	} else if f, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(f) < 1<<53 {
		*n = number(f)
	}
	return nil
}

// text reads a string that may come as a number (participantId, alias). What is neither is empty.
type text string

// UnmarshalJSON never fails.
func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*t = text(s)
		return nil
	}
	if c := b[0]; c == '-' || c >= '0' && c <= '9' {
		*t = text(b)
	}
	return nil
}

// each reads the elements of an array one by one and leaves out those that cannot be read: the hole is noticed by its index.
type each[T any] []T

// UnmarshalJSON never fails.
func (e *each[T]) UnmarshalJSON(b []byte) error {
	var raw []json.RawMessage
	if json.Unmarshal(b, &raw) != nil {
		return nil //nolint:nilerr // what is no array holds nothing for us
	}
	*e = make(each[T], 0, len(raw))
	for _, r := range raw {
		var one T
		if json.Unmarshal(r, &one) == nil {
			*e = append(*e, one)
		}
	}
	return nil
}

// pairs is a flat map of strings; values of other kinds are left out.
type pairs map[string]string

// UnmarshalJSON never fails. Newer servers write a list of {key, type, value}.
func (p *pairs) UnmarshalJSON(b []byte) error {
	*p = pairs{}
	var flat map[string]json.RawMessage
	if json.Unmarshal(b, &flat) == nil {
		for key, raw := range flat {
			var value string
			if json.Unmarshal(raw, &value) == nil {
				(*p)[key] = value
			}
		}
		return nil
	}
	var list each[struct {
		Key   string `json:"key"`
		Value text   `json:"value"`
	}]
	_ = json.Unmarshal(b, &list)
	for _, one := range list {
		(*p)[one.Key] = string(one.Value)
	}
	return nil
}

// decodeAnswer reads an answer. An error means that the body is none of the vendor's.
func decodeAnswer(body []byte) (answer, error) {
	if len(strings.TrimSpace(string(body))) == 0 {
		return answer{said: true}, nil // Reject and others answer an empty 200
	}
	var a answer
	if err := json.Unmarshal(body, &a.body); err != nil {
		return a, errors.New("the answer is not JSON of the vendor's")
	}
	a.ref = a.body.Reference
	switch status := strings.Trim(string(a.body.Status), `"`); {
	case a.body.Code != nil:
		a.code, a.said = int(*a.body.Code), true
	case status == "ok" || status == "0":
		a.said = true
	case status != "" && status != "null":
		a.code, a.said = codeFailed, true
	}
	return a, nil
}

// decodeNotice reads a notification; false if it is about no chat that it names. In 8.5.1 the chat lies in "interaction"
// or is the data itself, and its log in either of them; in 8.5.2 the chat lies in "chat", and a log has no id but in the chat's
// address.
func decodeNotice(data []byte) (notice, bool) {
	var m notification
	if json.Unmarshal(data, &m) != nil {
		return notice{}, false
	}
	n := notice{state: m.Interaction, entries: m.Messages, reference: m.Reference}
	if n.state == nil {
		n.state = m.Chat
	}
	if n.state == nil && m.ID != "" {
		n.state = &resource{}
		_ = json.Unmarshal(data, n.state) // it was read once already
	}
	if n.state != nil && n.entries == nil {
		n.entries = n.state.Messages
	}
	switch {
	case n.state != nil && n.state.ID != "":
		n.chat = string(n.state.ID)
	case m.URI != "":
		n.chat = lastSegment(m.URI)
	default:
		n.chat = lastSegment(m.Path)
	}
	if m.Kind == "Error" {
		n.failed = "error"
		if m.Code != nil {
			n.failed = fmt.Sprintf("status-%d", *m.Code)
		}
		n.state = nil // what else such a notification holds was not documented
	}
	if n.state != nil && n.state.State == "" && n.state.Participants == nil {
		n.state = nil
	}
	return n, n.chat != ""
}

func decodeTranscript(body []byte) (*transcript, error) {
	var t transcript
	if err := json.Unmarshal(body, &t); err != nil || t.Code == nil {
		return nil, errors.New("the answer is no chat of the vendor's")
	}
	return &t, nil
}

// lastSegment is the part of an address behind its last slash.
func lastSegment(address string) string {
	address, _, _ = strings.Cut(address, "?")
	address = strings.TrimRight(address, "/")
	return address[strings.LastIndexByte(address, '/')+1:]
}
