package web

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

func TestStraightHandoffToCompletion(t *testing.T) {
	r := newRig(t)
	anna, ann, id := r.servedOnWeb()
	if a := anna.get("/v1/me/conversations").want(t, 200); a.text("items", 0, "id") != id ||
		a.text("items", 0, "agent", "id") != "anna" {
		t.Errorf("anna's conversations: %s", a.body)
	}
	ann.post("/v1/conversations/"+id+"/messages", map[string]any{"text": "I was charged twice"}).want(t, 202)
	anna.post("/v1/conversations/"+id+"/messages", map[string]any{"text": "Let me see"}).want(t, 202)
	if a := anna.act(id, "end").want(t, 200); a.text("state") != "wrap_up" ||
		a.header.Get("ETag") != fmt.Sprintf(`"%d"`, int(a.number("version"))) {
		t.Errorf("after the end: %s", a.body)
	}
	a := anna.post("/v1/conversations/"+id+"/complete", map[string]any{}).problem(t, 422, codeValidation)
	if a.text("errors", 0, "pointer") != "/disposition" {
		t.Errorf("a missing disposition: %s", a.body)
	}
	done := anna.post("/v1/conversations/"+id+"/complete",
		map[string]any{"disposition": "solved", "notes": "refunded", "tags": []string{"refund"}}).want(t, 200)
	if done.text("state") != "completed" {
		t.Errorf("after the work: %s", done.body)
	}
	ann.post("/v1/conversations/"+id+"/rating", map[string]any{"rating": 5, "comment": "quick"}).want(t, 200)
	sue := r.person("sue").get("/v1/conversations/" + id + "/events")
	if !strings.Contains(string(sue.body), `"disposition":"solved"`) ||
		!strings.Contains(string(sue.body), `"rating":5`) {
		t.Errorf("the timeline lacks what was said at the end: %s", sue.body)
	}
}

func TestDeclinedIsOfferedToTheNext(t *testing.T) {
	r := newRig(t)
	anna := r.online("anna")
	id := r.handoff("c-1").text("id")
	r.reach(id, orchestrator.StateOffered)
	ben := r.online("ben")
	if a := anna.post("/v1/conversations/"+id+"/decline", map[string]any{"reason": "lunch"}).want(t,
		200); a.text("state") != "queued" {
		t.Errorf("after declining: %s", a.body)
	}
	r.reach(id, orchestrator.StateOffered)
	ben.act(id, "accept").want(t, 200)
	anna.get("/v1/conversations/"+id).problem(t, 404, codeUnknownConv)
}

func TestWhoWasTooLateIsToldWhoHasTheChat(t *testing.T) {
	r := newRig(t)
	_, id := r.served("c-1")
	ben := r.person("ben")
	for _, action := range []string{"accept", "decline"} {
		a := ben.act(id, action).problem(t, 409, orchestrator.CodeStateConflict)
		if a.text("agent", "id") != "anna" || a.text("current_state") != "agent" {
			t.Errorf("%s: %s", action, a.body)
		}
	}
	billed := r.bot().post("/v1/bots/shop/events", r.event("c-2", "handoff.requested",
		map[string]any{"target": map[string]any{"queue": "billing"}})).want(t, 202).text("id")
	ben.act(billed, "accept").problem(t, 404, codeUnknownConv) // not his queue
}

func TestTransferToAPersonRefusedThenToAQueue(t *testing.T) {
	r := newRig(t)
	anna, id := r.served("c-1")
	ben := r.online("ben")
	to := map[string]any{"to": map[string]any{"agent": "ben"}, "note": "knows refunds"}
	if a := anna.post("/v1/conversations/"+id+"/transfer", to).want(t, 200); a.text("state") != "transferring" ||
		a.text("agent", "id") != "anna" {
		t.Errorf("while it rings at ben: %s", a.body)
	}
	if a := ben.act(id, "transfer/decline").want(t, 200); a.text("state") != "agent" ||
		a.text("agent", "id") != "anna" {
		t.Errorf("after ben declined: %s", a.body)
	}
	r.online("cleo")
	if a := anna.post("/v1/conversations/"+id+"/transfer",
		map[string]any{"to": map[string]any{"queue": "billing"}}).want(t, 200); a.text("state") != "queued" ||
		a.text("queue", "name") != "billing" {
		t.Errorf("after the transfer to a queue: %s", a.body)
	}
	anna.post("/v1/conversations/"+id+"/transfer", map[string]any{"to": map[string]any{"queue": "nosuch"}}).problem(t,
		409, orchestrator.CodeNotInControl)
}

func TestConferenceAndLeave(t *testing.T) {
	r := newRig(t)
	anna, id := r.served("c-1")
	ben := r.online("ben")
	anna.post("/v1/conversations/"+id+"/invite", map[string]any{"agent": "ben"}).want(t, 200)
	if a := ben.act(id, "accept").want(t, 200); a.text("state") != "conference" ||
		a.text("agents", 1, "role") != "guest" {
		t.Errorf("after ben joined: %s", a.body)
	}
	if a := anna.act(id, "leave").want(t, 200); a.text("state") != "agent" || a.text("agent", "id") != "ben" {
		t.Errorf("after anna left: %s", a.body)
	}
	ben.act(id, "leave").problem(t, 409, orchestrator.CodeStateConflict)
}

func TestReturnedToTheBotWithThePackage(t *testing.T) {
	r := newRig(t)
	anna, ann, id := r.servedOnWeb()
	ann.post("/v1/conversations/"+id+"/messages", map[string]any{"text": "where is it?", "id": "q"}).want(t, 202)
	anna.post("/v1/conversations/"+id+"/notes", map[string]any{"text": "order 4711"}).want(t, 200)
	anna.post("/v1/conversations/"+id+"/messages", map[string]any{"text": "it is on its way", "id": "a"}).want(t, 202)
	if a := anna.post("/v1/conversations/"+id+"/return-to-bot", map[string]any{"reason": "order status"}).want(t,
		200); a.text("state") != "bot" || a.text("controller") != "bot" {
		t.Errorf("after the return: %s", a.body)
	}
	e := lastOf(t, r.bot(), id, wire.Ended)
	if e.text("data", "resume") != "bot" || e.text("data", "ended_by") != "agent" ||
		e.text("data", "handback", "reason") != "order status" ||
		e.text("data", "handback", "notes", 0) != "order 4711" {
		t.Errorf("the bot reads %s", e.body)
	}
	said := e.at("data", "handback", "messages").([]any)
	n := len(said)
	if e.text("data", "handback", "messages", n-2, "message", "text") != "where is it?" ||
		e.text("data", "handback", "messages", n-1, "author", "id") != "anna" {
		t.Errorf("the package holds %v", said)
	}
	if e := lastOf(t, ann, id, wire.Ended); e.at("data", "handback") != nil || e.at("data", "reason") != nil {
		t.Errorf("the customer reads %s", e.body)
	}
}

// lastOf is the newest event of a type in a caller's feed.
func lastOf(t *testing.T, c *caller, id, kind string) *answer {
	t.Helper()
	feed := c.get("/v1/conversations/"+id+"/events").want(t, 200)
	events := feed.at("events").([]any)
	for i, event := range slices.Backward(events) {
		if feed.text("events", i, "type") == kind {
			return &answer{body: must(json.Marshal(event))}
		}
	}
	t.Fatalf("the feed lacks %s: %s", kind, feed.body)
	return nil
}

func TestFeedTellsWhoHandsOverToWhom(t *testing.T) {
	r := newRig(t)
	anna, id := r.served("c-1")
	ben := r.online("ben")
	if e := lastOf(t, r.bot(), id, wire.Queued); e.text("data", "queue") != "general" ||
		e.number("data", "position") != 1 {
		t.Errorf("the request: %s", e.body)
	}
	anna.post("/v1/conversations/"+id+"/transfer",
		map[string]any{"to": map[string]any{"agent": "ben"}, "note": "knows refunds"}).want(t, 200)
	if e := lastOf(t, ben, id, "conversation.transfer_requested"); e.text("data", "note") != "knows refunds" ||
		e.text("data", "agent", "name") != "Ben" {
		t.Errorf("the transfer: %s", e.body)
	}
	ben.act(id, "transfer/accept").want(t, 200)
	if e := lastOf(t, r.bot(), id, wire.Transferred); e.text("data", "from", "agent") != "anna" ||
		e.text("data", "to", "agent") != "ben" {
		t.Errorf("the acceptance: %s", e.body)
	}
	ben.act(id, "end").want(t, 200)
	if e := lastOf(t, r.bot(), id, wire.Ended); e.text("data", "resume") != "none" ||
		e.text("data", "ended_by") != "agent" {
		t.Errorf("the end: %s", e.body)
	}
	ben.post("/v1/conversations/"+id+"/complete", map[string]any{"disposition": "solved", "notes": "fine",
		"tags": []string{"a"}}).want(t, 200)
	if e := lastOf(t, r.bot(), id, wire.Completed); e.text("data", "disposition") != "solved" ||
		e.text("data", "notes", 0) != "fine" || e.text("data", "tags", 0) != "a" {
		t.Errorf("the completion: %s", e.body)
	}
}

func TestFeedTellsHowLongThePartsOfAHandoffTook(t *testing.T) {
	r := newRig(t)
	anna, id := r.served("c-1")
	r.clock.Advance(20 * time.Second)
	anna.act(id, "end").want(t, 200)
	r.clock.Advance(5 * time.Second)
	anna.post("/v1/conversations/"+id+"/complete", map[string]any{"disposition": "solved"}).want(t, 200)
	for _, reader := range []*caller{r.bot(), anna} {
		got := lastOf(t, reader, id, wire.Completed).at("data", "durations")
		if diff := cmp.Diff(map[string]any{"queue": 0.0, "talk": 20.0, "wrapup": 5.0}, got); diff != "" {
			t.Errorf("durations, got (+), want (-):\n%s", diff)
		}
	}
}

func TestSupervisorRequeuesTakesAndEnds(t *testing.T) {
	r := newRig(t)
	anna, id := r.served("c-1")
	sue := r.online("sue")
	anna.post("/v1/conversations/"+id+"/requeue", map[string]any{}).problem(t, 403, codeNotAllowed)
	anna.act(id, "take").problem(t, 403, codeNotAllowed)
	if a := sue.act(id, "take").want(t, 200); a.text("state") != "agent" || a.text("agent", "id") != "sue" {
		t.Errorf("after sue took it: %s", a.body)
	}
	sue.post("/v1/conversations/"+id+"/messages", map[string]any{"text": "This is Sue"}).want(t, 202)
	anna.get("/v1/conversations/"+id).problem(t, 404, codeUnknownConv)
	if a := sue.post("/v1/conversations/"+id+"/requeue",
		map[string]any{"queue": "billing", "reason": "needs billing"}).want(t, 200); a.text("state") != "queued" {
		t.Errorf("after the requeue: %s", a.body)
	}
	if a := sue.act(id, "end").want(t, 200); a.text("state") != "abandoned" {
		t.Errorf("after the end: %s", a.body)
	}
	sue.act(id, "end").problem(t, 409, orchestrator.CodeStateConflict)
}

func TestOneWinnerTakesAnOffer(t *testing.T) {
	r := newRig(t)
	sue := r.online("sue")
	id := r.handoff("c-1").text("id")
	r.reach(id, orchestrator.StateOffered)
	var all sync.WaitGroup
	answers := make(chan *answer, 40)
	for range 40 {
		all.Go(func() { answers <- sue.act(id, "accept") })
	}
	all.Wait()
	close(answers)
	won := 0
	for a := range answers {
		if a.status == 200 {
			won++
			continue
		}
		if a.problem(t, 409, orchestrator.CodeStateConflict); a.text("agent", "id") != "sue" ||
			a.text("current_state") != "agent" {
			t.Errorf("a loser is told %s", a.body)
		}
	}
	if won != 1 {
		t.Errorf("%d won, want one", won)
	}
}

func TestStaleVersionIsRefusedAndARepetitionIsAnsweredAgain(t *testing.T) {
	r := newRig(t)
	anna, id := r.served("c-1")
	stands := anna.get("/v1/conversations/" + id)
	version := stands.header.Get("ETag")
	note := map[string]any{"text": "first"}
	first := anna.post("/v1/conversations/"+id+"/notes", note, "If-Match", version).want(t, 200)
	again := anna.post("/v1/conversations/"+id+"/notes", note, "If-Match", version).want(t, 200)
	if again.header.Get("Idempotent-Replayed") != "true" || string(again.body) != string(first.body) {
		t.Errorf("the repetition is answered %s, the first was %s", again.body, first.body)
	}
	stale := anna.post("/v1/conversations/"+id+"/notes", map[string]any{"text": "second"}, "If-Match",
		version).problem(t, 412, orchestrator.CodeStaleVersion)
	if stale.number("version") != stands.number("version")+1 {
		t.Errorf("the refusal names version %v", stale.at("version"))
	}
	for _, bad := range []string{"17", `W/"17"`, `"x"`, `"0"`, `"1", "2"`} {
		anna.post("/v1/conversations/"+id+"/notes", note, "If-Match", bad).problem(t, 400, codeMalformedHeader)
	}
}

func TestIdempotencyKeyIsTheCallersOwn(t *testing.T) {
	r := newRig(t)
	anna, id := r.served("c-1")
	sue := r.person("sue")
	note := map[string]any{"text": "once"}
	anna.post("/v1/conversations/"+id+"/notes", note, "Idempotency-Key", `"k-1"`).want(t, 200)
	anna.post("/v1/conversations/"+id+"/notes", note, "Idempotency-Key", "k-1").want(t, 200)
	anna.post("/v1/conversations/"+id+"/notes", map[string]any{"text": "other"}, "Idempotency-Key", "k-1").problem(t,
		422, orchestrator.CodeKeyReuse)
	end := map[string]any{}
	anna.post("/v1/conversations/"+id+"/end", end, "Idempotency-Key", "k-1").problem(t, 422, orchestrator.CodeKeyReuse)
	anna.post("/v1/conversations/"+id+"/notes", note, "Idempotency-Key", "two words").problem(t, 400,
		codeMalformedHeader)
	if a := sue.post("/v1/conversations/"+id+"/notes", note, "Idempotency-Key", "k-1").want(t,
		200); a.header.Get("Idempotent-Replayed") != "" {
		t.Error("sue's key repeats anna's note")
	}
	notes := 0
	for _, e := range must(r.store.Timeline(context.Background(), orchestrator.ConversationID(id), 0, 100)) {
		if e.Event.Type == orchestrator.EventNote {
			notes++
		}
	}
	if notes != 2 {
		t.Errorf("%d notes, want anna's and sue's", notes)
	}
}

func TestMessageIsTakenOnceUnderItsID(t *testing.T) {
	r := newRig(t)
	anna, ann, id := r.servedOnWeb()
	word := map[string]any{"text": "hello", "id": "m-1"}
	first := ann.post("/v1/conversations/"+id+"/messages", word).want(t, 202)
	again := ann.post("/v1/conversations/"+id+"/messages", word).want(t, 200)
	if string(first.body) != string(again.body) || first.text("message_id") != "m-1" {
		t.Errorf("answered %s, then %s", first.body, again.body)
	}
	if a := anna.post("/v1/conversations/"+id+"/messages", map[string]any{"text": "mine", "id": "m-1"}).want(t,
		202); a.number("sequence") == first.number("sequence") {
		t.Error("anna's message has the customer's id and is lost")
	}
	anna.post("/v1/conversations/"+id+"/messages", map[string]any{"text": "late", "epoch": 1}).problem(t, 409,
		orchestrator.CodeNotInControl)
}

func TestPeopleNameATargetThatIsOne(t *testing.T) {
	r := newRig(t)
	anna, id := r.served("c-1")
	for pointer, body := range map[string]map[string]any{
		"/to/agent": {"to": map[string]any{}},
		"/to/queue": {"to": map[string]any{"queue": "nosuch"}},
	} {
		a := anna.post("/v1/conversations/"+id+"/transfer", body).want(t, 422)
		if a.text("errors", 0, "pointer") != pointer {
			t.Errorf("%v is answered %s", body, a.body)
		}
	}
	for _, body := range []map[string]any{{"agent": "ben", "queue": "billing"}, {"agent": "anna"}, {"agent": "nosuch"},
		{"queue": "nosuch"}} {
		anna.post("/v1/conversations/"+id+"/invite", body).want(t, 422)
	}
}
