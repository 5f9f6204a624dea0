package web

import (
	"strings"
	"testing"
	"time"

	"handoff/orchestrator"
)

func TestPresenceIsRenewedByRepeatingIt(t *testing.T) {
	r := newRig(t)
	anna := r.person("anna")
	if a := anna.get("/v1/me/presence").want(t, 200); a.text("state") != "offline" {
		t.Errorf("before: %s", a.body)
	}
	a := anna.put("/v1/me/presence", map[string]any{"state": "online", "queues": []string{"billing"},
		"capacity": 2}).want(t, 200)
	if a.text("state") != "online" || a.text("queues", 0) != "billing" || a.number("capacity") != 2 ||
		a.text("until") != "2026-11-21T20:15:45.000Z" {
		t.Errorf("online: %s", a.body)
	}
	if a := anna.put("/v1/me/presence", map[string]any{"state": "away"}).want(t, 200); a.text("state") != "away" ||
		len(a.at("queues").([]any)) != 2 {
		t.Errorf("away: %s", a.body)
	}
	r.clock.Advance(46 * time.Second)
	if a := anna.get("/v1/me/presence").want(t, 200); a.text("state") != "offline" {
		t.Errorf("after the last beat: %s", a.body)
	}
}

func TestHeartbeatAnswersWhatWasChosenAndChoosesNothing(t *testing.T) {
	r := newRig(t)
	one, two := r.person("anna"), r.person("anna") // two devices
	beat := func(p *caller, state string, reason any) {
		t.Helper()
		a := p.post("/v1/me/heartbeat", map[string]any{}).want(t, 200)
		if a.text("state") != state || a.at("reason") != reason {
			t.Errorf("a heartbeat is answered %s, want %s, %v", a.body, state, reason)
		}
	}
	beat(one, "offline", nil)
	one.put("/v1/me/presence", map[string]any{"state": "online"}).want(t, 200)
	two.put("/v1/me/presence", map[string]any{"state": "away", "reason": "lunch"}).want(t, 200)
	since := two.get("/v1/me/presence").want(t, 200).text("since")
	r.clock.Advance(40 * time.Second)
	beat(one, "away", "lunch")
	r.clock.Advance(40 * time.Second)
	beat(one, "away", "lunch")
	if a := one.put("/v1/me/presence", map[string]any{"state": "away"}).want(t, 200); a.text("since") != since ||
		a.text("reason") != "lunch" {
		t.Errorf("repeating the state is taken for a choice: %s", a.body)
	}
	r.clock.Advance(2 * time.Minute)
	if a := one.get("/v1/me/presence").want(t, 200); a.text("state") != "offline" {
		t.Errorf("after the last heartbeat: %s", a.body)
	}
	beat(one, "away", "lunch") // heard of again
	one.post("/v1/me/heartbeat", map[string]any{"state": "online"}).problem(t, 422, codeValidation)
	one.put("/v1/me/presence", map[string]any{"state": "away", "reason": strings.Repeat("x", 201)}).
		problem(t, 422, codeValidation)
}

func TestSignOutOnOneDeviceLeavesTheOtherAndItsChats(t *testing.T) {
	r := newRig(t)
	one, id := r.served("c-1")
	two := r.person("anna")
	if a := one.get("/v1/login").want(t, 200); a.number("sessions") != 2 {
		t.Errorf("two devices: %s", a.body)
	}
	two.do("DELETE", "/v1/login", nil).want(t, 204)
	two.get("/v1/login").problem(t, 401, codeNotSignedIn)
	if a := one.get("/v1/me/presence").want(t, 200); a.text("state") != "online" {
		t.Errorf("after the other device signed out: %s", a.body)
	}
	one.post("/v1/conversations/"+id+"/messages", map[string]any{"text": "still here"}).want(t, 202)
	one.do("DELETE", "/v1/login", nil).want(t, 204)
	r.reach(id, orchestrator.StateQueued)
}

func TestSupervisorChoosesForSomebodyElse(t *testing.T) {
	r := newRig(t)
	anna, id := r.served("c-1")
	sue := r.person("sue")
	stream := anna.listen("/v1/changes")
	put := func(body map[string]any) *answer { return sue.put("/v1/agents/anna/presence", body) }
	if a := put(map[string]any{"state": "away", "reason": "please call me"}).want(t, 200); a.text("state") != "away" ||
		a.text("reason") != "please call me" || len(a.at("seats").([]any)) != 1 {
		t.Errorf("away: %s", a.body)
	}
	if e := stream.untilNamed(t, "presence"); e.data["agent"] != "anna" {
		t.Errorf("her page is told %+v", e)
	}
	if a := put(map[string]any{"state": "offline", "reason": "went home"}).want(t, 200); a.text("state") != "offline" ||
		a.text("reason") != "went home" {
		t.Errorf("offline: %s", a.body)
	}
	r.reach(id, orchestrator.StateQueued)
	if a := anna.post("/v1/me/heartbeat", map[string]any{}).want(t, 200); a.text("state") != "offline" ||
		a.text("reason") != "went home" {
		t.Errorf("a heartbeat brings her back: %s", a.body)
	}
	anna.put("/v1/me/presence", map[string]any{"state": "online"}).want(t, 200)
	r.reach(id, orchestrator.StateOffered)

	put(map[string]any{"state": "away"}).problem(t, 422, codeValidation)
	put(map[string]any{"state": "gone", "reason": "x"}).problem(t, 422, codeValidation)
	put(map[string]any{"state": "online", "reason": "x", "queues": []string{"moon"}}).problem(t, 422, codeValidation)
	sue.put("/v1/agents/nobody/presence", map[string]any{"state": "away", "reason": "x"}).problem(t, 404, codeNotFound)
	sue.put("/v1/agents/ben/presence", map[string]any{"state": "online", "reason": "x"}).
		problem(t, 409, orchestrator.CodeStateConflict) // he is not signed in
	anna.put("/v1/agents/ben/presence", map[string]any{"state": "away", "reason": "x"}).problem(t, 403, codeNotAllowed)
}

func TestPresenceStaysWithinWhatIsConfigured(t *testing.T) {
	r := newRig(t)
	ben := r.person("ben")
	for pointer, body := range map[string]map[string]any{
		"/state":    {"state": "busy"},
		"/queues/0": {"state": "online", "queues": []string{"billing"}},
		"/capacity": {"state": "online", "capacity": 4},
	} {
		if a := ben.put("/v1/me/presence", body).problem(t, 422, codeValidation); a.text("errors", 0,
			"pointer") != pointer {
			t.Errorf("%v is answered %s", body, a.body)
		}
	}
	ben.put("/v1/me/presence", map[string]any{"state": "online", "capacity": 0}).problem(t, 422, codeValidation)
}

func TestInstallationWithoutAHouseDeskHasNoPresence(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Desks = nil })
	anna := r.person("anna")
	anna.get("/v1/me/presence").problem(t, 409, "not-supported")
	anna.put("/v1/me/presence", map[string]any{"state": "online"}).problem(t, 409, "not-supported")
	anna.get("/v1/me/conversations").want(t, 200)
	anna.get("/v1/queues").want(t, 200)
}

func TestFloorShowsQueuesAndPeople(t *testing.T) {
	r := newRig(t)
	_, id := r.served("c-1")
	r.online("cleo").put("/v1/me/presence", map[string]any{"state": "away"}).want(t, 200)
	sue := r.person("sue")
	queues := sue.get("/v1/queues").want(t, 200)
	if queues.text("items", 0, "name") != "billing" || queues.number("items", 1, "online") != 1 ||
		queues.number("items", 1, "ready") != 1 {
		t.Errorf("queues: %s", queues.body)
	}
	agents := sue.get("/v1/agents").want(t, 200)
	if agents.text("items", 0, "id") != "anna" || agents.number("items", 0, "busy") != 1 ||
		agents.text("items", 0, "seats", 0, "conversation") != id {
		t.Errorf("agents: %s", agents.body)
	}
	if agents.text("items", 2, "state") != "away" || agents.text("items", 1, "state") != "offline" {
		t.Errorf("agents: %s", agents.body)
	}
	ben := r.person("ben")
	if a := ben.get("/v1/agents").want(t, 200); a.number("items", 0, "busy") != 1 ||
		len(a.at("items", 0, "seats").([]any)) != 0 {
		t.Errorf("an agent is told which conversations colleagues have: %s", a.body)
	}
	if a := ben.get("/v1/queues").want(t, 200); len(a.at("items").([]any)) != 1 {
		t.Errorf("ben sees queues that are not his: %s", a.body)
	}
}

func TestSupervisorWhoTookAChatAndVanishesIsMissed(t *testing.T) {
	r := newRig(t)
	_, id := r.served("c-1")
	sue := r.person("sue") // signed in, and never said that she is there
	sue.act(id, "take").want(t, 200)
	for range 4 { // she works: longer than anybody may be silent
		r.clock.Advance(20 * time.Second)
		sue.post("/v1/conversations/"+id+"/notes", map[string]any{"text": "still here"}).want(t, 200)
		r.online("ben")
	}
	if c := r.reach(id, orchestrator.StateAgent); c.Owner().ID != "sue" {
		t.Fatalf("%s has it while sue works", c.Owner().ID)
	}
	for range 3 {
		r.clock.Advance(20 * time.Second)
		r.online("ben")
	}
	if _, err := r.desk.Tidy(t.Context(), r.engine.Now()); err != nil {
		t.Fatal(err)
	}
	if c := r.reach(id, orchestrator.StateOffered); c.Offer.Agent.ID == "sue" {
		t.Error("it rings at the one who vanished")
	}
}
