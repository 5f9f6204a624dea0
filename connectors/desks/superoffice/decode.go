package superoffice

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"handoff/connectors/internal/lenient"
	"handoff/orchestrator"
)

// number is an id or a small number, written as a number or as a text: documents and versions differ.
type number = lenient.Number

// boolean is true, false, 1, 0, or one of these as a text.
type boolean bool

// UnmarshalJSON reads any of them; null is false.
func (v *boolean) UnmarshalJSON(b []byte) error {
	switch strings.ToLower(strings.Trim(string(b), `"`)) {
	case "true", "1":
		*v = true
	case "false", "0", "null", "":
		*v = false
	default:
		return errors.New("is neither true nor false")
	}
	return nil
}

// UnmarshalJSON reads a name or a number. What is unknown is Invalid: of such a session nothing is concluded.
func (s *status) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	*s = statusInvalid
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n < len(statusNames) {
		*s = status(n)
		return nil
	}
	for n, name := range statusNames {
		if strings.EqualFold(name, text) {
			*s = status(n)
		}
	}
	return nil
}

// MarshalJSON writes the name.
func (s status) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// when is a point in time. With SO-TimeZone: UTC,includeTZOffset an offset is written, with or without a colon; a time
// without one is UTC. The year 1 is "no value".
type when orchestrator.Moment

var layouts = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05"}

// UnmarshalJSON reads every spelling that the vendor's documents show. What cannot be read is no value: a date decides
// nothing without which a session could not be served.
func (w *when) UnmarshalJSON(b []byte) error {
	*w = 0
	text := strings.Trim(string(b), `"`)
	for _, layout := range layouts {
		if t, err := time.Parse(layout, text); err == nil {
			if t.Year() > 1 {
				*w = when(orchestrator.MomentOf(t))
			}
			return nil
		}
	}
	return nil
}

// decodeChat reads a session. JSON null, the vendor's third way to say "nothing", is nil without an error.
func decodeChat(body []byte) (*chat, error) {
	var c *chat
	if err := json.Unmarshal(body, &c); err != nil {
		return nil, err
	}
	if c != nil && c.ID <= 0 {
		return nil, errors.New("a session without an id")
	}
	return c, nil
}

// decodeMessages reads a list of messages, those without an id left out.
func decodeMessages(body []byte) ([]message, error) {
	var all []message
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, err
	}
	good := all[:0]
	for _, m := range all {
		if m.ID > 0 {
			good = append(good, m)
		}
	}
	return good, nil
}

// decodeRows reads the ids of an OData list. Rows are not entities: the key is a text in some modes and a number in others.
func decodeRows(body []byte) ([]number, error) {
	var list struct {
		Value []struct {
			Key number `json:"PrimaryKey"`
			ID  number `json:"chatSessionId"`
		} `json:"value"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, err
	}
	var ids []number
	for _, row := range list.Value {
		if id := max(row.ID, row.Key); id > 0 {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func decodeHook(body []byte) (*hook, error) {
	var h hook
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(&h); err != nil {
		return nil, fmt.Errorf("it is not the JSON of a webhook: %w", err)
	}
	return &h, nil
}
