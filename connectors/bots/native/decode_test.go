package native_test

import (
	"crypto/sha256"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/bots/native"
	"handoff/orchestrator"
)

func read(tb testing.TB, name string) []byte {
	tb.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

// header is one with a content type and pairs of names and values.
func header(contentType string, pairs ...string) http.Header {
	h := http.Header{"Content-Type": {contentType}}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func decode(t *testing.T, h http.Header, body string) orchestrator.Event {
	t.Helper()
	ev, err := open(t, nil).Decode(h, []byte(body), now)
	if err != nil {
		t.Fatal(err)
	}
	return ev
}

func at(t *testing.T, text string) orchestrator.Moment {
	t.Helper()
	var m orchestrator.Moment
	if err := m.UnmarshalJSON([]byte(`"` + text + `"`)); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestEveryEventIsReadInFull(t *testing.T) {
	const json, ce = "application/json", "application/cloudevents+json; charset=UTF-8"
	bot, customer := orchestrator.Actor{Role: orchestrator.ActorBot, ID: "shop"}, orchestrator.Actor{Role: orchestrator.ActorCustomer}
	quarter := at(t, "2026-11-21T20:15:00Z")
	for file, tc := range map[string]struct {
		header http.Header
		want   orchestrator.Event
	}{
		"handoff_requested.json": {header(json), orchestrator.Event{
			ID: "evt_01JD8ZK3V6W8QH2M5R9T0XB4CD", Type: orchestrator.EventHandoffRequested, Actor: bot, At: quarter + 123,
			BotSequence: 13, Epoch: 1, Language: "de-DE", OnEnd: orchestrator.OnEndReturn,
			Request: &orchestrator.Request{Reason: "user_requested", Summary: "Customer was charged twice for order 4711.", Queue: "billing",
				Skills: []string{"de", "refund"}, Priority: 7, QueueTimeout: 300_000},
			Customer: &orchestrator.Customer{ID: "u-1", Name: "Ann", Email: "ann@example.org", Authenticated: true,
				Attributes: map[string]any{"tier": "gold"}},
			Attributes: map[string]any{"order": "4711", "total": 19.5, "repeat": true},
			Transcript: []orchestrator.Turn{
				{ID: "m1", Role: "user", Text: "I was charged twice", At: at(t, "2026-11-21T20:14:10Z")},
				{ID: "m2", Role: "bot", Text: "Shall I fetch a colleague?", At: at(t, "2026-11-21T20:14:12.976Z")},
			},
			Reply: []byte(`{"cognigy":{"userId":"u","sessionId":"s","URLToken":"t"}}`),
		}},
		"message_created.json": {header(json, "webhook-id", "evt_01JD8ZK3V6W8QH2M5R9T0XB4CE"), orchestrator.Event{
			ID: "evt_01JD8ZK3V6W8QH2M5R9T0XB4CE", Type: orchestrator.EventMessage, At: quarter + 123, BotSequence: 14,
			Actor:   orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u-1", Name: "Ann"},
			Message: &orchestrator.Message{ID: "m-3", Text: "I was charged twice for order 4711, please help me with that."},
		}},
		"message_attachment.json": {header(json), orchestrator.Event{
			ID: "message:m-4", Type: orchestrator.EventMessage, At: quarter, Epoch: 3, Handoff: 2, Conversation: "cv_2f_01JD8ZK4", Actor: bot,
			Message: &orchestrator.Message{ID: "m-4", Format: "markdown", Attachments: []orchestrator.Attachment{
				{URL: "https://files.example/a.pdf", Name: "a.pdf", ContentType: "application/pdf", Size: 1024},
			}},
		}},
		"typing_started.json": {header(json), orchestrator.Event{
			Type: orchestrator.EventTyping, At: quarter, Typing: true, Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u-1"},
		}},
		"message_read.json": {header(json), orchestrator.Event{
			ID: "evt_r", Type: orchestrator.EventCustomerSeen, At: quarter, Actor: customer, Fetched: now,
		}},
		"context_updated.json": {header(json), orchestrator.Event{
			ID: "evt_c", Type: orchestrator.EventContextUpdated, At: quarter, Actor: bot, Attributes: map[string]any{"order": "4712", "old": nil},
		}},
		"handoff_cancelled.json": {header(json), orchestrator.Event{
			ID: "evt_x", Type: orchestrator.EventHandoffCancelled, At: quarter, Actor: bot, Reason: "user_changed_mind",
		}},
		"conversation_ended.json": {header(json), orchestrator.Event{
			ID: "evt_e", Type: orchestrator.EventCustomerLeft, At: quarter, Actor: customer, Reason: "user_left",
		}},
		"cloudevent.json": {header(ce), orchestrator.Event{
			ID: "evt_ce", Type: orchestrator.EventMessage, At: quarter + 500, BotSequence: 43, Epoch: 3, Handoff: 2, Conversation: "cv_2f_01JD8ZK4",
			Actor: orchestrator.Actor{Role: orchestrator.ActorBot, ID: "b-1", Name: "Bo"}, Message: &orchestrator.Message{ID: "m-5", Text: "hi"},
		}},
	} {
		t.Run(file, func(t *testing.T) {
			body := read(t, file)
			got, err := open(t, nil).Decode(tc.header, body, now)
			if err != nil {
				t.Fatal(err)
			}
			tc.want.Bot, tc.want.External, tc.want.BodyHash = "shop", "c-789", hash(body)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func hash(body []byte) (h [8]byte) {
	sum := sha256.Sum256(body)
	copy(h[:], sum[:])
	return h
}

func TestTheFlatTwinSaysTheSame(t *testing.T) {
	body := read(t, "handoff_flat.json")
	got, err := open(t, nil).DecodeHandoff(header("application/json", "Idempotency-Key", "key-1"), body, now)
	if err != nil {
		t.Fatal(err)
	}
	want := orchestrator.Event{
		ID: "key-1", Type: orchestrator.EventHandoffRequested, Bot: "shop", External: "c-789", At: now, BodyHash: hash(body),
		Actor: orchestrator.Actor{Role: orchestrator.ActorBot, ID: "shop"}, Language: "de", OnEnd: orchestrator.OnEndEnd,
		Request: &orchestrator.Request{Reason: "rule", Summary: "Charged twice.", Queue: "billing", Skills: []string{"de"}, Priority: 9,
			QueueTimeout: 60_000},
		Customer:   &orchestrator.Customer{ID: "c-789", Name: "Ann", Email: "ann@example.org"},
		Attributes: map[string]any{"order": "4711"},
		Transcript: []orchestrator.Turn{
			{Role: "system", Text: "Asked at the till."}, {Role: "user", Text: "I was charged twice\nfor one order"},
			{Role: "bot", Text: "Shall I fetch a colleague?"},
		},
		Reply: []byte(`{"flow":7}`),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	least, err := open(t, nil).DecodeHandoff(header("application/json"), []byte(`{"conversation_id":"c-1"}`), now)
	if err != nil || least.External != "c-1" || least.Request.Priority != native.DefaultPriority || least.ID != "" {
		t.Errorf("the least request: %+v (%v)", least, err)
	}
}

func TestBinaryCloudEventIsReadFromHeaders(t *testing.T) {
	h := header("application/json", "Authorization", "Bearer "+token, "ce-specversion", "1.0", "ce-id", "evt_b", "ce-source", "/bots/shop",
		"ce-type", "message.created", "ce-subject", "c-%C3%A9%201", "ce-time", "2026-11-21T20:15:01Z", "ce-sequence", "7", "ce-epoch", "2",
		"ce-handoffid", "cv_2f_01JD8ZK4", "ce-handoff", "1")
	got := decode(t, h, `{"message":{"id":"m","text":"x"},"author":{"role":"user"}}`)
	got.BodyHash = [8]byte{}
	want := orchestrator.Event{
		ID: "evt_b", Type: orchestrator.EventMessage, Bot: "shop", External: "c-é 1", Conversation: "cv_2f_01JD8ZK4", At: now + 1000,
		BotSequence: 8, Epoch: 2, Handoff: 1, Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer},
		Message: &orchestrator.Message{ID: "m", Text: "x"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestTheKeyIsWebhookIDThenIdempotencyKeyThenTheBodysOwn(t *testing.T) {
	body := strings.Replace(string(read(t, "context_updated.json")), `"evt_c"`, `"evt_body"`, 1)
	for _, tc := range []struct {
		header http.Header
		body   string
		want   orchestrator.EventID
	}{
		{header("application/json", "webhook-id", "evt_body", "Idempotency-Key", "key"), body, "evt_body"},
		{header("application/json", "Idempotency-Key", `"8e03978e-40d5-43dd-bc93-6894a57f9324"`), body, "8e03978e-40d5-43dd-bc93-6894a57f9324"},
		{header("application/json", "Idempotency-Key", `8e03978e`), body, "8e03978e"},
		{header("application/json"), body, "evt_body"},
		{header("application/json"), strings.Replace(body, `"id":"evt_body",`, "", 1), ""},
	} {
		if got := decode(t, tc.header, tc.body).ID; got != tc.want {
			t.Errorf("%v: %q, want %q", tc.header, got, tc.want)
		}
	}
}

func TestACustomerWhoLeftIsThatHoweverItIsTold(t *testing.T) {
	for text, want := range map[string]orchestrator.EventType{
		`"type":"handoff.cancelled","data":{"reason":"user_left"}`:         orchestrator.EventCustomerLeft,
		`"type":"handoff.cancelled","data":{"reason":"bot_resolved"}`:      orchestrator.EventHandoffCancelled,
		`"type":"handoff.cancelled","data":{"reason":"timeout"}`:           orchestrator.EventHandoffCancelled,
		`"type":"conversation.ended","data":{"reason":"user_left"}`:        orchestrator.EventCustomerLeft,
		`"type":"conversation.ended","data":{"reason":"all was answered"}`: orchestrator.EventCompleted,
	} {
		ev := decode(t, header("application/json"), `{"timestamp":"2026-11-21T20:15:00Z","conversation_id":"c",`+text+`}`)
		if ev.Type != want {
			t.Errorf("%s: %s", text, ev.Type)
		}
	}
}

func TestASystemLineOfThePlatformIsTheBotsWord(t *testing.T) {
	body := `{"id":"e","type":"message.created","timestamp":"2026-11-21T20:15:00Z","conversation_id":"c","epoch":4,` +
		`"data":{"message":{"id":"m","text":"x"},"author":{"role":"system","name":"Flow"}}}`
	got := decode(t, header("application/json"), body)
	if want := (orchestrator.Actor{Role: orchestrator.ActorBot, ID: "shop", Name: "Flow"}); got.Actor != want || got.Epoch != 4 {
		t.Errorf("actor %+v at epoch %d", got.Actor, got.Epoch)
	}
}

func TestALongTranscriptIsCutFromTheOldest(t *testing.T) {
	turns := make([]string, native.MaxTranscript+37)
	for i := range turns {
		turns[i] = `{"role":"user","text":"` + strings.Repeat("x", i) + `"}`
	}
	ev := decode(t, header("application/json"), requested(strings.Join(turns, ",")))
	if len(ev.Transcript) != native.MaxTranscript {
		t.Fatalf("%d turns", len(ev.Transcript))
	}
	if want := (orchestrator.Turn{Role: "system", Text: "[38 earlier messages were cut]"}); ev.Transcript[0] != want {
		t.Errorf("mark %+v", ev.Transcript[0])
	}
	if first, last := len(ev.Transcript[1].Text), len(ev.Transcript[native.MaxTranscript-1].Text); first != 38 || last != 236 {
		t.Errorf("kept %d to %d", first, last)
	}
}

func TestALongTurnKeepsItsEnd(t *testing.T) {
	ev := decode(t, header("application/json"), requested(`{"role":"user","text":"`+strings.Repeat("old ", 10)+strings.Repeat("ü", native.MaxText-1)+`!"}`))
	got := ev.Transcript[0].Text
	if n := utf8.RuneCountInString(got); n != native.MaxText || !strings.HasPrefix(got, "[cut] ü") || !strings.HasSuffix(got, "ü!") {
		t.Errorf("%d characters: %.20s … %s", n, got, got[len(got)-5:])
	}
	whole := strings.Repeat("ü", native.MaxText)
	if got := decode(t, header("application/json"), requested(`{"role":"user","text":"`+whole+`"}`)).Transcript[0].Text; got != whole {
		t.Error("a text of exactly the limit was changed")
	}
}

func requested(turns string) string {
	return `{"type":"handoff.requested","timestamp":"2026-11-21T20:15:00Z","conversation_id":"c","data":{"transcript":[` + turns + `]}}`
}

func TestOtherFormsOfTheSameContentTypeAreTaken(t *testing.T) {
	body := string(read(t, "context_updated.json"))
	for _, value := range []string{"application/json", "application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\""} {
		decode(t, header(value, "Content-Encoding", "identity"), body)
	}
}
