package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/bots/native/sim"
	"handoff/web/contracttest"
)

// everyExampleWasSent: none of the document's examples was left out.
func (c *contract) everyExampleWasSent() {
	c.t.Helper()
	for key := range c.examples {
		if !c.sent[key] {
			c.t.Errorf("the example %s was not sent", key)
		}
	}
}

// everyCallbackIsDescribed holds each callback that came against the document, and each that is described was received.
func (c *contract) everyCallbackIsDescribed() {
	c.t.Helper()
	came := map[string]bool{}
	for _, call := range c.platform.Calls() {
		came[call.Event.Type] = true
		if call.Refused != "" {
			c.t.Errorf("a callback that nobody can trust: %s\n%s", call.Refused, call.Body)
		}
		if err := c.doc.CheckCallback(call.Header.Get("Content-Type"), call.Body); err != nil {
			c.t.Errorf("%v\n%s", err, call.Body)
		}
	}
	for _, kind := range c.doc.CallbackTypes() {
		if !came[kind] {
			c.t.Errorf("no callback %s came", kind)
		}
	}
}

// shown are examples of what the service sends and answers, as they came: the document has these and no others.
type shown struct {
	path  []string // of the examples in the document
	kind  string   // the type of a callback; empty: an answer
	named []namedBody
}

type namedBody struct {
	name, summary string
	body          []byte
}

// keep keeps what came as an example of its kind.
func (c *contract) keep(call sim.Call, name, summary string) {
	kind := call.Event.Type
	path := []string{"paths", "/v1/bots/{bot}/events", "post", "callbacks", kind, contracttest.CallbackAddress, "post", "requestBody",
		"content", call.Header.Get("Content-Type"), "examples"}
	c.keepAt(path, kind, namedBody{name, summary, call.Body})
}

func (c *contract) keepAt(path []string, kind string, body namedBody) {
	body.body = steady(body.body)
	at := strings.Join(path, " ")
	if c.shown[at] == nil {
		c.shown[at] = &shown{path: path, kind: kind}
	}
	c.shown[at].named = append(c.shown[at].named, body)
}

// keepAnswer keeps an answer as an example of its operation.
func (c *contract) keepAnswer(path, method, status string, body namedBody) {
	c.keepAt([]string{"paths", path, method, "responses", status, "content", "application/json", "examples"}, "", body)
}

// everyExampleCame: what the document shows of callbacks and answers is what came, but for ids, times and durations. With
// -update the document gets what came.
func (c *contract) everyExampleCame() {
	c.t.Helper()
	document, err := os.ReadFile(contractDocument)
	c.must(err, "the document")
	for _, kind := range c.doc.CallbackTypes() {
		if !c.keeps(kind) {
			c.t.Errorf("no callback %s is kept as an example", kind)
		}
	}
	for _, s := range c.shown {
		if *update {
			document, err = contracttest.Splice(document, s.path, s.encode())
			c.must(err, "the examples at %s", s.path)
			continue
		}
		var has, came any
		value, err := contracttest.At(document, s.path)
		c.must(err, "the examples at %s", s.path)
		c.must(json.Unmarshal(value, &has), "the examples at %s", s.path)
		c.must(json.Unmarshal(s.encode(), &came), "what came")
		if diff := cmp.Diff(came, has); diff != "" {
			c.t.Errorf("the examples at %s; -update writes them anew (-came +document):\n%s", strings.Join(s.path, " "), diff)
		}
	}
	if *update {
		c.must(os.WriteFile(contractDocument, document, 0o600), "writing the document")
	}
}

func (c *contract) keeps(kind string) bool {
	for _, s := range c.shown {
		if s.kind == kind {
			return true
		}
	}
	return false
}

// contractDocument is the file of the document.
const contractDocument = "../../web/openapi.json"

// encode writes the examples as the document has them, the members of each body in the order in which they came.
func (s *shown) encode() []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, n := range s.named {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `%q:{"summary":%q,"value":%s}`, n.name, n.summary, n.body)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// volatile are the parts of what travels that differ each time, and what examples show in their place.
var volatile = []struct {
	is *regexp.Regexp
	to string
}{
	{regexp.MustCompile(`[0-9a-f]{2}_[0-9A-HJKMNP-TV-Z]{26}`), "2f_01JD8ZK3V6W8QH2M5R9T0XB4CD"},
	{regexp.MustCompile(`evt_[A-Z2-7]{26}`), "evt_HB4XQ2M7K5T3R6W2Z4N7P3C5V6"},
	{regexp.MustCompile(`_t[0-9a-z]+_[0-9a-z]+"`), `_tmi5fw8c0_1kx9p3r"`},
	{regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`), "2026-11-21T20:15:00.123Z"},
	{regexp.MustCompile(`"conversation_token":"[^"]+"`), `"conversation_token":"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjdl8yZiJ9.3q2-7w"`},
	{regexp.MustCompile(`"estimated_wait_seconds":\d+`), `"estimated_wait_seconds":40`},
	{regexp.MustCompile(`"durations":\{"queue":\d+,"talk":\d+,"wrapup":\d+\}`), `"durations":{"queue":8,"talk":95,"wrapup":20}`},
}

// overtaken is the place that somebody is told of who was overtaken.
var overtaken = regexp.MustCompile(`("type":"handoff.position_changed".*"position":)\d+`)

// steady puts what differs each time into the form that examples have.
func steady(body []byte) []byte {
	for _, v := range volatile {
		body = v.is.ReplaceAllLiteral(body, []byte(v.to))
	}
	return overtaken.ReplaceAll(body, []byte("${1}2"))
}
