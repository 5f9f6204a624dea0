package web

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"handoff/orchestrator"
)

func TestReadinessNamesWhatFails(t *testing.T) {
	failing, asked := false, 0
	r := newRig(t, func(o *Options) {
		o.Checks = append(o.Checks, Check{"disk", func(context.Context) error {
			asked++
			if failing {
				return errors.New("full: /secret/path")
			}
			return nil
		}})
	})
	a := r.anybody().get("/readyz").want(t, 200)
	if a.text("warnings", 0) != embeddedWarning || a.text("store") != "embedded" || a.at("checks", 1, "ok") != true {
		t.Errorf("/readyz: %s", a.body)
	}
	failing = true
	if r.anybody().get("/readyz").want(t, 200); asked != 1 {
		t.Errorf("the checks ran %d times within a second", asked)
	}
	r.clock.Advance(time.Second)
	a = r.anybody().get("/readyz").want(t, 503)
	if a.text("status") != "unready" || a.at("checks", 1, "ok") != false || a.at("checks", 0, "ok") != true {
		t.Errorf("/readyz: %s", a.body)
	}
	if strings.Contains(string(a.body), "secret") {
		t.Error("/readyz tells why")
	}
}

func TestStoreThatCannotBeReachedIs503(t *testing.T) {
	r := newRig(t)
	sue := r.person("sue")
	id := r.begun("c-1")
	r.closed = true
	if err := r.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, a := range []*answer{
		sue.get("/v1/queues"), r.bot().get("/v1/conversations/" + id),
		r.bot().post("/v1/bots/shop/events", r.event("c-9", "context.updated",
			map[string]any{"attributes": map[string]any{"a": "b"}})),
	} {
		a.problem(t, 503, orchestrator.CodeUnavailable)
		if a.header.Get("Retry-After") == "" || strings.Contains(string(a.body), "redis") ||
			strings.Contains(string(a.body), "127.0.0.1") {
			t.Errorf("answered %s", a.body)
		}
	}
	r.anybody().get("/readyz").want(t, 503)
	r.anybody().get("/metrics").want(t, 200)
}

func TestEveryProblemIsExplained(t *testing.T) {
	r := newRig(t)
	for code, kind := range problemKinds {
		if a := r.anybody().get("/problems/"+code).want(t, 200); int(a.number("status")) != kind.status ||
			a.text("title") != kind.title {
			t.Errorf("%s is explained as %s", code, a.body)
		}
	}
	r.anybody().get("/problems/nosuch").problem(t, 404, codeNotFound)
}

func TestMetricsCountWhatHappens(t *testing.T) {
	r := newRig(t)
	r.served("c-1")
	r.bot().post("/v1/bots/shop/events", r.event("c-1", "message.created", map[string]any{
		"message": map[string]any{"id": "late", "text": "late"}, "author": map[string]any{"role": "bot"}})).want(t, 409)
	r.server.metrics.Swept(orchestrator.Sweep{Checked: 3, Reaped: 1, Lag: 2 * time.Second})
	r.server.metrics.Conflict()
	r.server.metrics.Delivered(orchestrator.CommandSend, "done", time.Second)
	text := string(r.anybody().get("/metrics").want(t, 200).body)
	for _, want := range []string{
		`handoff_conversations{state="agent"} 1`, `handoff_conversations{state="bot"} 0`,
		`handoff_steps_total{event="accepted",flow="default",from="offered",to="agent"} 1`,
		`handoff_events_total{event="message",result="not-in-control"} 1`, "handoff_refused_sends_total 1",
		"handoff_commit_conflicts_total 1",
		`handoff_sweep_items_total{what="reaped"} 1`, "handoff_sweep_lag_seconds 2",
		`handoff_deliveries_total{command="send",how="done"} 1`,
		`handoff_connector_calls_total{command="open",connector="house",outcome="done"} 1`,
		`handoff_http_requests_total{operation="acceptConversation",status="200"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the counters lack %s", want)
		}
	}
}

func TestFlowIsShownInWordsAndAsADiagram(t *testing.T) {
	r := newRig(t)
	sue := r.person("sue")
	a := sue.get("/v1/flows/default").want(t, 200)
	if a.text("dispositions", 0) != "solved" || a.text("queue") != "general" || len(a.at("transitions").([]any)) < 40 ||
		len(a.at("rules").([]any)) == 0 {
		t.Errorf("the flow: %s", a.body)
	}
	byName := sue.get("/v1/flows/default?format=mermaid&state=agent").want(t, 200)
	byType := sue.get("/v1/flows/default", "Accept", mermaidType).want(t, 200)
	if !strings.Contains(string(byName.body), "stateDiagram") ||
		byType.header.Get("Content-Type") != mermaidType+"; charset=utf-8" {
		t.Errorf("the diagram: %s", byName.body)
	}
	if dot := sue.get("/v1/flows/default?format=graphviz").want(t, 200); !strings.Contains(string(dot.body),
		"digraph") {
		t.Errorf("the graph: %s", dot.body)
	}
	sue.get("/v1/flows/nosuch").problem(t, 404, codeNotFound)
	sue.get("/v1/flows/default?format=svg").problem(t, 422, codeValidation)
	sue.get("/v1/flows/default?state=nosuch").problem(t, 422, codeValidation)
}

func TestConnectorsTellWhatTheyCan(t *testing.T) {
	r := newRig(t)
	a := r.person("sue").get("/v1/connectors").want(t, 200)
	if a.text("items", 1, "name") != "shop" || a.at("items", 1, "hears") != false ||
		a.text("items", 2, "name") != "house" ||
		a.at("items", 2, "manifest", "conference") != true || a.text("items", 1, "health", "calls") != "closed" {
		t.Errorf("connectors: %s", a.body)
	}
}

type lastSweep struct {
	sweep  *orchestrator.Sweep
	living orchestrator.Living
}

func (l *lastSweep) Last() (orchestrator.Sweep, bool) {
	if l.sweep == nil {
		return orchestrator.Sweep{}, false
	}
	return *l.sweep, true
}

func (l *lastSweep) Living() orchestrator.Living { return l.living }

func TestReaperShowsItsLastSweep(t *testing.T) {
	last := &lastSweep{}
	r := newRig(t, func(o *Options) {
		o.Reaper, o.NextSweep = last, func(after time.Time) time.Time { return after.Truncate(time.Second).Add(time.Second) }
	})
	sue := r.person("sue")
	if a := sue.get("/v1/reaper").want(t, 200); string(a.body) != "{\"last\":null,\"next\":\"2026-11-21T20:15:01.000Z\",\"unconfigured\":[],\"unreadable\":[]}\n" {
		t.Errorf("before the first sweep: %s", a.body)
	}
	last.sweep = &orchestrator.Sweep{At: orchestrator.MomentOf(r.clock.Now()), Took: 1500 * time.Millisecond,
		Checked: 7, Lag: time.Second}
	if a := sue.get("/v1/reaper").want(t, 200); a.number("last", "took_seconds") != 1.5 ||
		a.number("last", "checked") != 7 {
		t.Errorf("the sweep: %s", a.body)
	}
	last.living = orchestrator.Living{
		Unconfigured: []orchestrator.Unconfigured{{ID: "cv_00_GONE", State: orchestrator.StateQueued, Missing: orchestrator.Missing{Queue: "old"}}},
		Unreadable:   []*orchestrator.UnreadableRecord{{ID: "cv_00_ODD", Err: errors.New("form 9")}},
	}
	a := sue.get("/v1/reaper").want(t, 200)
	for _, want := range []string{`{"conversation":"cv_00_GONE","state":"queued","missing":{"queue":"old"}}`, `{"conversation":"cv_00_ODD","error":"form 9"}`} {
		if !contains(a.body, want) {
			t.Errorf("no %s in %s", want, a.body)
		}
	}
	page := sue.page("/board").want(t, 200)
	for _, want := range []string{"cv_00_GONE", "queue old not configured", "cv_00_ODD", "form 9"} {
		if !contains(page.body, want) {
			t.Errorf("the board does not tell %q", want)
		}
	}
}
