package native

import (
	"fmt"
	"mime"
	"net/http"
	"strings"

	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

// form is how an event is written down.
type form uint8

const (
	formPlain      form = iota
	formStructured      // CloudEvents: the body is the event
	formBinary          // CloudEvents: the body is the data, the rest are headers
)

// formOf says how the body is to be read, or that it is not.
func formOf(header http.Header, body []byte) (form, error) {
	if len(body) > MaxHandoffBody {
		return 0, tooLarge(orchestrator.BoundHandoffBody, MaxHandoffBody)
	}
	if encoding := first(header, "Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return 0, unsupported("the body must not be compressed (Content-Encoding)")
	}
	binary := first(header, "Ce-Specversion") != ""
	switch kind, ok := mediaType(first(header, "Content-Type")); {
	case !ok:
		return 0, unsupported("Content-Type must be application/json or application/cloudevents+json, in UTF-8")
	case kind == "application/cloudevents-batch+json":
		return 0, unsupported("batches of CloudEvents are not taken: send each event by itself")
	case kind == "application/cloudevents+json":
		return formStructured, nil
	case kind != "application/json":
		return 0, unsupported("Content-Type must be application/json or application/cloudevents+json")
	case binary && signed(header):
		return 0, unsupported("a signature does not cover ce-* headers: send the event in structured mode, or with a Bearer token")
	case binary:
		return formBinary, nil
	}
	return formPlain, nil
}

// mediaType answers the type without parameters; false if there is none or it is not in UTF-8.
func mediaType(value string) (string, bool) {
	if value == "application/json" { // the common case costs nothing
		return value, true
	}
	kind, params, err := mime.ParseMediaType(value)
	charset := params["charset"]
	return kind, err == nil && (charset == "" || strings.EqualFold(charset, "utf-8"))
}

// keyOf answers the idempotency key that the headers give: webhook-id, else Idempotency-Key, with or without the quotes of
// a structured field; empty if neither is there.
func keyOf(header http.Header) (string, error) {
	name, key := "webhook-id", first(header, headerID)
	if key == "" {
		name, key = "Idempotency-Key", strings.TrimSpace(first(header, "Idempotency-Key"))
		if len(key) > 2 && key[0] == '"' && key[len(key)-1] == '"' {
			key = key[1 : len(key)-1]
		}
	}
	if key == "" {
		return "", nil
	}
	if fault := values.Key(key); fault != "" {
		return "", orchestrator.Invalid(name, "%s", fault)
	}
	return key, nil
}

func tooLarge(bound string, most int) error {
	return &orchestrator.InputError{Status: http.StatusRequestEntityTooLarge, Code: "too-large", Bound: bound,
		Detail: fmt.Sprintf("a body has at most %d bytes", most)}
}

func unsupported(detail string) error {
	return &orchestrator.InputError{Status: http.StatusUnsupportedMediaType, Code: "unsupported-media-type", Detail: detail}
}
