package genesys

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/desktest"
	"handoff/orchestrator"
)

func TestEveryFormOfAnAnswerIsUnderstood(t *testing.T) {
	shapes := desktest.Seeds(t, "answer_*.json")
	shapes["nothing"], shapes["null"] = []byte(""), []byte(`{"statusCode":null,"status":null}`)
	for name, want := range map[string]struct {
		code int
		said bool
	}{
		"answer_me": {0, true}, "answer_chats": {0, true}, "answer_string_code": {0, true}, "answer_status_ok": {0, true},
		"answer_status_number": {0, true}, "nothing": {0, true}, "answer_status_error": {codeFailed, true},
		"answer_failure": {3, true}, "null": {0, false},
	} {
		a, err := decodeAnswer(shapes[name])
		if err != nil || a.code != want.code || a.said != want.said {
			t.Errorf("%s: code %d, said %t (%v), want %+v", name, a.code, a.said, err, want)
		}
	}
	if _, err := decodeAnswer([]byte("<html>")); err == nil {
		t.Error("a page is understood")
	}
}

func TestEveryFormOfANotificationIsUnderstood(t *testing.T) {
	shapes := desktest.Seeds(t, "notice_*.json")
	for name, want := range map[string]struct {
		state   string
		entries int
		failed  string
	}{
		"notice_status_change": {stateChatting, 0, ""}, "notice_interaction": {stateInvited, 0, ""},
		"notice_bare": {stateInvited, 0, ""}, "notice_log": {"", 7, ""}, "notice_error": {"", 0, "status-6"},
		"notice_log_inside": {"", 2, ""}, "notice_log_bare": {"", 2, ""},
	} {
		n, ok := decodeNotice(shapes[name])
		state := ""
		if n.state != nil {
			state = n.state.State
		}
		if !ok || n.chat != "0000Wa9CAM6W00FN" || state != want.state || len(n.entries) != want.entries || n.failed != want.failed {
			t.Errorf("%s: %+v", name, n)
		}
	}
}

func TestATranscriptTellsWhoCameBeforeWhatTheySaid(t *testing.T) {
	shapes := desktest.Seeds(t, "transcript_*.json")
	for name, want := range map[string][]string{
		"transcript_served": {
			"message desk: Welcome", "accepted Dana", "typing Dana", "message Dana: Good day", "agent_joined participant-3",
			"message participant-3: https://example.org", "message Dana: bill.pdf", "agent_left Dana", "requeued participant-3",
		},
		"transcript_ended":  {"message desk: Welcome", "accepted Dana", "typing Dana", "message Dana: Good day", "chat_ended"},
		"transcript_opened": nil,
	} {
		read, err := decodeTranscript(shapes[name])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var told []string
		for _, ev := range transcribe(read, customerHeard{Next: 1}).facts {
			told = append(told, inWords(&ev))
		}
		if diff := cmp.Diff(want, told); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func inWords(ev *orchestrator.Event) string {
	words := string(ev.Type)
	switch {
	case ev.Agent != nil:
		words += " " + string(ev.Agent.ID)
	case ev.Actor.Role == orchestrator.ActorAgent:
		words += " " + ev.Actor.ID
	case ev.Message != nil:
		words += " desk"
	}
	if ev.Message != nil {
		words += ": " + ev.Message.Text
	}
	return words
}

func TestLateNotificationsOfAStateDoNotUndoTheNext(t *testing.T) {
	for _, row := range []struct {
		state, by string
		want      bool
	}{
		{stateInvited, stateChatting, true}, {stateChatting, stateCompleted, true}, {stateCompleted, stateChatting, false},
		{stateChatting, stateChatting, false}, {"Accepted", stateChatting, false},
	} {
		if have := overtaken(row.state, row.by); have != row.want {
			t.Errorf("%s after %s: overtaken %t", row.state, row.by, have)
		}
	}
}
