package genesys

import (
	"encoding/json"
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

// participant is somebody in a chat: a customer (Customer at GWS, Client at GMS), an agent, or External (a greeting of the
// routing strategy). Agents have id and uri at GWS; at GMS everybody has a nickname and a small number.
type participant struct {
	ID            text   `json:"id"`
	URI           string `json:"uri"`
	Path          string `json:"path"`
	Nickname      text   `json:"nickname"`
	Type          string `json:"type"`
	ParticipantID text   `json:"participantId"`
	Visibility    string `json:"visibility"`
}

func (p *participant) agent() bool    { return p.Type == "Agent" }
func (p *participant) customer() bool { return p.Type == "Customer" || p.Type == "Client" }

// user is the agent's user id at GWS: the field, else the last part of the address.
func (p *participant) user() string {
	switch {
	case p.ID != "":
		return string(p.ID)
	case p.URI != "":
		return lastSegment(p.URI)
	case p.Path != "":
		return lastSegment(p.Path)
	}
	return ""
}

// entry is one line of a chat's log, in the words of either side.
type entry struct {
	Index      number      `json:"index"`
	Type       string      `json:"type"`
	Text       string      `json:"text"`
	URL        string      `json:"url"`
	From       participant `json:"from"`
	Visibility string      `json:"visibility"`
	// Milliseconds: the name notwithstanding, at GWS 8.5 (8.5.2 ChatMessageType); GMS calls it utcTime.
	Milliseconds number `json:"timestampSeconds"`
	UTC          number `json:"utcTime"`
}

// Kinds of entries, as the log names them. GMS says Message where GWS says Text.
const (
	entryJoined      = "ParticipantJoined"
	entryLeft        = "ParticipantLeft"
	entryText        = "Text"
	entryMessage     = "Message"
	entryURL         = "PushUrl"
	entryTypes       = "TypingStarted"
	entryTypesNoMore = "TypingStopped"
	entryRenamed     = "NicknameUpdated"
	entryFile        = "FileUploaded"
)

// said is what an entry says to whoever reads it; false if it says nothing.
func (e *entry) said() (string, bool) {
	switch e.Type {
	case entryText, entryMessage, entryFile:
		return e.Text, e.Text != ""
	case entryURL:
		if e.URL != "" {
			return e.URL, true
		}
		return e.Text, e.Text != ""
	}
	return "", false
}

// amongAgents: the customer does not see it.
func (e *entry) amongAgents() bool { return e.Visibility != "" && e.Visibility != "All" }

// lastSegment is the part of an address behind its last slash.
func lastSegment(address string) string {
	address, _, _ = strings.Cut(address, "?")
	address = strings.TrimRight(address, "/")
	return address[strings.LastIndexByte(address, '/')+1:]
}
