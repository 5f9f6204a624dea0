package web

import (
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"handoff/connectors/desks/house"
	"handoff/flows"
	"handoff/orchestrator"
)

// askPath is where a person is asked for.
func askPath(id string) string { return "/v1/conversations/" + id + "/handoff" }

// spoken begins a conversation in which the customer has said a word.
func (r *rig) spoken() (id string, customer *caller) {
	r.t.Helper()
	id, customer, _ = r.begin()
	customer.post("/v1/conversations/"+id+"/messages", map[string]any{"text": "Where is my parcel?"}).want(r.t, 202)
	return id, customer
}

func TestCustomerAsksForAPersonAndOneComes(t *testing.T) {
	r := newRig(t)
	anna := r.online("anna")
	id, ann := r.spoken()
	a := ann.post(askPath(id), askBody{"I want to talk to somebody"}).want(t, 202)
	if a.text("state") != "queued" || a.number("queue", "position") != 1 || a.at("failure") != nil || a.at("desk") != nil {
		t.Errorf("the answer: %s", a.body)
	}
	r.reach(id, orchestrator.StateOffered)
	anna.act(id, "accept").want(t, 200)
	for _, told := range []string{`"reason":"asked_by_customer"`, `"summary":"I want to talk to somebody"`} {
		if seen := anna.get("/v1/conversations/"+id+"/events").want(t, 200); !strings.Contains(string(seen.body), told) {
			t.Errorf("anna does not read %s: %s", told, seen.body)
		}
	}
	if told := r.bot().get("/v1/conversations/"+id+"/events").want(t, 200); !strings.Contains(string(told.body),
		`"reason":"asked_by_customer"`) {
		t.Errorf("the bot is not told who asked: %s", told.body)
	}
}

func TestAskingAgainIsAnsweredWithWhatStandsAndWritesNothing(t *testing.T) {
	r := newRig(t, func(o *Options) { o.Rates.Ask = Rate{1.0 / 60, 1} })
	anna := r.online("anna")
	id, ann := r.spoken()
	ann.post(askPath(id), askBody{}).want(t, 202)
	again := func(state orchestrator.State) {
		t.Helper()
		before := r.reach(id, state)
		for range 3 {
			a := ann.post(askPath(id), askBody{"hurry"}).want(t, 200)
			if a.text("state") != string(state) || uint64(a.number("version")) != before.Version || a.at("failure") != nil {
				t.Errorf("asked again in %s at version %d: %s", state, before.Version, a.body)
			}
		}
	}
	again(orchestrator.StateOffered)
	anna.act(id, "accept").want(t, 200)
	again(orchestrator.StateAgent)
}

func TestNobodyThereIsAResultWithItsReason(t *testing.T) {
	r := newRig(t)
	id, ann := r.spoken()
	a := ann.post(askPath(id), askBody{}).want(t, 200)
	if a.text("state") != "bot" || a.text("failure", "reason") != "no_agents_online" || a.number("failure", "retry_after_seconds") != 300 {
		t.Errorf("the answer: %s", a.body)
	}
}

func TestCustomerAsksAfterTheFirstWord(t *testing.T) {
	r := newRig(t)
	r.online("anna")
	id, ann, _ := r.begin()
	ann.post(askPath(id), askBody{}).problem(t, 409, orchestrator.CodeStateConflict)
	other, _ := r.spoken()
	ann.post(askPath(other), askBody{}).problem(t, 404, codeUnknownConv)
}

func TestPolicyMayKeepAskingToTheBotAndPeople(t *testing.T) {
	r := newRig(t, withPolicy(policyYAML+"customer_may_ask: false\n"))
	r.online("anna")
	id, ann := r.spoken()
	ann.post(askPath(id), askBody{}).problem(t, 403, codeNotAllowed)
	a := r.person("sue").post(askPath(id), personAskBody{Queue: "billing", Summary: "She waits for a parcel"}).want(t, 202)
	if a.text("queue", "name") != "billing" {
		t.Errorf("the answer: %s", a.body)
	}
	if page := r.anybody().browse("GET", "/chat/shop", nil).want(t, 200); strings.Contains(string(page.body), `data-part="ask"`) {
		t.Error("the page has a button that does nothing")
	}
}

// withPolicy gives the conversations another policy.
func withPolicy(yaml string) setting {
	return func(o *Options) {
		*o.Flows["default"].(*flows.Flow) = *flowOf("default", yaml, o.Desks["house"].(*house.Desk))
	}
}

// TestFloodOfAskingPutsNoMoreIntoQueuesThanTheLimit: many conversations of one address ask at once, each several times.
func TestFloodOfAskingPutsNoMoreIntoQueuesThanTheLimit(t *testing.T) {
	const burst, flood = 3, 20
	r := newRig(t, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	anna := r.online("anna")
	from := func(last int) string { return fmt.Sprintf("203.0.113.%d", last) }
	askers := make([]func(address string) int, flood)
	for i := range askers {
		id, customer := r.spoken()
		askers[i] = func(address string) int {
			return customer.post(askPath(id), askBody{}, "X-Forwarded-For", address).status
		}
	}
	counts := func(askers []func(string) int, address string) (taken, refused int) {
		var all sync.WaitGroup
		got := make([]int, len(askers))
		for i, ask := range askers {
			all.Go(func() { got[i] = ask(address) })
		}
		all.Wait()
		return len(slices.DeleteFunc(slices.Clone(got), func(status int) bool { return status != 202 })),
			len(slices.DeleteFunc(slices.Clone(got), func(status int) bool { return status != 429 }))
	}
	if taken, refused := counts(askers, from(1)); taken != burst || refused != flood-burst {
		t.Errorf("of %d, %d wait and %d are refused; the burst is %d", flood, taken, refused, burst)
	}
	if taken, refused := counts(askers, from(1)); taken != 0 || refused != flood-burst {
		t.Errorf("asked again at once, %d more wait and %d are refused", taken, refused)
	}
	if taken, _ := counts(askers, from(2)); taken != burst {
		t.Errorf("from another address, %d wait", taken)
	}
	for range 2 { // anna stays
		r.clock.Advance(31 * time.Second)
		anna.post("/v1/me/heartbeat", emptyBody{}).want(t, 200)
	}
	if taken, _ := counts(askers, from(1)); taken != 1 {
		t.Errorf("a minute later, %d more wait", taken)
	}
}

func TestFloodOfAskingIsHeldByThePolicysLimits(t *testing.T) {
	r := newRig(t, withPolicy(strings.Replace(policyYAML, "{handoffs: 3, cool_down: 1s}", "{handoffs: 1, cool_down: 1m}", 1)),
		func(o *Options) { o.Rates.Ask = Rate{1000, 1000} })
	anna := r.online("anna")
	id, ann := r.spoken()
	ann.post(askPath(id), askBody{}).want(t, 202)
	r.reach(id, orchestrator.StateOffered)
	anna.act(id, "accept").want(t, 200)
	anna.post("/v1/conversations/"+id+"/return-to-bot", returnBody{Reason: "done"}).want(t, 200)
	for range 10 {
		a := ann.post(askPath(id), askBody{}).want(t, 200)
		if a.text("state") != "bot" || a.text("failure", "reason") != "rejected" {
			t.Fatalf("asked again after the limit: %s", a.body)
		}
	}
}

func TestCustomerIsToldWhichOfHerWordsDidNotArrive(t *testing.T) {
	r := newRig(t)
	id, ann := r.spoken()
	fails := func(word string, author orchestrator.ActorRole) {
		t.Helper()
		must(r.engine.Receive(t.Context(), orchestrator.Event{
			ID: orchestrator.EventID("failed:" + word), Type: orchestrator.EventMessageFailed, Conversation: conversationID(id),
			Actor: orchestrator.Actor{Role: orchestrator.ActorSystem, ID: "dispatcher"}, Reason: "HTTP 500 from 10.0.0.7", Author: author,
			Message: &orchestrator.Message{ID: word},
		}))
	}
	fails("hers", orchestrator.ActorCustomer)
	fails("of the bot", orchestrator.ActorBot)
	fails("of the version before", "")
	var told []string
	for i := 0; ; i++ {
		a := ann.get("/v1/conversations/"+id+"/events").want(t, 200)
		if a.at("events", i) == nil {
			break
		}
		if a.text("events", i, "type") == "message.delivery_failed" {
			told = append(told, a.text("events", i, "data", "message_id"))
			if strings.Contains(string(a.body), "10.0.0.7") {
				t.Errorf("she is told why: %s", a.body)
			}
		}
	}
	if !slices.Equal(told, []string{"hers"}) {
		t.Errorf("she is told of %q", told)
	}
}

func TestPageWithoutScriptAsksAndMarksWhatDidNotArrive(t *testing.T) {
	r := newRig(t)
	anna := r.online("anna")
	page := r.anybody().page("/chat/shop").want(t, 200)
	if n := strings.Count(string(page.body), "an AI assistant. You can ask for a person at any time."); n != 2 {
		t.Errorf("with and without script, it is said %d times who answers:\n%s", n, page.body)
	}
	form := url.Values{"token": {""}, "message": {"w-1"}, "text": {"hello"}}
	page = r.anybody().browse("POST", "/chat/shop", form).want(t, 200)
	form = url.Values{"token": {hidden(t, page.body, "token")}, "message": {"w-2"}, "text": {""}}
	id := must(r.server.identifyCustomer(t.Context(), form.Get("token"))).conversation
	must(r.engine.Receive(t.Context(), orchestrator.Event{
		ID: "failed:1", Type: orchestrator.EventMessageFailed, Conversation: id, Author: orchestrator.ActorCustomer,
		Actor: orchestrator.Actor{Role: orchestrator.ActorSystem, ID: "dispatcher"}, Message: &orchestrator.Message{ID: "w-1"},
	}))
	const mark = `<b class="wrong">not delivered</b>`
	if page = r.anybody().browse("POST", "/chat/shop", form).want(t, 200); strings.Count(string(page.body), mark) != 1 {
		t.Errorf("her word is not marked:\n%s", page.body)
	}
	form.Set("ask", "1")
	page = r.anybody().browse("POST", "/chat/shop", form).want(t, 200)
	if !strings.Contains(string(page.body), "Waiting for a colleague") || strings.Contains(string(page.body), `name="ask"`) {
		t.Errorf("after asking:\n%s", page.body)
	}
	r.reach(string(id), orchestrator.StateOffered)
	anna.act(string(id), "accept").want(t, 200)
	if page = r.anybody().browse("POST", "/chat/shop", form).want(t, 200); strings.Contains(string(page.body), mark) {
		t.Errorf("Anna has read it, and it is marked:\n%s", page.body)
	}
}
