package web

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"handoff/connectors/desks/house"
	"handoff/orchestrator"
)

// evil is what somebody writes who wants a page to run it.
const evil = `<script>alert(1)</script><img src=x onerror=alert(2)>"'`

// harmless fails when a page holds it other than as text.
func harmless(t *testing.T, what string, a *answer) {
	t.Helper()
	if strings.Contains(string(a.body), "<script>alert") || strings.Contains(string(a.body), "<img src=x") {
		t.Errorf("%s runs what somebody wrote", what)
	}
	if !strings.Contains(string(a.body), "&lt;script&gt;alert(1)") {
		t.Errorf("%s does not show what somebody wrote", what)
	}
}

func TestScriptInWordsNamesNotesAndAttributesIsShownAsText(t *testing.T) {
	r := newRig(t)
	sue, anna := r.person("sue"), r.online("anna")
	id := r.bot().post("/v1/bots/shop/events", r.event("c-evil", "handoff.requested", map[string]any{
		"reason": "user_requested", "summary": evil, "user": map[string]any{"id": "u-1", "name": evil,
			"attributes": map[string]any{"plan": evil}}, "attributes": map[string]any{"order": evil},
		"transcript": []map[string]any{{"role": "user", "text": evil}},
	})).want(t, 202).text("id")
	r.reach(id, orchestrator.StateOffered)
	board := sue.page("/board").want(t, 200)
	harmless(t, "the board", board)
	harmless(t, "the filter", sue.page("/board?text="+url.QueryEscape(evil)).want(t, 200))
	anna.act(id, "accept").want(t, 200)
	anna.post("/v1/conversations/"+id+"/messages", map[string]any{"text": evil}).want(t, 202)
	anna.post("/v1/conversations/"+id+"/notes", noteBody{evil}).want(t, 200)
	sue.post("/v1/conversations/"+id+"/requeue", requeueBody{Reason: evil}).want(t, 200)
	page := sue.page("/board/c/"+id+"?at=3").want(t, 200)
	harmless(t, "the conversation", page)
	if n := strings.Count(string(page.body), "&lt;script&gt;alert(1)"); n < 7 {
		t.Errorf("name, attributes, summary, transcript, word, note and reason are shown %d times", n)
	}
	harmless(t, "a refused form", sue.browse("POST", "/login", url.Values{"name": {evil}, "password": {"x"}}))
}

func TestBoardShowsEachStateByAge(t *testing.T) {
	r := newRig(t)
	sue := r.person("sue")
	for i := range boardCards + 3 {
		r.begun(fmt.Sprintf("c-%02d", i))
		r.clock.Advance(time.Second)
	}
	page := string(sue.page("/board").want(t, 200).body)
	first, last := strings.Index(page, ">A customer c-00<"), strings.Index(page, ">A customer c-11<")
	if first < 0 || last < first || strings.Count(page, `class="card"`) != boardCards {
		t.Fatalf("the board shows %d cards: %s", strings.Count(page, `class="card"`), page)
	}
	_, rest, more := strings.Cut(page, `class="more"`)
	_, rest, linked := strings.Cut(rest, `href="`)
	next, _, _ := strings.Cut(rest, `"`)
	if !more || !linked || !strings.Contains(next, "cursor=") {
		t.Fatalf("no way to the others: %s", page)
	}
	others := string(sue.page(strings.ReplaceAll(next, "&amp;", "&")).want(t, 200).body)
	if strings.Count(others, `class="card"`) != 3 || strings.Contains(others, `class="more"`) {
		t.Errorf("the next page shows %d cards", strings.Count(others, `class="card"`))
	}
	part := string(sue.page("/board?part=columns").want(t, 200).body)
	if strings.Contains(part, "<html") || strings.Count(part, `class="card"`) != boardCards {
		t.Errorf("the part is %s", part)
	}
	if found := string(sue.page("/board?text=c-03").want(t, 200).body); strings.Count(found, `class="card"`) != 1 {
		t.Errorf("searching finds %d", strings.Count(found, `class="card"`))
	}
	for _, query := range []string{"?state=nosuch", "?state=completed", "?from=1", "?part=x", "?cursor=x&state=bot", "?text=" + repeated(MaxName+1)} {
		sue.page("/board"+query).want(t, 422)
	}
	r.person("anna").page("/board").want(t, 403)
}

func TestBoardCountsWhatItsFilterSelects(t *testing.T) {
	r := newRig(t)
	sue := r.person("sue")
	for i := range boardCards + 3 {
		r.begun(fmt.Sprintf("a-%02d", i))
		r.clock.Advance(time.Second)
		r.begun(fmt.Sprintf("b-%02d", i))
		r.clock.Advance(time.Second)
	}
	for query, want := range map[string]string{
		"":                   `class="total num">30</span>`,
		"?text=a-":           `class="total num">15<span class="of small soft"> of 30</span></span>`,
		"?text=a-03":         `class="total num">1<span class="of small soft"> of 30</span></span>`,
		"?text=nobody":       `class="total num">0<span class="of small soft"> of 30</span></span>`,
		"?text=a-&state=bot": `class="total num">15<span class="of small soft"> of 30</span></span>`,
	} {
		page := sue.page("/board"+query).want(t, 200)
		if !contains(page.body, want) {
			t.Errorf("/board%s lacks %s", query, want)
		}
	}
	if page := sue.page("/board?text=nobody").want(t, 200); !contains(page.body, "No matches") {
		t.Error("a filter that selects nothing does not say so")
	}
}

func TestActionGoesTheWayOfTheInterfaceAndIsRefusedWhenThePageIsStale(t *testing.T) {
	r := newRig(t)
	anna, id := r.served("c-1")
	sue := r.person("sue")
	page := string(sue.page("/board/c/"+id).want(t, 200).body)
	for _, label := range []string{"Note now", "Take now", "Requeue now", "Transfer now", "Return to bot now", "End now", "Complete now"} {
		if !strings.Contains(page, label) {
			t.Errorf("the page lacks %q", label)
		}
	}
	_, rest, _ := strings.Cut(page, `name="version" value="`)
	version, _, _ := strings.Cut(rest, `"`)
	form := url.Values{"csrf": {sue.csrf()}, "version": {version}, "reason": {"anna goes home"}}
	anna.post("/v1/conversations/"+id+"/messages", map[string]any{"text": "one moment"}).want(t, 202)
	a := sue.browse("POST", "/board/c/"+id+"/requeue", form).want(t, 412)
	if !contains(a.body, "has changed since this page was loaded, so nothing was done") || !contains(a.body, "one moment") {
		t.Errorf("a stale page is answered %s", a.body)
	}
	if state := r.reach(id, orchestrator.StateAgent); state.Version == 0 {
		t.Error("the stale action moved it")
	}
	_, rest, _ = strings.Cut(string(a.body), `name="version" value="`)
	version, _, _ = strings.Cut(rest, `"`)
	form.Set("version", version)
	sue.browse("POST", "/board/c/"+id+"/requeue", form).leads(t, "/board/c/"+id+"?done=requeue")
	if page := sue.page("/board/c/"+id+"?done=requeue").want(t, 200); !contains(page.body, "It is queued again.") ||
		!contains(page.body, "anna goes home") {
		t.Errorf("after it: %s", page.body)
	}
	form.Del("version")
	sue.browse("POST", "/board/c/"+id+"/take", form).want(t, 422)
	note := url.Values{"csrf": {sue.csrf()}, "version": {"1"}, "text": {"call her back"}}
	sue.browse("POST", "/board/c/"+id+"/note", note).leads(t, "/board/c/"+id+"?done=note") // a note never comes too late
	note.Set("text", "")
	if a := sue.browse("POST", "/board/c/"+id+"/note", note).want(t, 422); !contains(a.body, "/text") {
		t.Errorf("a note without words is answered %s", a.body)
	}
	sue.browse("POST", "/board/c/"+id+"/nothing", note).want(t, 404)
	sue.browse("POST", "/board/c/cv_00_none/note", note).want(t, 404)
	sue.page("/board/c/cv_00_none").want(t, 404)
	sue.browse("POST", "/board/c/"+id+"/end", url.Values{"csrf": {sue.csrf()}, "version": {"x"}}).want(t, 400)
}

func TestReplayShowsTheConversationAfterEachStep(t *testing.T) {
	r := newRig(t)
	_, id := r.served("c-1")
	sue := r.person("sue")
	conversation := r.reach(id, orchestrator.StateAgent)
	seen := map[orchestrator.State]bool{}
	for at := uint64(1); at <= conversation.Sequence; at++ {
		part := sue.page(fmt.Sprintf("/board/c/%s?part=then&at=%d", id, at)).want(t, 200)
		if !contains(part.body, fmt.Sprintf("Step %d<", at)) || contains(part.body, "<html") {
			t.Errorf("step %d is shown as %s", at, part.body)
		}
		for _, state := range orchestrator.States() {
			if contains(part.body, fmt.Sprintf(`class="state" data-state="%s"`, state)) {
				seen[state] = true
			}
		}
	}
	for _, state := range []orchestrator.State{orchestrator.StateQueued, orchestrator.StateOffered, orchestrator.StateAgent} {
		if !seen[state] {
			t.Errorf("state %s is never shown, only %v", state, seen)
		}
	}
	for _, query := range []string{"?at=x", "?at=-1", "?part=x", "?until=x", "?from=1"} {
		sue.page("/board/c/"+id+query).want(t, 422)
	}
}

// passes commits a conversation of a flow that began in state bot and waits now.
func (r *rig) passes(flow, external string) {
	r.t.Helper()
	now := orchestrator.MomentOf(r.clock.Now())
	c := &orchestrator.Conversation{ID: r.store.Mint("shop", external), Bot: "shop", External: external, Flow: flow,
		Channel: orchestrator.ChannelBot, State: orchestrator.StateQueued, Version: 1, Epoch: 1, Sequence: 1, OpenedAt: now,
		EnteredAt: now, QueuedAt: now}
	_, err := r.store.Commit(r.t.Context(), &orchestrator.Commit{Next: c, Event: "e", Now: now, Entries: []orchestrator.Entry{{
		At: now, Version: 1, Epoch: 1, From: orchestrator.StateBot, To: orchestrator.StateQueued,
		Event: orchestrator.Event{ID: "e", Type: orchestrator.EventHandoffRequested}}}})
	if err != nil {
		r.t.Fatal(err)
	}
}

func TestFlowPageCountsItsOwnFlowWithinTheLastHour(t *testing.T) {
	r := newRig(t, func(o *Options) {
		desk, _ := o.Desks["house"].(*house.Desk)
		o.Flows = map[string]orchestrator.Flow{"default": o.Flows["default"], "sales": testFlow("sales", desk)}
	})
	sue := r.person("sue")
	r.passes("sales", "c-1")
	r.passes("sales", "c-2")
	r.passes("default", "c-3")
	shows := func(flow, standing, passed string) {
		t.Helper()
		page := string(sue.page("/board/flow/"+flow+"?part=picture").want(t, 200).body)
		_, node, _ := strings.Cut(page, `data-state="queued"`)
		node, _, _ = strings.Cut(node, "</g>")
		if !strings.Contains(node, ">"+standing+"<") {
			t.Errorf("of flow %s %s are to stand in state queued: %s", flow, standing, node)
		}
		row := `<td>bot</td><td>queued</td><td>handoff requested</td><td class="right num">` + passed + `</td>`
		if !strings.Contains(page, row) {
			t.Errorf("of flow %s %s are to have passed from bot to queued:\n%s", flow, passed, page)
		}
	}
	shows("sales", "2", "2")
	shows("default", "1", "1")
	r.clock.Advance(50 * time.Minute) // over the hour of the clock: it is 21:05
	r.passes("sales", "c-4")
	shows("sales", "3", "3")
	r.clock.Advance(20 * time.Minute)
	shows("sales", "3", "1")
	shows("default", "1", "0")
}

func TestFlowPageCountsWhatPassed(t *testing.T) {
	r := newRig(t)
	anna, id := r.served("c-1")
	sue := r.person("sue")
	r.clock.Advance(40 * time.Second) // anna is not missed yet
	anna.act(id, "end").want(t, 200)
	page := string(sue.page("/board/flow/default").want(t, 200).body)
	for _, want := range []string{
		`<title>offered to agent: accepted</title>`, `class="arrow gone"`, `<td class="right num" data-value="1">1</td>`,
		"A handoff that names no queue goes to queue general at desk house.", `data-value="34.00"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	sue.page("/board/flow").leads(t, "/board/flow/default")
	sue.page("/board/flow/nosuch").want(t, 404)
	sue.page("/board/flow/default?part=x").want(t, 422)
	if part := sue.page("/board/flow/default?part=picture").want(t, 200); contains(part.body, "<html") {
		t.Errorf("the part is %s", part.body)
	}
}

func TestCustomerWithoutANameIsShownByTheEndOfTheirID(t *testing.T) {
	r := newRig(t)
	for id, want := range map[string]string{
		"6f1a0f7e-5b8e-4c55-9d2e-3a9e7b5c1996": "A customer …1996", "u-123": "A customer u-123", "Žofie-Čermáková": "A customer …ková",
	} {
		r.bot().post("/v1/bots/shop/events", r.event("c-"+id, "handoff.requested", map[string]any{
			"reason": "user_requested", "user": map[string]any{"id": id}})).want(t, 202)
		if page := r.person("sue").page("/board").want(t, 200); !contains(page.body, ">"+want+"<") {
			t.Errorf("the board does not show %q as %q", id, want)
		}
	}
}

func TestBoardSaysThatABotDoesNotAnswer(t *testing.T) {
	r := newRig(t)
	sue := r.person("sue")
	id := r.byBot("c-1").want(t, 201).text("id") // on the web
	if page := string(sue.page("/board").want(t, 200).body); strings.Contains(page, "does not answer") {
		t.Error("a bot that answers is shown as one that does not")
	}
	must(r.engine.Receive(t.Context(), orchestrator.Event{
		ID: "failed", Type: orchestrator.EventBotFailed, Conversation: orchestrator.ConversationID(id), Reason: "word_given_up",
		Command: "c.1.0", Actor: orchestrator.Actor{Role: orchestrator.ActorSystem, ID: "dispatcher"},
	}))
	if page := string(sue.page("/board").want(t, 200).body); !strings.Contains(page, "The bot does not answer, for ") {
		t.Error("nothing tells that the bot does not answer")
	}
}
