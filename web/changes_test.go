package web

import (
	"strconv"
	"testing"
	"time"
)

// untilState reads changes until a conversation is in a state.
func (s *sse) untilState(id, state string) (sseEvent, bool) {
	for {
		e, ok := s.next()
		if !ok || (e.data["conversation"] == id && e.data["state"] == state) {
			return e, ok
		}
	}
}

func TestChangesAreTold(t *testing.T) {
	r := newRig(t)
	stream := r.person("sue").listen("/v1/changes")
	id := r.begun("c-1")
	e, ok := stream.untilState(id, "bot")
	if !ok || e.id != strconv.FormatInt(r.clock.Now().UnixMilli(), 10) || e.data["version"] != 1.0 {
		t.Errorf("told %+v", e)
	}
}

// begun is a conversation that a bot began, with its id.
func (r *rig) begun(external string) string {
	return r.bot().post("/v1/bots/shop/events", r.event(external, "message.created", map[string]any{
		"message": map[string]any{"id": "m", "text": "hello"}, "author": map[string]any{"role": "user"},
	})).want(r.t, 202).text("id")
}

func TestChangesAreCompacted(t *testing.T) {
	r := newRig(t)
	stream := r.person("sue").listen("/v1/changes")
	first := r.begun("c-1")
	if _, ok := stream.untilState(first, "bot"); !ok {
		t.Fatal("the stream ended")
	}
	anna, id := r.served("c-2")
	anna.act(id, "end").want(t, 200)
	var states []any
	for window := 1; len(states) == 0 || states[len(states)-1] != "wrap_up"; window++ {
		if !r.clock.armed(changeWindow, window) {
			t.Fatal("no window was opened")
		}
		r.clock.Advance(changeWindow)
		e, ok := stream.next()
		if ok && e.name == "presence" { // anna went online
			window--
			continue
		}
		if !ok || e.data["conversation"] != id {
			t.Fatalf("told %+v", e)
		}
		states = append(states, e.data["state"])
	}
	if len(states) > 2 { // the last change may still have been on its way
		t.Errorf("four changes in one window are told as %v", states)
	}
}

func TestChangesResumeAfterAReconnect(t *testing.T) {
	r := newRig(t)
	sue := r.person("sue")
	stream := sue.listen("/v1/changes")
	first := r.begun("c-1")
	e, _ := stream.untilState(first, "bot")
	stream.close()
	r.clock.Advance(10 * time.Second)
	missed := r.begun("c-2")
	again := sue.listen("/v1/changes", "Last-Event-ID", e.id)
	if _, ok := again.untilState(missed, "bot"); !ok {
		t.Error("what changed meanwhile is not told")
	}
	sue.get("/v1/changes", "Last-Event-ID", "x").problem(t, 400, codeMalformedHeader)
	sue.get("/v1/changes?since=1").problem(t, 422, codeValidation)
}

func TestAgentIsToldOfWhatIsTheirs(t *testing.T) {
	r := newRig(t)
	r.clock.follow(changeWindow)
	cleo := r.person("cleo").listen("/v1/changes") // billing only
	anna := r.person("anna").listen("/v1/changes")
	_, id := r.served("c-1") // in general
	if _, ok := anna.untilState(id, "agent"); !ok {
		t.Error("anna is not told of her own conversation")
	}
	r.online("cleo")
	billing := r.bot().post("/v1/bots/shop/events",
		r.event("c-2", "handoff.requested", map[string]any{"target": map[string]any{"queue": "billing"}})).want(t,
		202).text("id")
	for {
		e, ok := cleo.next()
		if !ok {
			t.Fatal("the stream ended")
		}
		if e.data["conversation"] == id {
			t.Fatalf("cleo is told of %+v", e)
		}
		if e.data["conversation"] == billing {
			return
		}
	}
}
