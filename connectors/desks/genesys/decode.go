package genesys

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"handoff/connectors/internal/lenient"
)

// The vendor writes numbers as strings ("0" in the samples of agent states) and strings as numbers (participantId, alias). An
// entry of a log that cannot be read leaves a hole, which its index shows.
type (
	number      = lenient.AnyNumber
	text        = lenient.Text
	each[T any] = lenient.List[T]
)

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
