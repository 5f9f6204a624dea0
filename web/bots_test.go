package web

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"handoff/connectors/bots/native/sim"
	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

func TestBotIsAnsweredWithTheConversation(t *testing.T) {
	r := newRig(t)
	r.online("cleo") // a queue of her own, so that what waits in general waits
	r.online("ben")
	a := r.bot().post("/v1/bots/shop/events", r.event("c-1", "message.created", map[string]any{
		"message": map[string]any{"id": "m1", "text": "hello"}, "author": map[string]any{"role": "user"},
	})).want(t, 202)
	want := map[string]any{
		"id": a.text("id"), "conversation_id": "c-1", "bot": "shop", "flow": "default", "channel": "bot",
		"state":   "bot",
		"version": 1.0, "epoch": 1.0, "controller": "bot", "handoff": 0.0, "queue": nil, "agent": nil,
		"agents": []any{}, "desk": nil,
		"customer": map[string]any{"id": ""}, "deadline": "2026-11-21T20:45:00.000Z",
		"deadline_rule":  a.at("deadline_rule"),
		"when_requested": nil, "when_started": nil, "when_ended": nil, "when_idle": "2026-11-21T20:15:00.000Z",
		"when_fetched":      nil,
		"initial_queue_pos": nil, "last_error": nil, "closed_because": nil, "handoff_id": a.text("id"), "created": true,
		"events_url":         "/v1/conversations/" + a.text("id") + "/events",
		"conversation_token": a.text("conversation_token"), "message": nil,
	}
	if diff := cmp.Diff(want, a.at()); diff != "" {
		t.Errorf("answer (-want +got):\n%s", diff)
	}
	if got := a.header.Get("ETag"); got != `"1"` {
		t.Errorf("ETag %s, want \"1\"", got)
	}
	if got := a.header.Get("Location"); got != "/v1/conversations/"+a.text("id") {
		t.Errorf("Location %s", got)
	}
}

func TestHandoffTellsPositionAndIsAnsweredAgainAlike(t *testing.T) {
	r := newRig(t)
	anna := r.online("anna")
	anna.put("/v1/me/presence", map[string]any{"state": "away"}).want(t, 200)
	ev := r.event("c-1", "handoff.requested", map[string]any{"reason": "user_requested"})
	ev["id"] = "evt_1"
	r.online("ben")
	first := r.bot().post("/v1/bots/shop/events", ev).want(t, 202)
	if first.text("state") != "queued" || first.number("queue", "position") != 1 || first.at("created") != true {
		t.Errorf("the first answer: %s", first.body)
	}
	if first.text("message") != "You are number 1 in the queue." {
		t.Errorf("message %q", first.text("message"))
	}
	id := first.text("id")
	r.reach(id, orchestrator.StateOffered)
	again := r.bot().post("/v1/bots/shop/events", ev).want(t, 200)
	if again.header.Get("Idempotent-Replayed") != "true" {
		t.Error("a repetition does not say so")
	}
	if diff := cmp.Diff(first.at(), again.at()); diff != "" {
		t.Errorf("the repetition is answered differently (-first +again):\n%s", diff)
	}
	ev["data"] = map[string]any{"reason": "rule"}
	r.bot().post("/v1/bots/shop/events", ev).problem(t, 422, "idempotency-key-reuse")
}

func TestSecondRequestWhileOpenIsAnsweredWithWhatStands(t *testing.T) {
	r := newRig(t)
	r.online("ben")
	first := r.handoff("c-1")
	r.reach(first.text("id"), orchestrator.StateOffered)
	before := r.bot().get("/v1/conversations/" + first.text("id"))
	ask := r.event("c-1", "handoff.requested", map[string]any{"reason": "user_requested"})
	ask["id"] = "evt_again"
	for range 2 { // the second is a repetition, and answered in the same way
		second := r.bot().post("/v1/bots/shop/events", ask).want(t, 200)
		if second.text("id") != first.text("id") || second.at("created") != false || second.number("handoff") != 1 ||
			second.number("version") != before.number("version") || second.text("state") != "offered" {
			t.Errorf("answered %s", second.body)
		}
	}
}

func TestNobodyOnlineIsABusinessOutcome(t *testing.T) {
	r := newRig(t)
	a := r.handoff("c-1", "Prefer", "wait=2").want(t, 202)
	if a.text("state") != "bot" || a.text("failure", "reason") != "no_agents_online" || a.at("created") != false {
		t.Errorf("answered %s", a.body)
	}
	if a.header.Get("Preference-Applied") != "wait=2" {
		t.Errorf("Preference-Applied %q", a.header.Get("Preference-Applied"))
	}
}

func TestPreferWaitsForThePerson(t *testing.T) {
	r := newRig(t)
	anna := r.online("anna")
	watch := r.engine.Hub().WatchAll()
	defer watch.Close()
	answered := make(chan *answer, 1)
	go func() { answered <- r.handoff("c-1", "Prefer", "wait=4") }()
	for change := range watch.C {
		if change.State == orchestrator.StateOffered {
			anna.act(string(change.Conversation), "accept").want(t, 200)
			break
		}
	}
	a := <-answered
	if a.text("state") != "agent" || a.text("agent", "name") != "Anna" || a.text("message") != "Anna is with you." {
		t.Errorf("answered %s", a.body)
	}
}

func TestPreferGivesUpAfterFourSeconds(t *testing.T) {
	r := newRig(t)
	r.online("ben")
	answered := make(chan *answer, 1)
	go func() { answered <- r.handoff("c-1", "Prefer", "wait=30") }()
	if !r.clock.armed(MaxPrefer, 1) {
		t.Fatal("nobody waits for four seconds")
	}
	r.clock.Advance(MaxPrefer)
	if a := <-answered; a.text("state") != "queued" && a.text("state") != "offered" {
		t.Errorf("answered %s", a.body)
	}
}

func TestUnknownBotIsRefusedLikeAWrongKey(t *testing.T) {
	r := newRig(t)
	ev := r.event("c-1", "message.created", map[string]any{})
	for _, header := range [][]string{
		{"Authorization", "Bearer wrong-key-0123456789abcdef"}, {"Authorization", ""},
		{"Authorization", "", "Webhook-Id", "evt_1", "Webhook-Timestamp", fmt.Sprint(r.clock.Now().Unix()),
			"Webhook-Signature", "v1,AAAA"},
		{"Authorization", "", "Webhook-Id", "evt_1", "Webhook-Timestamp", "1", "Webhook-Signature", "v1,AAAA"},
	} {
		known := r.bot().post("/v1/bots/shop/events", ev, header...)
		unknown := r.bot().post("/v1/bots/nosuch/events", ev, header...)
		if known.status != 401 && known.status != 400 {
			t.Errorf("wrong credentials %v are answered %d", header, known.status)
		}
		for _, member := range []string{"type", "title", "status", "detail", "code"} {
			if known.at(member) != unknown.at(member) {
				t.Errorf("%v: an unknown bot can be told by %s: %v, %v", header, member, known.at(member),
					unknown.at(member))
			}
		}
		if known.header.Get("WWW-Authenticate") != unknown.header.Get("WWW-Authenticate") {
			t.Error("an unknown bot can be told by WWW-Authenticate")
		}
	}
	r.bearer(otherKey).post("/v1/bots/shop/events", ev).problem(t, 401, codeInvalidToken)
	r.bearer(shopKey).post("/v1/bots/nosuch/events", ev).problem(t, 401, codeInvalidToken)
}

func TestSignedEventIsTaken(t *testing.T) {
	r := newRig(t)
	client := &sim.Client{URL: r.url, Bot: "shop", Secret: shopSecret, Clock: r.clock, HTTP: http.DefaultClient}
	header, body, err := client.Request(sim.Outgoing{ID: "evt_9", Type: "handoff.requested", ConversationID: "c-9",
		Data: map[string]any{"reason": "rule"}})
	if err != nil {
		t.Fatal(err)
	}
	var headers []string
	for name := range header {
		headers = append(headers, name, header.Get(name))
	}
	r.anybody().post("/v1/bots/shop/events", string(body), headers...).want(t, 202)
	tampered := strings.Replace(string(body), "rule", "rulf", 1)
	r.anybody().post("/v1/bots/shop/events", tampered, headers...).problem(t, 401, codeInvalidSignature)
}

func TestSameKeyWhileRunningIsToldToWait(t *testing.T) {
	r := newRig(t)
	key := runningKey{bot: "shop", external: "c-1", event: "evt_1"}
	r.server.running.begin(key)
	ev := r.event("c-1", "message.created", map[string]any{"message": map[string]any{"id": "m1", "text": "x"},
		"author": map[string]any{"role": "user"}})
	ev["id"] = "evt_1"
	a := r.bot().post("/v1/bots/shop/events", ev).problem(t, 409, codeInProgress)
	if a.header.Get("Retry-After") != "1" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	r.server.running.end(key)
	r.bot().post("/v1/bots/shop/events", ev).want(t, 202)
}

func TestManyRepetitionsAtOnceAreOneEvent(t *testing.T) {
	r := newRig(t)
	ev := r.event("c-1", "message.created", map[string]any{"message": map[string]any{"id": "m1", "text": "x"},
		"author": map[string]any{"role": "user"}})
	ev["id"] = "evt_1"
	var all sync.WaitGroup
	counts := make(chan int, 32)
	for range 32 {
		all.Go(func() { counts <- r.bot().post("/v1/bots/shop/events", ev).status })
	}
	all.Wait()
	close(counts)
	seen := map[int]int{}
	for status := range counts {
		seen[status]++
	}
	if seen[202] != 1 || seen[202]+seen[200]+seen[409] != 32 {
		t.Errorf("answers by status: %v, want one 202 and else 200 and 409", seen)
	}
}

func TestRefusedWordOfTheBotNamesWhoControls(t *testing.T) {
	r := newRig(t)
	_, id := r.served("c-1")
	a := r.bot().post("/v1/bots/shop/events", r.event("c-1", "message.created", map[string]any{
		"message": map[string]any{"id": "late", "text": "I am late"}, "author": map[string]any{"role": "bot"},
	})).problem(t, 409, orchestrator.CodeNotInControl)
	if a.text("current_state") != "agent" || a.text("controller") != "agent" || a.text("agent", "id") != "anna" {
		t.Errorf("the refusal: %s", a.body)
	}
	feed := r.bot().get("/v1/conversations/"+id+"/events").want(t, 200)
	events, _ := feed.at("events").([]any)
	last := len(events) - 1
	if feed.text("events", last, "type") != wire.MessageRefused || feed.text("events", last, "data", "controller") != "agent" ||
		feed.text("events", last, "data", "message_id") != "late" {
		t.Errorf("the refusal in the timeline: %v", feed.at("events", last))
	}
	if strings.Contains(string(feed.body), "I am late") {
		t.Error("the refused word was stored")
	}
}

func TestRequestThatANewerEventOvertookIsAnsweredAndToldAsAFailure(t *testing.T) {
	r := newRig(t)
	numbered := func(sequence int, kind string, data map[string]any) *answer {
		ev := r.event("c-1", kind, data)
		ev["sequence"] = sequence
		return r.bot().post("/v1/bots/shop/events", ev)
	}
	known := map[string]any{"attributes": map[string]any{"order": "4711"}}
	id := numbered(7, "context.updated", known).want(t, 202).text("id")
	late := numbered(6, "handoff.requested", map[string]any{"reason": "rule"}).want(t, 200)
	if late.text("status") != "stale" || late.text("state") != "bot" || late.text("failure", "reason") != "stale" ||
		late.at("failure", "retryable") != true || late.at("failure", "retry_after_seconds") != nil {
		t.Errorf("the late request is answered %s", late.body)
	}
	feed := r.bot().get("/v1/conversations/"+id+"/events").want(t, 200)
	if feed.text("events", 1, "type") != wire.Failed || feed.text("events", 1, "data", "reason") != "stale" ||
		feed.at("events", 1, "data", "retryable") != true || feed.text("events", 1, "data", "resume") != wire.ResumeBot {
		t.Errorf("the feed tells %s", feed.body)
	}
	r.online("ben")
	numbered(8, "handoff.requested", map[string]any{"reason": "rule"}).want(t, 202)
}

func TestFlatTwinAsksForAPerson(t *testing.T) {
	r := newRig(t)
	r.online("ben")
	r.bot().post("/v1/bots/shop/handoffs", map[string]any{"conversation_id": "c-7", "reason": "user_requested"}).want(t,
		202)
}

func TestBotReadsAndActsWithASignature(t *testing.T) {
	r := newRig(t)
	id, _, _ := r.begin()
	signer := must(webhooks.NewWebhook(shopSecret))
	signed := func(key string, body []byte) []string {
		at := r.clock.Now()
		return []string{"Webhook-Id", key, "Webhook-Timestamp", fmt.Sprint(at.Unix()),
			"Webhook-Signature", must(signer.Sign(key, at, body))}
	}
	r.anybody().get("/v1/conversations/"+id, signed("get-1", nil)...).want(t, 200)
	word := `{"text":"hello","id":"b-1"}`
	r.anybody().post("/v1/conversations/"+id+"/messages", word, signed("post-1", []byte(word))...).want(t, 202)
	r.anybody().post("/v1/conversations/"+id+"/messages", `{"text":"other"}`, signed("post-2", []byte(word))...).
		problem(t, 401, codeInvalidSignature)
}

func TestSignedRequestThatIsReplayedTakesEffectOnce(t *testing.T) {
	r := newRig(t)
	id, _, _ := r.begin()
	at, word := r.clock.Now(), `{"text":"hello"}`
	seal := []string{"Webhook-Id", "post-1", "Webhook-Timestamp", fmt.Sprint(at.Unix()), "Webhook-Signature",
		must(must(webhooks.NewWebhook(shopSecret)).Sign("post-1", at, []byte(word)))}
	first := r.anybody().post("/v1/conversations/"+id+"/messages", word, seal...).want(t, 202)
	for _, key := range []string{"", "another"} { // which nobody has signed
		again := r.anybody().post("/v1/conversations/"+id+"/messages", word, append(seal, "Idempotency-Key", key)...).want(t, 200)
		if again.number("sequence") != first.number("sequence") {
			t.Errorf("the replay is answered %s, the first was %s", again.body, first.body)
		}
	}
}

func TestBotThatRepeatsABeginningGetsTheSameConversation(t *testing.T) {
	r := newRig(t)
	body := map[string]any{"bot": "shop", "user": map[string]any{"id": "u-1"}}
	first := r.bot().post("/v1/conversations", body, "Idempotency-Key", "k-1").want(t, 201)
	again := r.bot().post("/v1/conversations", body, "Idempotency-Key", "k-1").want(t, 200)
	if again.text("id") != first.text("id") || again.header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the repetition is answered %s, the first was %s", again.body, first.body)
	}
	if other := r.bot().post("/v1/conversations", body, "Idempotency-Key", "k-2").want(t, 201); other.text("id") == first.text("id") {
		t.Error("another beginning gets the same conversation")
	}
	body["user"] = map[string]any{"id": "u-2"}
	r.bot().post("/v1/conversations", body, "Idempotency-Key", "k-1").problem(t, 422, orchestrator.CodeKeyReuse)
}
