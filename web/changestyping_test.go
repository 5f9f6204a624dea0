package web

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// untilNamed reads a stream until an event of another type than message.
func (s *sse) untilNamed(t *testing.T, name string) sseEvent {
	t.Helper()
	for {
		e, ok := s.next()
		if !ok {
			t.Fatalf("the stream ended before %s", name)
		}
		if e.name == name {
			return e
		}
	}
}

func TestTypingIsToldToThoseWhoAreInTheChatAndNobodyElse(t *testing.T) {
	r := newRig(t)
	anna, ann, id := r.servedOnWeb()
	hers, others := anna.listen("/v1/changes"), r.person("sue").listen("/v1/changes")
	type body = map[string]any
	anna.post("/v1/conversations/"+id+"/typing", body{"typing": true}).want(t, 204) // she is not told of herself
	ann.post("/v1/conversations/"+id+"/typing", body{"typing": true}).want(t, 204)
	e := hers.untilNamed(t, "typing")
	author, _ := e.data["author"].(map[string]any)
	got := []any{e.id, e.data["conversation"], e.data["expires_in"], author["role"]}
	if diff := cmp.Diff([]any{"", id, 6.0, "user"}, got); diff != "" {
		t.Errorf("Anna is told (-want +got):\n%s", diff)
	}
	ann.post("/v1/conversations/"+id+"/typing", body{"typing": false}).want(t, 204)
	if e := hers.untilNamed(t, "typing"); e.data["expires_in"] != 0.0 {
		t.Errorf("Anna is told that it stopped with %+v", e)
	}
	anna.act(id, "end").want(t, 200)
	for {
		e, ok := others.next()
		if !ok || e.name == "typing" {
			t.Fatalf("Sue, who is not in it, is told %+v", e)
		}
		if e.data["state"] == "wrap_up" {
			return
		}
	}
}

func TestOurOwnPageMayBeginAConversationOfABotOnTheWeb(t *testing.T) {
	r := newRig(t)
	begin := func(bot string, headers ...string) *answer {
		return r.anybody().post("/v1/conversations", map[string]any{"bot": bot, "user": map[string]any{"id": "u-1"}}, headers...)
	}
	begin("shop", "Origin", r.url).want(t, 201)
	begin("shop", "Origin", r.url, "Sec-Fetch-Site", "same-origin").want(t, 201)
	begin("other", "Origin", r.url).problem(t, 403, codeNotAllowed)
	begin("shop", "Origin", r.url, "Sec-Fetch-Site", "cross-site").problem(t, 403, codeNotAllowed)
	begin("shop", "Sec-Fetch-Site", "same-origin").problem(t, 401, codeNotSignedIn)
}
