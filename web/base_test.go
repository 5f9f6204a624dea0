package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// below lets the rig be reached at a path of a host.
func below(o *Options) { o.BaseURL, o.InsecureCookies = "https://example.com/handoff/", false }

// localAddress finds the addresses of ours in a page.
var localAddress = regexp.MustCompile(`(?:href|src|action|hx-get|sse-connect|data-then)="(/[^"]*)"`)

func TestEveryAddressInAPageIsBelowTheBase(t *testing.T) {
	r := newRig(t, below, func(o *Options) { o.DemoPassword, o.DemoTour = password, &DemoTour{Agent: "anna", Bot: "shop"} })
	sue := r.person("sue")
	id := r.handoff("c-1").text("id")
	for path, who := range map[string]*caller{
		"/": sue, "/login": r.anybody(), "/board": sue, "/board/c/" + id: sue, "/board/flow/default": sue, "/board/undelivered": sue,
		"/desk": sue, "/chat/shop": r.anybody(), "/nowhere": sue,
	} {
		who.header.Set("Accept", "text/html")
		page := who.page("/handoff" + path)
		found := localAddress.FindAllSubmatch(page.body, -1)
		if len(found) == 0 {
			t.Errorf("%s has no address: %s", path, page.body)
		}
		for _, address := range found {
			if !strings.HasPrefix(string(address[1]), "/handoff/") {
				t.Errorf("%s has the address %s", path, address[1])
			}
		}
		if without := who.page(path); without.status != page.status { // a proxy may take the path away
			t.Errorf("%s is answered %d, below the base %d", path, without.status, page.status)
		}
	}
}

func TestWhatLeadsBackToUsIsBelowTheBase(t *testing.T) {
	r := newRig(t, below)
	r.anybody().get("/handoffs/healthz").want(t, 404)
	r.anybody().get("/handoff/healthz").want(t, 200)
	a := r.bot().post("/handoff/v1/bots/shop/events", r.event("c-1", "handoff.requested", map[string]any{})).want(t, 202)
	conversation := "/handoff/v1/conversations/" + a.text("id")
	if got := a.header.Get("Location"); got != conversation || a.text("events_url") != conversation+"/events" {
		t.Errorf("Location %q, events_url %q", got, a.text("events_url"))
	}
	r.bot().get(conversation).want(t, 200)
	p := r.anybody().get("/handoff/v1/conversations/"+a.text("id")).problem(t, 401, codeNotSignedIn)
	if p.text("type") != "/handoff/problems/"+codeNotSignedIn || p.text("instance") != conversation {
		t.Errorf("the problem says %s", p.body)
	}
	r.anybody().get(p.text("type")).want(t, 200)
	if doc := r.anybody().get("/handoff/openapi.json").want(t, 200); doc.text("servers", 0, "url") != "https://example.com/handoff/" {
		t.Errorf("the document names the server %q", doc.text("servers", 0, "url"))
	}

	page := r.anybody()
	page.header.Set("Accept", "text/html")
	page.page("/handoff/board?state=bot").leads(t, "/handoff/login?next=%2Fboard%3Fstate%3Dbot")
	page.header.Set("HX-Request", "true")
	page.header.Set("HX-Current-URL", "https://example.com/handoff/board/flow")
	part := page.page("/handoff/board?part=columns").want(t, 401)
	if got := part.header.Get("HX-Redirect"); got != "/handoff/login?next=%2Fboard%2Fflow" {
		t.Errorf("a part of a page leads to %q", got)
	}
}

func TestCookieBelowAPathIsForThatPathAlone(t *testing.T) {
	r := newRig(t, below)
	a := r.anybody().post("/handoff/v1/login", login("anna", password)).want(t, 200)
	cookie := must(http.ParseSetCookie(a.header.Get("Set-Cookie")))
	if cookie.Name != sharedCookie || cookie.Path != "/handoff" || !cookie.Secure || !cookie.HttpOnly || cookie.Domain != "" {
		t.Errorf("cookie %s", a.header.Get("Set-Cookie"))
	}
}

func TestBaseURLsThatCannotBeUsedAreRefused(t *testing.T) {
	for _, good := range []string{"", "https://example.com", "https://example.com/", "http://10.0.0.1:8080/a/b.c-d_e/"} {
		if err := CheckBaseURL(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{
		"example.com", "/handoff", "ftp://example.com", "https://", "https://u:p@example.com", "https://example.com/a?b", "https://example.com/#a",
		"https://example.com/a//b", "https://example.com/a/../b", "https://example.com/ä", "https://example.com/a;b", "https://example.com/%61",
		"https://example.com/v1", "https://example.com/board/x", "https://example.com/page",
	} {
		if CheckBaseURL(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}
