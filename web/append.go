package web

import (
	"encoding/json"
	"strconv"
	"sync"

	"handoff/orchestrator"
)

// Hand-written JSON for the one answer that every event gets. Each function appends and answers the longer slice.

func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			quoted, err := json.Marshal(s)
			if err != nil { // a string always marshals
				return append(b, `""`...)
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// appendText is appendString, null for the empty string.
func appendText(b []byte, s string) []byte {
	if s == "" {
		return append(b, "null"...)
	}
	return appendString(b, s)
}

const momentLayout = "2006-01-02T15:04:05.000Z"

func appendMoment(b []byte, m orchestrator.Moment) []byte {
	if m == 0 {
		return append(b, "null"...)
	}
	b = append(b, '"')
	b = m.Time().AppendFormat(b, momentLayout)
	return append(b, '"')
}

// appendCount is a whole number, null if it is not positive.
func appendCount(b []byte, n int64) []byte {
	if n <= 0 {
		return append(b, "null"...)
	}
	return strconv.AppendInt(b, n, 10)
}

// appendMember begins a member: a comma, the quoted name and a colon.
func appendMember(b []byte, name string) []byte {
	b = append(b, ',', '"')
	b = append(b, name...)
	return append(b, '"', ':')
}

// buffers are reused for answers; what is in one is written before it is given back.
var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 2048); return &b }}

// maxPooled is how large a buffer may be to be kept.
const maxPooled = 64 << 10

func putBuffer(b *[]byte) {
	if cap(*b) <= maxPooled {
		buffers.Put(b)
	}
}
