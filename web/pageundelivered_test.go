package web

import (
	"net/url"
	"testing"
)

func TestUndeliveredOfAConnectorIsTriedAgainTogether(t *testing.T) {
	r := newRig(t)
	r.bury(r.begun("c-1"))
	r.bury(r.begun("c-2"))
	sue := r.person("sue")
	sue.post("/v1/undelivered/retry", retryAllBody{"nosuch"}).problem(t, 422, codeValidation)
	if a := sue.post("/v1/undelivered/retry", retryAllBody{"shop"}).want(t, 200); a.number("retried") != 0 {
		t.Errorf("nothing was to be retried for shop: %s", a.body)
	}
	if a := sue.post("/v1/undelivered/retry", retryAllBody{"house"}).want(t, 200); a.number("retried") != 2 || a.at("more") != false {
		t.Errorf("of house two were to be retried: %s", a.body)
	}
	if a := sue.get("/v1/undelivered").want(t, 200); len(a.at("items").([]any)) != 0 {
		t.Errorf("still listed: %s", a.body)
	}
}

func TestUndeliveredFormsSayWhatTheyDid(t *testing.T) {
	r := newRig(t)
	sue := r.person("sue")
	post := func(form url.Values) *answer {
		form.Set("csrf", sue.csrf())
		return sue.browse("POST", "/board/undelivered", form)
	}
	id := r.begun("c-1")
	command := string(r.bury(id))
	page := sue.page("/board/undelivered").want(t, 200)
	if !contains(page.body, "HTTP 500") || contains(page.body, "nobody else") {
		t.Errorf("the page is %s", page.body)
	}
	if a := post(url.Values{"do": {"discard"}, "id": {id}, "command": {command}}).want(t, 422); !contains(a.body, "/reason") {
		t.Errorf("a discard without a reason is answered %s", a.body)
	}
	post(url.Values{"do": {"nothing"}}).want(t, 422)
	post(url.Values{"do": {"retry-all"}, "connector": {"nosuch"}}).want(t, 422)
	post(url.Values{"do": {"retry-all"}, "connector": {"house"}}).leads(t, "/board/undelivered?retried=1")
	if done := sue.page("/board/undelivered?retried=1").want(t, 200); !contains(done.body, "1 tried again") {
		t.Errorf("after it: %s", done.body)
	}
	post(url.Values{"do": {"retry"}, "id": {id}, "command": {command}}).want(t, 404)
	post(url.Values{"do": {"discard"}, "id": {id}, "command": {command}, "reason": {"x"}}).want(t, 404)
	for _, query := range []string{"?part=x", "?cursor=x", "?retried=x", "?from=1"} {
		sue.page("/board/undelivered"+query).want(t, 422)
	}
}
