package web

import (
	"testing"

	"handoff/orchestrator"
)

func TestWhoHasJustLostTheChatIsToldWhoHasIt(t *testing.T) {
	r := newRig(t)
	anna, id := r.served("c-1")
	r.online("sue").act(id, "take").want(t, 200)
	for action, body := range map[string]any{
		"end": map[string]any{}, "leave": map[string]any{}, "transfer/accept": map[string]any{},
		"transfer/decline": map[string]any{}, "typing": map[string]any{"typing": true},
		"complete": map[string]any{"disposition": "solved"}, "notes": map[string]any{"text": "for later"},
		"transfer": map[string]any{"to": map[string]any{"agent": "ben"}}, "invite": map[string]any{"agent": "ben"},
		"return-to-bot": map[string]any{"reason": "done"}, "messages": map[string]any{"text": "still me"},
	} {
		a := anna.post("/v1/conversations/"+id+"/"+action, body).problem(t, 409, orchestrator.CodeNotInControl)
		if a.text("agent", "id") != "sue" || a.text("current_state") != "agent" || a.text("controller") != "agent" {
			t.Errorf("%s is answered without saying who has the chat: %s", action, a.body)
		}
	}
	anna.get("/v1/conversations/"+id).problem(t, 404, codeUnknownConv) // what happens there now is not hers to read
	r.person("ben").act(id, "end").problem(t, 404, codeUnknownConv)    // it never was his
}

func TestWhoLostTheChatMayTakeItAgain(t *testing.T) {
	r := newRig(t)
	anna, id := r.served("c-1")
	sue := r.person("sue")
	sue.post("/v1/conversations/"+id+"/requeue", map[string]any{}).want(t, 200)
	r.reach(id, orchestrator.StateOffered)
	anna.act(id, "accept").want(t, 200)
	anna.post("/v1/conversations/"+id+"/notes", map[string]any{"text": "again mine"}).want(t, 200)
}
