package web

import (
	"testing"
	"time"

	"handoff/orchestrator"
)

func TestPresenceIsAHeartbeat(t *testing.T) {
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
