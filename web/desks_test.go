package web

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"handoff/orchestrator"
)

// hookDesk is a contact centre that posts to us.
type hookDesk struct {
	orchestrator.Desk
	decode func(header http.Header, body []byte) ([]orchestrator.Event, error)
}

func (d *hookDesk) DecodeHook(header http.Header, body []byte) ([]orchestrator.Event, error) {
	return d.decode(header, body)
}

func (d *hookDesk) Manifest() orchestrator.Manifest { return orchestrator.Manifest{Kind: "hooked"} }

func TestVendorNotificationIsTaken(t *testing.T) {
	desk := &hookDesk{}
	r := newRig(t, func(o *Options) { o.Desks["vendor"] = desk })
	_, id := r.served("c-1")
	note := func(event string) orchestrator.Event {
		return orchestrator.Event{ID: orchestrator.EventID(event), Type: orchestrator.EventMessage,
			Conversation: orchestrator.ConversationID(id),
			Actor:        orchestrator.Actor{Role: orchestrator.ActorDesk, ID: "vendor"},
			Message:      &orchestrator.Message{ID: event, Text: "hi"}}
	}
	desk.decode = func(h http.Header, body []byte) ([]orchestrator.Event, error) {
		if h.Get("X-Signature") != "good" {
			return nil, &orchestrator.InputError{Status: 401, Code: codeInvalidSignature, Detail: "no"}
		}
		if string(body) != `{"raw":  true}` {
			return nil, errors.New("the raw body was changed")
		}
		gone := note("v2")
		gone.Conversation = "cv_00_nosuch"
		return []orchestrator.Event{note("v1"), gone}, nil
	}
	a := r.anybody().post("/v1/desks/vendor/hooks", `{"raw":  true}`, "X-Signature", "good").want(t, 200)
	if a.number("taken") != 1 || a.number("refused") != 1 {
		t.Errorf("answered %s", a.body)
	}
	r.anybody().post("/v1/desks/vendor/hooks", `{"raw":  true}`).problem(t, 401, codeInvalidSignature)
	r.anybody().post("/v1/desks/house/hooks", `{}`).problem(t, 404, codeNotFound)
	r.anybody().post("/v1/desks/nosuch/hooks", `{}`).problem(t, 404, codeNotFound)
}

// bury puts a command on the undelivered list, as the dispatcher does when it gives up.
func (r *rig) bury(id string) orchestrator.CommandID {
	r.t.Helper()
	ctx := context.Background()
	c := must(r.store.Load(ctx, orchestrator.ConversationID(id)))
	cmd := orchestrator.Command{
		ID: orchestrator.CommandID(id + ".99.0"), Type: orchestrator.CommandSend, Class: orchestrator.ClassLive,
		Conversation: c.ID,
		To:           orchestrator.Party{Connector: "house"}, Sequence: 1, At: r.server.now(), Attempt: 5, Failure: "HTTP 500",
		Message: &orchestrator.Message{ID: "m", Text: "nobody else's business"},
	}
	next := c.Clone()
	next.Version, next.Sequence = c.Version+1, c.Sequence+1
	must(r.store.Commit(ctx, &orchestrator.Commit{
		Want: c.Version, Next: next, From: c.State, Event: "bury", Now: r.server.now(), Node: "other-node",
		Lease: orchestrator.DispatchLease,
		Entries: []orchestrator.Entry{{At: r.server.now(), Version: next.Version, Epoch: c.Epoch,
			Event: orchestrator.Event{ID: "bury", Type: orchestrator.EventDelivery}}},
		Commands: []orchestrator.Command{cmd},
	}))
	if _, err := r.store.Bury(ctx, &cmd, "other-node", r.server.now(), orchestrator.DispatchLease); err != nil {
		r.t.Fatal(err)
	}
	return cmd.ID
}

func TestUndeliveredIsListedRetriedAndDiscarded(t *testing.T) {
	r := newRig(t)
	id := r.begun("c-1")
	command := string(r.bury(id))
	sue := r.person("sue")
	a := sue.get("/v1/undelivered").want(t, 200)
	if a.text("items", 0, "id") != command || a.text("items", 0, "failure") != "HTTP 500" ||
		a.text("items", 0, "side") != "desk" {
		t.Errorf("the list: %s", a.body)
	}
	if contains(a.body, "nobody else's") {
		t.Error("the list shows what was said")
	}
	path := "/v1/undelivered/" + id + "/" + command
	sue.post(path+"/discard", map[string]any{}).problem(t, 422, codeValidation)
	sue.post(path+"/retry", struct{}{}).want(t, 204)
	if a := sue.get("/v1/undelivered").want(t, 200); len(a.at("items").([]any)) != 0 {
		t.Errorf("after the retry: %s", a.body)
	}
	sue.post(path+"/retry", struct{}{}).problem(t, 404, codeNotFound)
}

func TestDiscardedCommandIsInTheTimeline(t *testing.T) {
	r := newRig(t)
	id := r.begun("c-1")
	command := string(r.bury(id))
	sue := r.person("sue")
	sue.post("/v1/undelivered/"+id+"/"+command+"/discard", map[string]any{"reason": "customer called"}).want(t, 204)
	sue.post("/v1/undelivered/"+id+"/"+command+"/discard", map[string]any{"reason": "again"}).problem(t, 404,
		codeNotFound)
	feed := sue.get("/v1/conversations/"+id+"/events").want(t, 200)
	last := len(feed.at("events").([]any)) - 1
	if feed.text("events", last, "data", "reason") != "discarded: customer called" ||
		feed.text("events", last, "why", "actor", "id") != "sue" {
		t.Errorf("the timeline ends with %v", feed.at("events", last))
	}
}
