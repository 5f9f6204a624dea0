package web

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"handoff/orchestrator"
)

// filled is a path with its parameters filled in.
func filled(path, id string) string {
	return strings.NewReplacer("{bot}", "shop", "{id}", id, "{name}", "default", "{desk}", "house", "{command}",
		id+".1.0",
		"{code}", "csrf").Replace(path)
}

func TestEveryRouteRefusesWhoHasNoBusinessThere(t *testing.T) {
	r := newRig(t)
	id, ann, _ := r.begin()
	callers := map[Role]*caller{RoleBot: r.bot(), RoleCustomer: ann, RoleAgent: r.person("anna"),
		RoleSupervisor: r.person("sue")}
	for i := range table {
		row := &table[i]
		if row.roles == open {
			continue
		}
		path := filled(row.path, id)
		r.anybody().do(row.method, path, struct{}{}).problem(t, 401, codeNotSignedIn)
		r.bearer("wrong-key-0123456789").do(row.method, path, struct{}{}).problem(t, 401, codeInvalidToken)
		for role, c := range callers {
			if !row.roles.has(role) {
				c.do(row.method, path, struct{}{}).problem(t, 403, codeNotAllowed)
			}
		}
	}
}

func TestEveryChangeByCookieNeedsTheCSRFToken(t *testing.T) {
	r := newRig(t, withAdmin)
	id, _, _ := r.begin()
	ada := r.person("ada")
	for i := range table {
		row := &table[i]
		if row.roles&people == 0 || !changes(row.method) {
			continue
		}
		for _, token := range []string{"", "wrong"} {
			ada.do(row.method, filled(row.path, id), struct{}{}, "X-CSRF-Token", token).problem(t, 403, codeCSRF)
		}
	}
	ada.get("/v1/queues", "X-CSRF-Token", "").want(t, 200)
}

func TestCustomerSeesHerConversationOnly(t *testing.T) {
	r := newRig(t)
	mine, ann, _ := r.begin()
	other, _, _ := r.begin()
	for i := range table {
		row := &table[i]
		if !row.roles.has(RoleCustomer) {
			continue
		}
		bodies := map[string]any{"postMessage": map[string]any{"text": "x"},
			"postTyping": map[string]any{"typing": true}, "rateConversation": map[string]any{"rating": 1}}
		body, ok := bodies[row.operation]
		if !ok {
			body = struct{}{}
		}
		ann.do(row.method, filled(row.path, other), body).problem(t, 404, codeUnknownConv)
		ann.do(row.method, filled(row.path, "cv_00_nosuch"), body).problem(t, 404, codeUnknownConv)
	}
	a := ann.get("/v1/conversations/"+mine).want(t, 200)
	if a.at("deadline") != nil || a.at("desk") != nil || a.at("last_error") != nil {
		t.Errorf("the customer is told %s", a.body)
	}
}

func TestBotSeesItsOwnConversationsOnly(t *testing.T) {
	r := newRig(t)
	id, _, _ := r.begin()
	stranger := r.bearer(otherKey)
	stranger.get("/v1/conversations/"+id).problem(t, 404, codeUnknownConv)
	stranger.get("/v1/conversations/"+id+"/events").problem(t, 404, codeUnknownConv)
	stranger.act(id, "end").problem(t, 404, codeUnknownConv)
	if a := stranger.get("/v1/conversations").want(t, 200); len(a.at("items").([]any)) != 0 {
		t.Errorf("another bot lists %s", a.body)
	}
	if a := stranger.get("/v1/conversations?bot=shop").want(t, 200); len(a.at("items").([]any)) != 0 {
		t.Errorf("another bot lists %s", a.body)
	}
	if a := r.bot().get("/v1/conversations").want(t, 200); a.text("items", 0, "id") != id {
		t.Errorf("the bot lists %s", a.body)
	}
}

func TestAgentSeesWhatConcernsThemOrWaitsForThem(t *testing.T) {
	r := newRig(t)
	anna, id := r.served("c-1")
	ben := r.person("ben")
	ben.get("/v1/conversations/"+id).problem(t, 404, codeUnknownConv)
	ben.act(id, "end").problem(t, 404, codeUnknownConv)
	if a := ben.get("/v1/conversations").want(t, 200); len(a.at("items").([]any)) != 0 {
		t.Errorf("ben lists %s", a.body)
	}
	if a := anna.get("/v1/conversations?state=agent&agent=anna&limit=10").want(t, 200); a.text("items", 0, "id") != id {
		t.Errorf("anna lists %s", a.body)
	}
	anna.put("/v1/me/presence", map[string]any{"state": "away"}).want(t, 200)
	r.online("cleo")
	waiting := r.bot().post("/v1/bots/shop/events",
		r.event("c-2", "handoff.requested", map[string]any{"target": map[string]any{"queue": "billing"}})).want(t,
		202).text("id")
	ben.get("/v1/conversations/"+waiting).problem(t, 404, codeUnknownConv)
	anna.get("/v1/conversations/"+waiting).want(t, 200)
}

func TestForgedConversationTokensAreRefused(t *testing.T) {
	r := newRig(t)
	id, _, a := r.begin()
	token := a.text("conversation_token")
	parts := strings.Split(token, ".")
	none := "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0." + parts[1] + "."
	for _, forged := range []string{parts[0] + "." + parts[1] + ".AAAA", none, "a.b.c", token + "x"} {
		r.bearer(forged).get("/v1/conversations/"+id).problem(t, 401, codeInvalidToken)
	}
	r.clock.Advance(TokenLength + 2e9)
	r.bearer(token).get("/v1/conversations/"+id).problem(t, 401, codeInvalidToken)
}

func TestBrowserOfAnotherOriginStartsNothing(t *testing.T) {
	r := newRig(t)
	body := map[string]any{"bot": "shop", "user": map[string]any{"id": "u-1"}}
	r.anybody().post("/v1/conversations", body).problem(t, 401, codeNotSignedIn)
	r.anybody().post("/v1/conversations", body, "Origin", "https://evil.example").problem(t, 403, codeNotAllowed)
	r.anybody().post("/v1/conversations", map[string]any{"bot": "other", "user": map[string]any{"id": "u-1"}}, "Origin",
		shopOrigin).problem(t, 403, codeNotAllowed)
	r.anybody().post("/v1/conversations", map[string]any{"bot": "nosuch", "user": map[string]any{"id": "u-1"}},
		"Origin", shopOrigin).problem(t, 403, codeNotAllowed)
	r.bearer(otherKey).post("/v1/conversations", body).problem(t, 403, codeNotAllowed)
	r.person("sue").post("/v1/conversations", body).problem(t, 401, codeNotSignedIn)
}

func TestBrowserCannotOpenAnExistingConversation(t *testing.T) {
	r := newRig(t)
	body := map[string]any{"bot": "shop", "conversation_id": "c-1", "user": map[string]any{"id": "u-1"}}
	mine := r.bot().post("/v1/conversations", body).want(t, 201)
	if a := r.bot().post("/v1/conversations", body).want(t, 200); a.at("created") != false {
		t.Errorf("the bot is answered %s", a.body)
	}
	if begun := r.anybody().post("/v1/conversations", body, "Origin", shopOrigin).want(t, 201); begun.text("id") == mine.text("id") {
		t.Errorf("a browser opens the bot's conversation: %s", begun.body)
	}
	a := r.anybody().post("/v1/conversations", body, "Origin", shopOrigin).problem(t, 409,
		orchestrator.CodeStateConflict)
	if strings.Contains(string(a.body), "conversation_token") {
		t.Error("a browser gets the token of somebody else's conversation")
	}
}

func TestCORSIsForTheOriginsOfWidgets(t *testing.T) {
	r := newRig(t)
	id, ann, _ := r.begin()
	path := "/v1/conversations/" + id + "/messages"
	ok := r.anybody().do("OPTIONS", path, nil, "Origin", shopOrigin, "Access-Control-Request-Method", "POST").want(t,
		204)
	if ok.header.Get("Access-Control-Allow-Origin") != shopOrigin ||
		!strings.Contains(ok.header.Get("Access-Control-Allow-Headers"), "Authorization") {
		t.Errorf("preflight answers %v", ok.header)
	}
	if ok.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Error("cookies are allowed across origins")
	}
	no := r.anybody().do("OPTIONS", path, nil, "Origin", "https://evil.example", "Access-Control-Request-Method",
		"POST").problem(t, 403, codeNotAllowed)
	if no.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("preflight of a stranger answers %v", no.header)
	}
	if a := ann.get("/v1/conversations/"+id, "Origin", shopOrigin).want(t,
		200); a.header.Get("Access-Control-Allow-Origin") != shopOrigin ||
		!slices.Contains(a.header.Values("Vary"), "Origin") {
		t.Errorf("answer: %v", a.header)
	}
	if a := ann.get("/v1/conversations/"+id, "Origin", "https://evil.example").want(t,
		200); a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("answer to a stranger: %v", a.header)
	}
}

func TestSecurityHeadersAreOnEverything(t *testing.T) {
	r := newRig(t)
	for _, path := range []string{"/", "/page/style.css", "/v1/login", "/metrics", "/healthz", "/nosuch", "/v1/queues", "/openapi.json"} {
		a := r.anybody().page(path)
		for name := range securityHeaders {
			if a.header.Get(name) == "" {
				t.Errorf("%s lacks %s", path, name)
			}
		}
		for name := range pageHeaders {
			if page := path == "/" || strings.HasPrefix(path, "/page/"); page && a.header.Get(name) == "" {
				t.Errorf("the page %s lacks %s", path, name)
			}
		}
		if csp := a.header.Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") ||
			!strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") {
			t.Errorf("%s: Content-Security-Policy %s", path, csp)
		}
		if a.header.Get("X-Request-Id") == "" {
			t.Errorf("%s lacks X-Request-Id", path)
		}
	}
}

func TestWrongMethodAndPathAreProblems(t *testing.T) {
	r := newRig(t)
	r.anybody().get("/nosuch").problem(t, 404, codeNotFound)
	if a := r.anybody().do("PATCH", "/v1/login", struct{}{}).problem(t, 405, codeMethod); a.header.Get("Allow") == "" {
		t.Error("405 lacks Allow")
	}
}

func TestLogHoldsNoWordsAndNoCredentials(t *testing.T) {
	r := newRig(t)
	anna, ann, id := r.servedOnWeb()
	ann.post("/v1/conversations/"+id+"/messages", map[string]any{"text": "my card is 4711-0815"}).want(t, 202)
	anna.post("/v1/conversations/"+id+"/notes", map[string]any{"text": "looks like fraud-0815"}).want(t, 200)
	anna.get("/v1/conversations?queue=secret-queue").want(t, 200)
	r.anybody().post("/v1/login", map[string]any{"name": "anna", "password": "wrong-pass-0815"}).problem(t, 401,
		codeWrongPassword)
	r.stop()
	log := r.log.String()
	for _, secret := range []string{"0815", shopKey, password, "secret-queue",
		strings.TrimPrefix(anna.header.Get("Cookie"), "handoff="),
		anna.header.Get("X-CSRF-Token"), strings.TrimPrefix(ann.header.Get("Authorization"), "Bearer ")} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	for line := range strings.Lines(log) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not JSON: %s", line)
		}
	}
	if !strings.Contains(log, `"operation":"postMessage"`) {
		t.Error("the log lacks the requests")
	}
}

func TestRequestIDOfAProxyIsKeptIfHarmless(t *testing.T) {
	r := newRig(t)
	if a := r.anybody().get("/healthz", "X-Request-Id", "proxy-1"); a.header.Get("X-Request-Id") != "proxy-1" {
		t.Errorf("X-Request-Id %q", a.header.Get("X-Request-Id"))
	}
	if a := r.anybody().get("/nosuch", "X-Request-Id", `"><script>`); !strings.HasPrefix(a.text("request_id"),
		"req_") || a.text("request_id") != a.header.Get(requestIDHeader) {
		t.Errorf("request_id %q", a.text("request_id"))
	}
}

func TestNobodysEventsHaveTheIdsOfAnothers(t *testing.T) {
	ann, other := principal{role: RoleAgent, user: &User{Name: "ann"}}, principal{role: RoleAgent, user: &User{Name: "ann:m"}}
	if ann.space()+"m:1" == other.space()+"1" {
		t.Error("ann:m can write the id of ann's next word")
	}
}
