// Package lenient reads JSON of vendors whose documents and versions differ in how a value is written.
package lenient

import (
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
)

// Number is a whole number, or a string that holds one. What is neither is an error; null and "" are 0.
type Number int64

// UnmarshalJSON reads 12, "12" and null.
func (n *Number) UnmarshalJSON(b []byte) error {
	*n = 0
	written := unquoted(b)
	if written == "null" || written == "" {
		return nil
	}
	v, err := strconv.ParseInt(written, 10, 64)
	if err != nil {
		return errors.New("is not a whole number")
	}
	*n = Number(v)
	return nil
}

// String is the number as it is written in addresses.
func (n Number) String() string { return strconv.FormatInt(int64(n), 10) }

// AnyNumber is a Number for which what cannot be read is 0: one odd member must not cost a whole message.
type AnyNumber int64

// UnmarshalJSON never fails. A fraction is cut off.
func (n *AnyNumber) UnmarshalJSON(b []byte) error {
	var whole Number
	if whole.UnmarshalJSON(b) == nil {
		*n = AnyNumber(whole)
	} else if f, err := strconv.ParseFloat(unquoted(b), 64); err == nil && math.Abs(f) < 1<<53 {
		*n = AnyNumber(f)
	}
	return nil
}

// Text is a string, what else is written where a string was meant, or an object with a member "value" that is one. What is none
// of these is empty.
type Text string

// UnmarshalJSON never fails.
func (t *Text) UnmarshalJSON(b []byte) error {
	var text string
	var of struct {
		Value string `json:"value"`
	}
	switch {
	case json.Unmarshal(b, &text) == nil: // null is empty
		*t = Text(text)
	case json.Unmarshal(b, &of) == nil:
		*t = Text(of.Value)
	case b[0] != '[' && b[0] != '{':
		*t = Text(b)
	}
	return nil
}

// List is an array whose elements are read one by one. Those that cannot be read are left out, and what is no array is none.
type List[T any] []T

// UnmarshalJSON never fails.
func (l *List[T]) UnmarshalJSON(b []byte) error {
	var raw []json.RawMessage
	if json.Unmarshal(b, &raw) != nil || raw == nil {
		return nil //nolint:nilerr // what is no array holds nothing for us
	}
	*l = make(List[T], 0, len(raw))
	for _, r := range raw {
		var one T
		if json.Unmarshal(r, &one) == nil {
			*l = append(*l, one)
		}
	}
	return nil
}

func unquoted(b []byte) string { return strings.TrimSpace(strings.Trim(string(b), `"`)) }
