package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/bots/native"
	"handoff/connectors/bots/native/sim"
)

// spoken is a customer's word as an event of a batch.
func spoken(id, external, text string) string {
	return `{"id":"` + id + `","type":"message.created","timestamp":"2026-11-21T20:15:00.123Z","conversation_id":"` + external +
		`","data":{"message":{"id":"m-` + id + `","text":"` + text + `"},"author":{"role":"user","id":"u-1"}}}`
}

// batchOf is a body with events.
func batchOf(events ...string) string { return `{"events":[` + strings.Join(events, ",") + `]}` }

// batch posts events as the shop's bot.
func (r *rig) batch(body string, headers ...string) *answer {
	r.t.Helper()
	return r.bot().post("/v1/bots/shop/events", body, append([]string{"Content-Type", BatchType}, headers...)...)
}

// results are the ids, statuses and codes of a batch's results.
func results(t *testing.T, a *answer) []string {
	t.Helper()
	a.want(t, 207)
	var got struct {
		Results []struct {
			ID           *string
			Status       int
			Conversation map[string]any
			Problem      *problem
		}
	}
	if err := json.Unmarshal(a.body, &got); err != nil {
		t.Fatal(err)
	}
	var told []string
	for _, result := range got.Results {
		id, code := "null", ""
		if result.ID != nil {
			id = *result.ID
		}
		if p := result.Problem; p != nil {
			code = " " + p.Code
			if p.Status != result.Status || p.Type != "/problems/"+p.Code || p.Title != problemKinds[p.Code].title ||
				p.Instance != "/v1/bots/shop/events" || p.RequestID != a.header.Get(requestIDHeader) {
				t.Errorf("not a problem document as every other: %+v", p)
			}
		}
		if (result.Problem == nil) == (result.Conversation == nil) {
			t.Errorf("%s has neither a conversation nor a problem, or both", id)
		}
		told = append(told, fmt.Sprintf("%s %d%s", id, result.Status, code))
	}
	return told
}

func TestABatchIsTakenInOrderAndAnsweredAsEachEventAlone(t *testing.T) {
	r := newRig(t)
	events := []string{spoken("e1", "c-1", "one"), spoken("e2", "c-2", "uno"), spoken("e3", "c-1", "two"), spoken("e4", "c-1", "three")}
	a := r.batch(batchOf(events...))
	if diff := cmp.Diff([]string{"e1 202", "e2 202", "e3 202", "e4 202"}, results(t, a)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if a.at("results", 0, "conversation", "created") != true || a.at("results", 2, "conversation", "created") != false {
		t.Errorf("which began the conversation: %s", a.body)
	}
	feed := r.bot().get("/v1/conversations/" + a.text("results", 0, "conversation", "id") + "/events")
	for i, text := range []string{"one", "two", "three"} {
		if got := feed.text("events", i, "data", "message", "text"); got != text {
			t.Errorf("word %d of the conversation is %q, want %q", i+1, got, text)
		}
	}
	again := r.batch(batchOf(events...))
	if diff := cmp.Diff([]string{"e1 200", "e2 200", "e3 200", "e4 200"}, results(t, again)); diff != "" {
		t.Errorf("the results of a repetition (-want +got):\n%s", diff)
	}
	for i := range events {
		if a.text("results", i, "conversation", "id") != again.text("results", i, "conversation", "id") {
			t.Errorf("event %d is answered with another conversation the second time", i)
		}
		if alone := r.bot().post("/v1/bots/shop/events", events[i]).want(t, 200); alone.header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("event %d alone is not known from the batch", i)
		}
	}
	if !cmp.Equal(r.batch(batchOf(events...)).at(), again.at()) {
		t.Error("a third time is answered differently from the second")
	}
}

func TestAfterAFailureTheRestOfTheConversationIsNotLookedAt(t *testing.T) {
	r := newRig(t)
	r.batch(batchOf(spoken("used", "c-1", "before"))).want(t, 207)
	bot := func(id, external string) string {
		return `{"id":"` + id + `","type":"handoff.requested","timestamp":"2026-11-21T20:15:00.123Z","conversation_id":"` + external +
			`","data":{"reason":"rule","target":{"queue":"nosuch"}}}`
	}
	a := r.batch(batchOf(
		spoken("used", "c-1", "other words"), // another event under a known id
		spoken("e2", "c-2", "fine"),
		spoken("e3", "c-1", "after the failure"),
		bot("e4", "c-2"),        // no such queue
		spoken("e5", "c-3", ""), // no words
		spoken("e6", "c-2", "after the failure"),
		`{"id":"e7","type":"nosuch","timestamp":"2026-11-21T20:15:00.123Z","conversation_id":"c-4","data":{}}`,
		spoken("e8", "c-3", "after what could not be read"),
		`17`,
		spoken("e10", "c-5", "fine"),
		strings.Replace(spoken("", "c-6", "no id"), `"id":"",`, "", 1),
		spoken("e11", "c-5", "fine"), spoken("e11", "c-5", "fine"),
	))
	if diff := cmp.Diff([]string{
		"used 422 idempotency-key-reuse", "e2 202", "e3 424 earlier-event-failed", "e4 422 unknown-queue", "e5 422 validation",
		"e6 424 earlier-event-failed", "e7 422 unknown-event-type", "e8 424 earlier-event-failed", "null 422 validation", "e10 202",
		"null 422 validation", "e11 202", "e11 200",
	}, results(t, a)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	for place, want := range map[int]string{
		3: "/events/3/data/target/queue", 4: "/events/4/data/message/text", 6: "/events/6/type", 8: "/events/8", 10: "/events/10/id",
	} {
		if got := a.text("results", place, "problem", "errors", 0, "pointer"); got != want {
			t.Errorf("the problem of event %d points to %q, want %q", place, got, want)
		}
	}
	feed := r.bot().get("/v1/conversations/" + a.text("results", 1, "conversation", "id") + "/events")
	if feed.text("events", 0, "data", "message", "text") != "fine" || contains(feed.body, "after the failure") {
		t.Errorf("the feed of c-2: %s", feed.body)
	}
}

func TestEachEventOfABatchCountsForTheRate(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Rates.Bot = Rate{0.5, 3} })
	a := r.batch(batchOf(spoken("e1", "c-1", "a"), spoken("e2", "c-2", "b"), spoken("e3", "c-3", "c"), spoken("e4", "c-4", "d"), spoken("e5", "c-4", "e")))
	if diff := cmp.Diff([]string{"e1 202", "e2 202", "e3 202", "e4 429 rate-limited", "e5 424 earlier-event-failed"},
		results(t, a)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	if got := a.header.Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After %q, want 2", got)
	}
	r.batch(batchOf(spoken("e4", "c-4", "d"))).problem(t, 429, codeRateLimited)
}

func TestOneSignatureCoversABatch(t *testing.T) {
	r := newRig(t)
	body := batchOf(spoken("e1", "c-1", "a"), spoken("e2", "c-2", "b"))
	var header []string
	client := sim.Client{Secret: shopSecret, Clock: r.clock}
	for name, values := range must(client.Sign("batch-1", BatchType, []byte(body))) {
		header = append(header, name, values[0])
	}
	a := r.anybody().post("/v1/bots/shop/events", body, header...)
	if diff := cmp.Diff([]string{"e1 202", "e2 202"}, results(t, a)); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	r.anybody().post("/v1/bots/shop/events", batchOf(spoken("e3", "c-3", "c")), header...).problem(t, 401, codeInvalidSignature)
}

func TestAShortAnswerHasWhatABotNeedsToGoOn(t *testing.T) {
	r := newRig(t)
	short := func(name string, a *answer, members ...any) {
		t.Helper()
		body, ok := a.at(members...).(map[string]any)
		want := map[string]any{"id": body["id"], "state": body["state"], "version": body["version"], "epoch": body["epoch"],
			"controller": body["controller"]}
		if diff := cmp.Diff(want, body); !ok || diff != "" || want["controller"] == nil || want["version"] == nil {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if got := a.header.Get("Preference-Applied"); !strings.HasSuffix(got, "return=minimal") {
			t.Errorf("%s: Preference-Applied %q", name, got)
		}
	}
	prefer := []string{"Prefer", "return=minimal"}
	bot := r.bot()
	word := bot.post("/v1/bots/shop/events", spoken("e1", "c-1", "a"), prefer...).want(t, 202)
	short("an event", word)
	if word.header.Get("Location") != "/v1/conversations/"+word.text("id") || word.header.Get("ETag") != `"1"` {
		t.Errorf("the headers of a short answer: %v", word.header)
	}
	short("a batch", r.batch(batchOf(spoken("e2", "c-1", "b")), prefer...).want(t, 207), "results", 0, "conversation")
	short("a request", r.handoff("c-1", "Prefer", "return=minimal, wait=0"))
	short("a flat request", bot.post("/v1/bots/shop/handoffs", `{"conversation_id":"c-2"}`, prefer...).want(t, 200, 202))
	began := bot.post("/v1/conversations", `{"bot":"shop","user":{"id":"u-1"}}`, prefer...).want(t, 201)
	short("a beginning", began)
	path := "/v1/conversations/" + began.text("id")
	short("a look", bot.get(path, prefer...).want(t, 200))
	short("an end", bot.post(path+"/end", `{}`, prefer...).want(t, 200))
	short("a rating", bot.post(path+"/rating", `{"rating":5}`, prefer...).want(t, 200))
	if whole := r.person("sue").get(path, prefer...).want(t, 200); whole.at("bot") != "shop" {
		t.Errorf("a person gets a short answer: %s", whole.body)
	}
}

// badBatches are batches that are refused as a whole.
func badBatches() []badRow {
	many := make([]string, native.MaxBatch+1)
	for i := range many {
		many[i] = spoken(fmt.Sprintf("e%d", i), "c-new", "x")
	}
	post := func(name, as, body string, header ...string) badRow {
		return badRow{name: "batch: " + name, as: as, method: http.MethodPost, path: "/v1/bots/shop/events", body: body,
			header: append([]string{"Content-Type", BatchType}, header...)}
	}
	good := batchOf(spoken("e1", "c-new", "x"))
	return []badRow{
		post("nobody's", "", good),
		post("another bot's", "other", good),
		post("empty body", "shop", ""),
		post("not JSON", "shop", good[:len(good)-3]),
		post("member twice in one event", "shop", batchOf(`{"id":"e1","id":"e2"}`)),
		post("an array", "shop", "["+spoken("e1", "c-new", "x")+"]"),
		post("an event alone", "shop", spoken("e1", "c-new", "x")),
		post("no events", "shop", `{}`),
		post("events that are none", "shop", `{"events":{"id":"e1"}}`),
		post("none in it", "shop", `{"events":[]}`),
		post("101 events", "shop", batchOf(many...)),
		post("too large", "shop", batchOf(spoken("e1", "c-new", repeated(native.MaxBody)))),
		post("latin-1", "shop", good, "Content-Type", BatchType+"; charset=iso-8859-1"),
		post("batch of CloudEvents", "shop", "["+spoken("e1", "c-new", "x")+"]", "Content-Type", "application/cloudevents-batch+json"),
		{name: "batch: at the flat form", as: "shop", method: http.MethodPost, path: "/v1/bots/shop/handoffs", body: good,
			header: []string{"Content-Type", BatchType}},
	}
}
