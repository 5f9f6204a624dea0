package contracttest_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"handoff/web"
	"handoff/web/contracttest"
)

func read(t *testing.T) *contracttest.Document {
	t.Helper()
	doc, err := contracttest.Read(web.OpenAPI())
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestEveryTypeOfEventHasAnExampleThatIsAsItsComponentSays(t *testing.T) {
	doc := read(t)
	requests, err := doc.Requests()
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	for _, e := range requests {
		if e.Operation != "postBotEvent" || e.MediaType != "application/json" {
			continue
		}
		if err := doc.CheckEvent(e.Body); err != nil {
			t.Errorf("%s: %v", e.Name, err)
		}
		for _, kind := range doc.EventTypes() {
			shown[kind] = shown[kind] || bytes.Contains(e.Body, []byte(`"type":"`+kind+`"`))
		}
	}
	for _, kind := range doc.EventTypes() {
		if !shown[kind] {
			t.Errorf("%s has no example", kind)
		}
	}
}

func TestEventsThatAreNotAsTheDocumentSaysAreFound(t *testing.T) {
	doc := read(t)
	const like = `{"type":"message.created","timestamp":"2026-11-21T20:15:00Z","conversation_id":"c-1",` +
		`"data":{"message":{"id":"m-1","text":"hi"},"author":{"role":"user"}}}`
	if err := doc.CheckEvent([]byte(like)); err != nil {
		t.Errorf("a good event: %v", err)
	}
	for what, bad := range map[string]string{
		"unknown type":        strings.Replace(like, "message.created", "message.sent", 1),
		"no type":             strings.Replace(like, `"type":"message.created",`, "", 1),
		"no author":           strings.Replace(like, `,"author":{"role":"user"}`, "", 1),
		"unknown role":        strings.Replace(like, `"user"`, `"agent"`, 1),
		"no time":             strings.Replace(like, "2026-11-21T20:15:00Z", "yesterday", 1),
		"no conversation":     strings.Replace(like, `"c-1"`, `""`, 1),
		"data of another one": strings.Replace(like, "message.created", "handoff.cancelled", 1),
	} {
		if doc.CheckEvent([]byte(bad)) == nil {
			t.Errorf("%s is not found: %s", what, bad)
		}
	}
}

func TestDocumentThatNamesAMissingComponentIsRefused(t *testing.T) {
	renamed := bytes.Replace(web.OpenAPI(), []byte(`"$ref": "#/components/schemas/MessageReadEvent"`),
		[]byte(`"$ref": "#/components/schemas/MessageSeenEvent"`), 1)
	if _, err := contracttest.Read(renamed); err == nil || !strings.Contains(err.Error(), "MessageSeenEvent") {
		t.Errorf("it is read, and answers %v", err)
	}
}

func TestExamplesAreListedWithTheirOperations(t *testing.T) {
	requests, err := read(t).Requests()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(requests, func(e contracttest.Example) bool { return e.Operation == "postBotHandoff" && e.Name == "smallest" })
	if at < 0 || requests[at].Path != "/v1/bots/{bot}/handoffs" || requests[at].Schema != "#/components/schemas/BotHandoff" {
		t.Errorf("the examples: %+v", requests)
	}
}

func TestSpliceChangesOneValue(t *testing.T) {
	const document = "{\n \"a\": {\n  \"b\": [1, 2],\n  \"c\": {\"d\": 3}\n },\n \"e\": 4\n}\n"
	got, err := contracttest.Splice([]byte(document), []string{"a", "c"}, []byte(`{"f":5}`))
	if want := strings.Replace(document, `{"d": 3}`, "{\n   \"f\": 5\n  }", 1); err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	if _, err := contracttest.Splice([]byte(document), []string{"a", "x"}, []byte(`1`)); err == nil {
		t.Error("a member that is not there is replaced")
	}
}
