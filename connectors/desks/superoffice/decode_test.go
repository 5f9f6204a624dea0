package superoffice

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

// shape reads a shape of testdata.
func shape(t *testing.T, name string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestASessionIsReadInEverySpelling(t *testing.T) {
	at := when(orchestrator.MomentOf(time.Date(2026, 11, 21, 10, 0, 9, 0, time.UTC)))
	queued := chat{
		ID: 195, Topic: 2, CustomerAlias: "Ann", CustomerHost: "203.0.113.7", CustomerName: "Ann Berg", CustomerEmail: "ann@example.com",
		Status: statusInQueue, WhenFetched: at, BotActive: true,
	}
	servedBy := queued
	servedBy.User = &associate{ID: 11, Name: "anna", FullName: "Anna Dahl"}
	servedBy.TransferTo, servedBy.Person = &associate{ID: 12, Name: "bob"}, &person{ID: 77}
	servedBy.Status, servedBy.BotActive, servedBy.WhenFetched = statusUserLast, false, at+991
	for name, want := range map[string]struct {
		chat  chat
		stand stand
		who   *orchestrator.Agent
	}{
		"chat-queued.json":  {queued, withBot, nil},
		"chat-served.json":  {servedBy, served, &orchestrator.Agent{ID: "anna", Name: "Anna Dahl"}},
		"chat-numbers.json": {chat{ID: 195, Topic: 2, Status: statusCustomerLast, BotActive: true, User: &associate{}}, withBot, nil},
	} {
		c, err := decodeChat(shape(t, name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want.chat, *c); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(want.who, c.User.agent()); diff != "" || c.stand() != want.stand {
			t.Errorf("%s: it stands at %s, served by (-want +got):\n%s", name, c.stand(), diff)
		}
	}
	if c, err := decodeChat(shape(t, "chat-null.json")); c != nil || err != nil {
		t.Errorf("null: %+v, %v", c, err)
	}
}

func TestCustomersAreKnownByTheirPersonOrTheirSession(t *testing.T) {
	for name, want := range map[string]orchestrator.Customer{
		"chat-queued.json":    {ID: "so:195", Name: "Ann Berg", Email: "ann@example.com"},
		"chat-served.json":    {ID: "person:77", Name: "Ann Berg", Email: "ann@example.com"},
		"chat-generated.json": {ID: "so:195", Name: "cum"},
	} {
		c, err := decodeChat(shape(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, c.customer("so")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestMessagesAreReadAsText(t *testing.T) {
	all, err := decodeMessages(shape(t, "messages-talk.json"))
	if err != nil {
		t.Fatal(err)
	}
	type said struct {
		Text                   string
		ByCustomer, ToCustomer bool
		Ours                   bool
	}
	var have []said
	for i := range all {
		have = append(have, said{all[i].plain(), all[i].byCustomer(), all[i].toCustomer(), ours(&all[i])})
	}
	if diff := cmp.Diff([]said{
		{"Is anybody there?\nPlease & thanks", true, false, false},
		{"Yes", false, true, true},
		{"Welcome", false, true, false},
		{"Hello", false, true, false},
		{"Yes", true, false, false},
	}, have); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestDatesAreReadInEverySpelling(t *testing.T) {
	want := when(orchestrator.MomentOf(time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)))
	for text, want := range map[string]when{
		`"2026-11-21T10:00:00"`: want, `"2026-11-21T10:00:00Z"`: want, `"2026-11-21T11:00:00+01:00"`: want,
		`"2026-11-21T11:00:00.0000000+0100"`: want, `"0001-01-01T00:00:00"`: 0, `null`: 0, `"soon"`: 0,
	} {
		var have when
		if err := json.Unmarshal([]byte(text), &have); err != nil || have != want {
			t.Errorf("%s is %v, %v", text, have, err)
		}
	}
}

func TestEveryStatusIsReadByNameAndNumber(t *testing.T) {
	for n, name := range statusNames {
		for _, text := range []string{`"` + name + `"`, number(n).String()} {
			var s status
			if err := json.Unmarshal([]byte(text), &s); err != nil || int(s) != n || s.String() != name {
				t.Errorf("%s is %s, %v", text, s, err)
			}
		}
	}
	var s status
	if err := json.Unmarshal([]byte(`"Teleported"`), &s); err != nil || s != statusInvalid || s.over() {
		t.Errorf("an unknown status is %s, %v", s, err)
	}
}

func TestTheTopicOfAHookIsReadInEverySpelling(t *testing.T) {
	h, err := decodeHook(shape(t, "hook-created.json"))
	if err != nil || h.Key != 195 || h.topic() != 2 {
		t.Errorf("%+v, %v", h, err)
	}
	if h, err = decodeHook(shape(t, "hook-message.json")); err != nil || h.topic() != 0 {
		t.Errorf("%+v, %v", h, err)
	}
}
