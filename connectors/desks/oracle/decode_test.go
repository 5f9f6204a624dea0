package oracle

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/outbound"
	"handoff/orchestrator"
)

func recorded(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// told is what a test compares of a message.
type told struct {
	Kind       kind
	Engagement string
	Client     string
	Words      string
}

func tell(notes []note) []told {
	var all []told
	for i := range notes {
		n := &notes[i]
		all = append(all, told{n.kind, n.engagement(), n.client(), n.words()})
	}
	return all
}

func TestAgentMessagesAreReadInTheServersOrder(t *testing.T) {
	notes, skipped := decodeAgent(recorded(t, "agent_messages.json"))
	want := []told{
		{joined, "27", "41", ""}, {types, "27", "41", ""}, {said, "27", "", "Where is my order?"}, {offered, "28", "", ""},
		{moved, "", "", ""}, {left, "27", "41", ""}, {unheard, "27", "", ""},
	}
	if diff := cmp.Diff(want, tell(notes)); diff != "" || skipped != 0 {
		t.Errorf("skipped %d (-want +got):\n%s", skipped, diff)
	}
}

func TestMessagesOfTheOlderProtocolAreReadToo(t *testing.T) {
	notes, skipped := decodeAgent(recorded(t, "agent_legacy.json"))
	if len(notes) != 2 || skipped != 0 || notes[0].kind != types || notes[0].Mode != modeResponding || notes[1].kind != broken {
		t.Errorf("skipped %d, read %+v", skipped, tell(notes))
	}
}

func TestHTMLOfPeopleBecomesPlainText(t *testing.T) {
	notes, _ := decodeConsumer(recorded(t, "consumer_messages.json"))
	if words := notes[2].words(); words != "See this (https://example.com/a)" {
		t.Errorf("read %q", words)
	}
	for body, want := range map[string]string{
		"a < b && c": "a < b && c", "1 &lt; 2": "1 < 2", "one<br/>two": "one\ntwo", "<script>x</script>": "",
		"it says <error>": "it says <error>", "it says &lt;error&gt;<br>twice": "it says <error>\ntwice", "one\ntwo&nbsp;x": "one\ntwo x",
	} {
		n := note{name: "RNEngagementMessagePostedMessage", Body: text(body)}
		if words := n.words(); words != want {
			t.Errorf("%q became %q, want %q", body, words, want)
		}
	}
}

func TestNumbersMayBeStringsAndTimesEither(t *testing.T) {
	for _, body := range []string{
		`{"systemMessages":[{"messageName":"RNEngagementMessagePostedMessage","clientId":52,"sequenceNumber":7,"createdTime":1772442000000}]}`,
		`{"systemMessages":[{"messageName":"RNEngagementMessagePostedMessage","clientId":"52","sequenceNumberString":"7","createdTime":"2026-03-02T09:00:00Z"}]}`,
	} {
		notes, _ := decodeConsumer([]byte(body))
		if len(notes) != 1 || notes[0].client() != "52" || notes[0].id(true) != "7" || notes[0].at().String() == "" ||
			notes[0].Created != 1772442000000 {
			t.Errorf("%s was read as %+v", body, notes)
		}
	}
}

// The same message has the same id whenever it is heard; another one has another.
func TestIDsTellMessagesApart(t *testing.T) {
	one := note{name: "ChatPostMessage", Sender: 41, MessageID: "1", Body: "yes", Created: 1000, Sequence: 5}
	again, other := one, one
	again.Sequence = 9 // numbers begin anew after a login
	other.MessageID = "2"
	if one.id(false) != again.id(false) || one.id(false) == other.id(false) {
		t.Errorf("ids %s, again %s, another %s", one.id(false), again.id(false), other.id(false))
	}
	one.MessageID, again.MessageID = "", ""
	if one.id(false) == again.id(false) {
		t.Error("without ids of their own two messages of one moment are told apart by their numbers")
	}
}

func TestTheExceptionCodeDecidesAndNotTheStatus(t *testing.T) {
	b := &base{Frame: &frame.Frame{Name: "b2c"}}
	for _, row := range []struct {
		status  int
		body    string
		code    string
		outcome orchestrator.Outcome
		is      error
	}{
		{409, `{"exceptionCode":"CONFLICT","message":"x"}`, conflict, orchestrator.OutcomePermanent, nil},
		{500, `{"exceptionCode":"CONFLICT"}`, conflict, orchestrator.OutcomePermanent, nil},
		{200, `{"chatSystemError":{"errorCondition":"CONFLICT","text":"","type":""}}`, conflict, orchestrator.OutcomePermanent, nil},
		{200, `{"chatSystemError":{"errorCondition":"Ann's words"}}`, "undocumented", orchestrator.OutcomeUnknown, nil},
		{500, `{"exceptionCode":"ACCESS_DENIED"}`, accessDenied, orchestrator.OutcomeRetry, errExpired},
		{403, `<html>`, "", orchestrator.OutcomeRetry, errExpired},
		{404, `{"exceptionCode":"UNKNOWN_EXCEPTION"}`, unknownException, orchestrator.OutcomePermanent, errNotFound},
		{404, `<html>`, "", orchestrator.OutcomePermanent, errNotFound},
		{500, `{"exceptionCode":"UNKNOWN_EXCEPTION"}`, unknownException, orchestrator.OutcomeUnknown, nil},
		{404, `{"exceptionCode":"ENGAGEMENT_ID_UNKNOWN"}`, engagementUnknown, orchestrator.OutcomePermanent, nil},
		{408, `{"exceptionCode":"DEPENDENCY_APPLICATION_TIMEOUT"}`, dependencyTimeout, orchestrator.OutcomeUnknown, nil},
		{500, `{"exceptionCode":"INVALID_FIELD"}`, invalidField, orchestrator.OutcomePermanent, nil},
		{501, `<html>`, "", orchestrator.OutcomePermanent, nil},
		{200, `<html>`, "not-understood", orchestrator.OutcomeUnknown, nil},
	} {
		var failure error
		if row.status != http.StatusOK {
			failure = &orchestrator.ConnectorError{Status: row.status, Outcome: outbound.Vendors.Judge(row.status).Outcome}
		}
		_, err := b.understand("op", &outbound.Response{Status: row.status, Body: []byte(row.body)}, failure)
		if err == nil || frame.CodeOf(err) != row.code || orchestrator.OutcomeOf(err) != row.outcome {
			t.Errorf("%d %s: %v, code %q, outcome %s", row.status, row.body, err, frame.CodeOf(err), orchestrator.OutcomeOf(err))
		}
		if row.is != nil && !errors.Is(err, row.is) {
			t.Errorf("%d %s: %v is not %v", row.status, row.body, err, row.is)
		}
	}
}

func TestClientResetIsANumberOrAString(t *testing.T) {
	b := &base{Frame: &frame.Frame{Name: "b2c"}}
	for _, body := range []string{string(recorded(t, "post_result.json")), `{"chatPostResult":{"clientReset":2}}`} {
		e, err := b.understand("postMessage", &outbound.Response{Status: http.StatusOK, Body: []byte(body)}, nil)
		if err != nil || e.PostResult == nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// What is plain stays as it was written: a customer may write what looks like markup.
func TestPlainTextStaysAsItWasWritten(t *testing.T) {
	for _, body := range []string{"it says <error>", "AT&amp;T", "<b>bold</b>", "one\n two"} {
		for _, rich := range []string{`"richText":false,`, `"richText":null,`, ""} {
			raw, err := json.Marshal(body)
			if err != nil {
				t.Fatal(err)
			}
			notes, _ := decodeAgent([]byte(`{"getResponseTypes":[{"ChatPostMessage":{` + rich + `"engagementId":27,"body":` + string(raw) + `}}]}`))
			if len(notes) != 1 || notes[0].words() != body {
				t.Errorf("%s%s was read as %+v", rich, body, tell(notes))
			}
		}
		no := flag(false)
		n := note{name: "RNEngagementMessagePostedMessage", RichText: &no, Body: text(body)}
		if n.words() != body {
			t.Errorf("%q of a person, not rich, became %q", body, n.words())
		}
	}
}
