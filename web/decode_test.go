package web

import (
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

// flaw is what is wrong with a body: code and places.
func flaw(err error) (string, []string) {
	var input *orchestrator.InputError
	if !errors.As(err, &input) {
		return "", nil
	}
	var at []string
	for _, f := range input.Fields {
		at = append(at, f.Pointer+" "+f.Detail)
	}
	return input.Code, at
}

func TestBodiesAreReadStrictly(t *testing.T) {
	deep := strings.Repeat(`{"to":`, 20) + "{}" + strings.Repeat("}", 20)
	for _, c := range []struct {
		name, body string
		into       any
		code       string
		at         []string
	}{
		{"nothing after the object", `{"text":"a"} x`, &messageBody{}, codeMalformedJSON, nil},
		{"two objects", `{"text":"a"}{"text":"b"}`, &messageBody{}, codeMalformedJSON, nil},
		{"not JSON", `text=a`, &messageBody{}, codeMalformedJSON, nil},
		{"cut short", `{"text":"a"`, &messageBody{}, codeMalformedJSON, nil},
		{"a comma too many", `{"text":"a",}`, &messageBody{}, codeMalformedJSON, nil},
		{"not UTF-8", "{\"text\":\"\xff\"}", &messageBody{}, codeMalformedJSON, nil},
		{"an array", `[]`, &messageBody{}, codeValidation, []string{" must be an object"}},
		{"a string", `"text"`, &messageBody{}, codeValidation, []string{" must be an object"}},
		{"null", `null`, &messageBody{}, codeValidation, []string{" must be an object"}},
		{"unknown member", `{"text":"a","txt":"b"}`, &messageBody{}, codeValidation,
			[]string{"/txt is not known here"}},
		{"other case", `{"TEXT":"a"}`, &messageBody{}, codeValidation, []string{"/TEXT is not known here"}},
		{"several at once", `{"a":1,"b/c":2,"d~e":3}`, &messageBody{}, codeValidation,
			[]string{"/a is not known here", "/b~1c is not known here", "/d~0e is not known here"}},
		{"doubled member", `{"text":"a","text":"b"}`, &messageBody{}, codeValidation, []string{"/text is there twice"}},
		{"nested unknown", `{"to":{"person":"b"}}`, &transferBody{}, codeValidation,
			[]string{"/to/person is not known here"}},
		{"wrong type", `{"text":1}`, &messageBody{}, codeValidation, []string{"/text must be a string"}},
		{"nested wrong type", `{"to":{"agent":true}}`, &transferBody{}, codeValidation,
			[]string{"/to/agent must be a string"}},
		{"fraction", `{"rating":1.5}`, &ratingBody{}, codeValidation,
			[]string{"/rating must be an integer"}},
		{"too large a number", `{"epoch":99999999999999999999}`, &messageBody{}, codeValidation,
			[]string{"/epoch must be an integer"}},
		{"not an array", `{"tags":"a"}`, &completeBody{}, codeValidation,
			[]string{"/tags must be an array"}},
		{"several of the wrong type", `{"disposition":1,"tags":["a",2,{"b":3}]}`, &completeBody{}, codeValidation,
			[]string{"/disposition must be a string", "/tags/1 must be a string", "/tags/2 must be a string"}},
		{"too deep", deep, &transferBody{}, codeMalformedJSON, nil},
		{"good", `{"text":"a","id":"m","epoch":3}`, &messageBody{}, "", nil},
		{"null member", `{"text":"a","id":null}`, &messageBody{}, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, at := flaw(decodeStrict([]byte(c.body), c.into))
			if code != c.code || !cmp.Equal(at, c.at) {
				t.Errorf("%s\ncode %q, want %q; places %q, want %q", c.body, code, c.code, at, c.at)
			}
		})
	}
}

func TestMediaTypes(t *testing.T) {
	for value, ok := range map[string]bool{
		"application/json": true, "application/json; charset=utf-8": true, "application/json;charset=UTF-8": true,
		"Application/JSON": true, "": false, "text/plain": false, "application/json; charset=latin1": false,
		"application/cloudevents+json": false, "application/cloudevents-batch+json": false, "application/jsonx": false,
		"json": false,
	} {
		if err := wantJSON(http.Header{"Content-Type": {value}}); (err == nil) != ok {
			t.Errorf("%q: %v", value, err)
		}
	}
	if err := wantJSON(http.Header{"Content-Type": {"application/cloudevents+json; charset=utf-8"}},
		"application/cloudevents+json"); err != nil {
		t.Errorf("a CloudEvent: %v", err)
	}
}

func TestBadRequestsOverTheWire(t *testing.T) {
	r := newRig(t)
	r.anybody().post("/v1/login", "").problem(t, 400, codeMalformedJSON)
	r.anybody().post("/v1/login", "{}", "Content-Type", "text/plain").problem(t, 415, codeMediaType)
	r.anybody().post("/v1/login", "{}", "Content-Type", "").problem(t, 415, codeMediaType)
	r.anybody().post("/v1/login", "{}", "Content-Encoding", "gzip").problem(t, 415, codeMediaType)
	r.anybody().post("/v1/login", "{}", "Content-Encoding", "identity").problem(t, 422, codeValidation)
	r.bot().post("/v1/bots/shop/events", "[]", "Content-Type", "application/cloudevents-batch+json").problem(t, 415,
		codeMediaType)
	r.bot().post("/v1/bots/shop/events", "{", "Content-Type", "application/json").problem(t, 400, codeMalformedJSON)
	r.bot().post("/v1/bots/shop/events", r.event("c-1", "nosuch.type", map[string]any{})).problem(t, 422,
		"unknown-event-type")
	r.bot().post("/v1/bots/shop/events", r.event("c-1", "handoff.requested", map[string]any{}), "Prefer",
		"wait=soon").problem(t, 400, codeMalformedHeader)

	id, ann, _ := r.begin()
	path := "/v1/conversations/" + id
	for _, c := range []struct{ action, body, pointer string }{
		{"/messages", `{"text":""}`, "/text"}, {"/messages", `{"text":"  "}`, "/text"}, {"/messages", `{}`, "/text"},
		{"/messages", `{"text":"` + strings.Repeat("ö", MaxText+1) + `"}`, "/text"},
		{"/messages", `{"text":"a","id":"a\u0000b"}`, "/id"},
		{"/messages", `{"text":"a","id":"` + strings.Repeat("i", MaxID+1) + `"}`, "/id"},
		{"/messages", `{"text":"a","epoch":-1}`, "/epoch"},
		{"/typing", `{}`, "/typing"}, {"/typing", `{"typing":"yes"}`, "/typing"},
		{"/rating", `{"rating":0}`, "/rating"},
		{"/rating", `{"rating":6}`, "/rating"}, {"/rating", `{}`, "/rating"}, {"/end", `{"reason":"x"}`, "/reason"},
	} {
		if a := ann.post(path+c.action, c.body).problem(t, 422, codeValidation); a.text("errors", 0,
			"pointer") != c.pointer {
			t.Errorf("%s %s is answered %s", c.action, c.body, a.body)
		}
	}
	ann.post(path+"/messages", map[string]any{"text": strings.Repeat("ö", MaxText)}).want(t, 202)
	for _, body := range []string{`{"bot":"shop"}`, `{"bot":"shop","user":{}}`, `{"user":{"id":"u"}}`,
		`{"bot":"shop","user":{"id":"u"},"conversation_id":"a\u0000b"}`} {
		r.anybody().post("/v1/conversations", body, "Origin", shopOrigin).problem(t, 422, codeValidation)
	}
	if n := len(must(r.store.Timeline(t.Context(), orchestrator.ConversationID(id), 0, 100))); n != 2 {
		t.Errorf("%d entries, want the start and the one good message", n)
	}
}

func FuzzDecodeStrict(f *testing.F) {
	for _, seed := range []string{`{"to":{"agent":"a"},"note":"n"}`, `{"to":{"agent":1}}`, `[]`, `{"to":[[[`,
		`{"a":{"a":{"a":1}}}`, "\xff", `{"to":null}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var got, again transferBody
		err := decodeStrict(body, &got)
		if code, _ := flaw(err); err != nil && code != codeMalformedJSON && code != codeValidation {
			t.Fatalf("%q is refused with %v", body, err)
		}
		if err == nil && (decodeStrict(body, &again) != nil || !reflect.DeepEqual(got, again)) {
			t.Fatalf("%q reads differently the second time", body)
		}
	})
}
