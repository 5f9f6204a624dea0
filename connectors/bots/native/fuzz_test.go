package native_test

import (
	"errors"
	"os"
	"testing"
	"unicode/utf8"

	"handoff/connectors/bots/native"
	"handoff/connectors/bots/native/nativetest"
	"handoff/orchestrator"
)

// seed adds the recorded events and the table of bad requests.
func seed(f *testing.F) {
	f.Helper()
	files, err := os.ReadDir("testdata")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		if !file.IsDir() {
			f.Add(read(f, file.Name()))
		}
	}
	for _, row := range nativetest.BadRequests() {
		if len(row.Body) < 10_000 {
			f.Add([]byte(row.Body))
		}
	}
}

// FuzzDecode: whatever comes in any form, nothing panics, what is refused says what is wrong, and what is taken keeps the limits.
func FuzzDecode(f *testing.F) {
	seed(f)
	bot := open(f, nil)
	plain, structured := header("application/json"), header("application/cloudevents+json")
	binary := header("application/json", "ce-specversion", "1.0", "ce-id", "e", "ce-source", "/bots/shop", "ce-type", "message.created", "ce-subject", "c")
	f.Fuzz(func(t *testing.T, body []byte) {
		ev, err := bot.Decode(plain, body, now)
		check(t, ev, err)
		ev, err = bot.Decode(structured, body, now)
		check(t, ev, err)
		ev, err = bot.Decode(binary, body, now)
		check(t, ev, err)
		ev, err = bot.DecodeHandoff(plain, body, now)
		check(t, ev, err)
	})
}

func check(t *testing.T, ev orchestrator.Event, err error) {
	t.Helper()
	if err != nil {
		var refused *orchestrator.InputError
		if !errors.As(err, &refused) || refused.Status < 400 || refused.Code == "" || refused.Detail == "" || len(refused.Fields) > 20 {
			t.Fatalf("refused without saying why: %v", err)
		}
		if refused.Status == 422 && len(refused.Fields) == 0 {
			t.Fatalf("not valid, and no field is named: %v", err)
		}
		return
	}
	bounded(t, "external", ev.External, 1, native.MaxConversation)
	bounded(t, "id", string(ev.ID), 0, native.MaxID+len("message:"))
	bounded(t, "language", ev.Language, 0, native.MaxLanguage)
	bounded(t, "reason", ev.Reason, 0, native.MaxReason)
	if ev.Type == "" || ev.Actor.Role == "" || ev.At <= 0 || ev.BotSequence < 0 || len(ev.Reply) > native.MaxReplyContext {
		t.Fatalf("incomplete: %+v", ev)
	}
	for _, attributes := range []map[string]any{ev.Attributes, customer(ev).Attributes} {
		if len(attributes) > native.MaxAttributes {
			t.Fatalf("%d attributes", len(attributes))
		}
		for key, value := range attributes {
			bounded(t, "key", key, 1, native.MaxKey)
			switch v := value.(type) {
			case string:
				bounded(t, key, v, 0, native.MaxValue)
			case float64, bool, nil:
			default:
				t.Fatalf("attribute %s is %T", key, value)
			}
		}
	}
	if len(ev.Transcript) > native.MaxTranscript {
		t.Fatalf("%d turns", len(ev.Transcript))
	}
	for _, turn := range ev.Transcript {
		bounded(t, "turn", turn.Text, 0, native.MaxText)
	}
	if m := ev.Message; m != nil {
		bounded(t, "message", m.Text, 0, native.MaxText)
		bounded(t, "message id", m.ID, 1, native.MaxID)
		if m.Text == "" && len(m.Attachments) == 0 || len(m.Attachments) > native.MaxAttachments {
			t.Fatalf("message %+v", m)
		}
	}
	if r := ev.Request; r != nil && (r.Priority < 0 || r.Priority > 9 || r.QueueTimeout < 0 || len(r.Skills) > native.MaxSkills) {
		t.Fatalf("request %+v", r)
	}
}

func customer(ev orchestrator.Event) orchestrator.Customer {
	if ev.Customer == nil {
		return orchestrator.Customer{}
	}
	return *ev.Customer
}

func bounded(t *testing.T, what, s string, least, most int) {
	t.Helper()
	if n := utf8.RuneCountInString(s); n < least || n > most || !utf8.ValidString(s) {
		t.Fatalf("%s has %d characters, want %d to %d in UTF-8", what, n, least, most)
	}
}
