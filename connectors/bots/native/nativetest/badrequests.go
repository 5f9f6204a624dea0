// Package nativetest holds requests that the native webhook must refuse, each with the exact refusal, for the decoder's own
// tests and for those of the HTTP interface above it.
package nativetest

import (
	"strings"

	"handoff/orchestrator"
)

// BadRequest is one request and its refusal. It is sent with good credentials: signed, or with a Bearer token and no
// signature where Bearer is set.
type BadRequest struct {
	Name   string
	Flat   bool // for the flat twin, POST …/handoffs
	Bearer bool
	// Header replaces single headers after signing; an empty value removes one. The signature's webhook-id is "evt_1".
	Header map[string]string
	Body   string
	Status int
	Code   string
	Errors []orchestrator.FieldError
}

// Bot is the name of the bot that the requests are for: it is part of a CloudEvent's source.
const Bot = "shop"

func field(pointer, detail string) []orchestrator.FieldError {
	return []orchestrator.FieldError{{Pointer: pointer, Detail: detail}}
}

// event is an envelope of a type with data.
func event(kind, data string) string {
	return `{"id":"evt_1","type":"` + kind + `","timestamp":"2026-11-21T20:15:00.123Z","conversation_id":"c-789","data":` + data + `}`
}

const said = `{"message":{"id":"m1","text":"hello"},"author":{"role":"user"}}`

const structured = "application/cloudevents+json"

func long(n int) string { return strings.Repeat("x", n) }

// attributes is an object of n members.
func attributes(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"k` + strings.Repeat("i", i) + `":1`)
	}
	return "{" + b.String() + "}"
}

const (
	wantID      = "must be 1 to 128 of A-Z a-z 0-9 . _ : ~ -"
	wantTime    = "must be an RFC 3339 time such as 2026-11-21T20:15:00.123Z"
	wantURL     = "must be an absolute https URL without user and password"
	notTaken    = "is not a type of event that is taken here"
	wantScalar  = "must be a string, a number or a boolean"
	noControl   = "must not hold control characters"
	validation  = "validation"
	unknownType = "unknown-event-type"
	malformed   = "malformed-json"
	mediaType   = "unsupported-media-type"
)

// BadRequests are all rows.
func BadRequests() []BadRequest {
	var all []BadRequest
	for _, rows := range [][]BadRequest{transport(), text(), envelope(), messages(), handoffs(), transcripts(), others(), cloudEvents(), flat()} {
		all = append(all, rows...)
	}
	return all
}

func transport() []BadRequest {
	good := event("message.created", said)
	return []BadRequest{
		{Name: "no content type", Header: map[string]string{"Content-Type": ""}, Body: good, Status: 415, Code: mediaType},
		{Name: "form", Header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, Body: "a=b",
			Status: 415, Code: mediaType},
		{Name: "text", Header: map[string]string{"Content-Type": "text/plain"}, Body: good, Status: 415, Code: mediaType},
		{Name: "latin-1", Header: map[string]string{"Content-Type": "application/json; charset=iso-8859-1"}, Body: good,
			Status: 415, Code: mediaType},
		{Name: "broken content type", Header: map[string]string{"Content-Type": "application/json; charset"}, Body: good,
			Status: 415, Code: mediaType},
		{Name: "batch", Header: map[string]string{"Content-Type": "application/cloudevents-batch+json"}, Body: "[]",
			Status: 415, Code: mediaType},
		{Name: "compressed", Header: map[string]string{"Content-Encoding": "gzip"}, Body: good, Status: 415, Code: mediaType},
		{Name: "too large", Body: event("message.created", `{"x":"`+long(256<<10)+`"}`), Status: 413, Code: "too-large"},
		{Name: "id with a space", Bearer: true, Header: map[string]string{"Idempotency-Key": `"evt 1"`}, Body: good,
			Status: 422, Code: validation, Errors: field("Idempotency-Key", wantID)},
		{Name: "id too long", Bearer: true, Header: map[string]string{"Idempotency-Key": long(129)}, Body: good,
			Status: 422, Code: validation, Errors: field("Idempotency-Key", wantID)},
	}
}

func text() []BadRequest {
	rows := []BadRequest{
		{Name: "empty body", Body: ""},
		{Name: "not JSON", Body: "hello"},
		{Name: "cut", Body: `{"id":"evt_1","type":"message.cre`},
		{Name: "trailing comma", Body: `{"id":"evt_1",}`},
		{Name: "something after it", Body: event("message.created", said) + "x"},
		{Name: "two values", Body: event("message.created", said) + "{}"},
		{Name: "single quotes", Body: `{'id':'evt_1'}`},
		{Name: "comment", Body: `{"id":"evt_1" /* new */}`},
		{Name: "not UTF-8",
			Body: event("message.created", "{\"message\":{\"id\":\"m1\",\"text\":\"\xff\"},\"author\":{\"role\":\"user\"}}")},
		{Name: "byte order mark", Body: "\xef\xbb\xbf" + event("message.created", said)},
		{Name: "member twice",
			Body: `{"id":"evt_1","type":"message.created","type":"handoff.cancelled","timestamp":"2026-11-21T20:15:00Z","conversation_id":"c","data":{}}`},
		{Name: "too deep", Body: event("message.created", strings.Repeat(`{"a":`, 40)+"1"+strings.Repeat("}", 40))},
		{Name: "number with a leading zero", Body: event("handoff.requested", `{"target":{"priority":05}}`)},
		{Name: "not a number", Body: event("handoff.requested", `{"target":{"priority":NaN}}`)},
		{Name: "raw line break in a string", Body: event("context.updated", "{\"attributes\":{\"a\":\"x\ny\"}}")},
	}
	for i := range rows {
		rows[i].Status, rows[i].Code = 400, malformed
	}
	return rows
}
