package web

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

// TestPeopleReadWhatWasSaidBefore: the transcript of the request and what went through here, each word once and in order; nobody
// but people, and nothing that was said afterwards or among people.
func TestPeopleReadWhatWasSaidBefore(t *testing.T) {
	r := newRig(t)
	file := map[string]any{"name": "photo.jpg", "url": "https://files.example.com/photo.jpg"}
	word := func(id, role, text string, files ...any) {
		message := map[string]any{"id": id, "text": text}
		if len(files) > 0 {
			message["attachments"] = files
		}
		r.bot().post("/v1/bots/shop/events", r.event("c-1", "message.created", map[string]any{
			"author": map[string]any{"role": role, "id": "u-1", "name": "Ann"}, "message": message,
		})).want(t, 202)
	}
	word("w1", "user", "My order 4711 is broken", file)
	word("w2", "bot", "I am sorry.\nShall I fetch somebody?")
	asked := r.bot().post("/v1/bots/shop/events", r.event("c-1", "handoff.requested", map[string]any{
		"reason": "user_requested", "user": map[string]any{"id": "u-1"}, "transcript": []any{
			map[string]any{"role": "user", "text": "Hello, is anybody there?"}, map[string]any{"role": "agent", "text": "an old colleague"},
			map[string]any{"id": "w1", "role": "user", "text": "My order 4711 is broken"},
		},
	})).want(t, 202)
	id := asked.text("id")
	sue := r.online("sue")
	sue.act(id, "take").want(t, 200)
	sue.post("/v1/conversations/"+id+"/notes", map[string]any{"text": "a note"}).want(t, 200)
	word("w3", "user", "and one more thing")

	var have earlier
	if err := json.Unmarshal(sue.get("/v1/conversations/"+id+"/history").want(t, 200).body, &have); err != nil {
		t.Fatal(err)
	}
	for i := range have.Items {
		have.Items[i].Timestamp = 0
	}
	want := earlier{Items: []earlierWord{
		{Role: orchestrator.ActorCustomer, Text: "Hello, is anybody there?"},
		{Role: orchestrator.ActorCustomer, Name: "Ann", Text: "My order 4711 is broken", Attachments: []orchestrator.Attachment{
			{Name: "photo.jpg", URL: "https://files.example.com/photo.jpg"},
		}},
		{Role: orchestrator.ActorBot, Name: "Ann", Text: "I am sorry.\nShall I fetch somebody?"},
	}}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	shownInDocument(t, have)

	r.bot().get("/v1/conversations/"+id+"/history").want(t, 403)
	r.anybody().get("/v1/conversations/"+id+"/history").want(t, 401)
	r.person("ben").get("/v1/conversations/"+id+"/history").problem(t, 404, codeUnknownConv)
	sue.get("/v1/conversations/cv_00_unknown/history").problem(t, 404, codeUnknownConv)
}

// shownInDocument: the line of the house desk in docs/connectors.md is what people read.
func shownInDocument(t *testing.T, read earlier) {
	t.Helper()
	document, err := os.ReadFile("../docs/connectors.md")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, word := range read.Items {
		lines = append(lines, string(word.Role)+": "+word.Text)
		for _, file := range word.Attachments {
			lines = append(lines, file.Name+" "+file.URL)
		}
	}
	want := "| `house` | timeline | " + strings.ReplaceAll(strings.Join(lines, "\n"), "\n", "<br>") + " | the newest 200 |"
	if !strings.Contains(string(document), "\n"+want+"\n") {
		t.Errorf("docs/connectors.md lacks the line\n%s", want)
	}
}
