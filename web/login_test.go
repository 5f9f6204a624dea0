package web

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func login(name, pass string) map[string]any { return map[string]any{"name": name, "password": pass} }

func TestLoginSetsACookieForThisHostOnly(t *testing.T) {
	r := newRig(t, func(o *Options) { o.InsecureCookies = false })
	a := r.anybody().post("/v1/login", login("anna", password)).want(t, 200)
	cookie := must(http.ParseSetCookie(a.header.Get("Set-Cookie")))
	if cookie.Name != secureCookie || !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteLaxMode ||
		cookie.Path != "/" ||
		cookie.Domain != "" || cookie.MaxAge != int(SessionLength.Seconds()) {
		t.Errorf("cookie %s", a.header.Get("Set-Cookie"))
	}
	if a.text("user", "display_name") != "Anna" || a.text("user", "role") != "agent" ||
		a.number("user", "capacity") != 3 {
		t.Errorf("answered %s", a.body)
	}
}

func TestSignedInPageAsksForItsTokenAgain(t *testing.T) {
	r := newRig(t)
	anna := r.person("anna")
	a := anna.get("/v1/login").want(t, 200)
	if a.text("csrf_token") != anna.header.Get("X-CSRF-Token") || a.text("user", "name") != "anna" {
		t.Errorf("answered %s", a.body)
	}
}

func TestLogoutEndsTheSessionAndLeavesTheFloor(t *testing.T) {
	r := newRig(t)
	anna, id := r.served("c-1")
	r.online("ben")
	a := anna.do("DELETE", "/v1/login", nil).want(t, 204)
	if !strings.Contains(a.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("Set-Cookie %q", a.header.Get("Set-Cookie"))
	}
	anna.get("/v1/login").problem(t, 401, codeNotSignedIn)
	r.reach(id, "offered")
	if agents := r.person("sue").get("/v1/agents").want(t, 200); agents.text("items", 0, "state") != "offline" {
		t.Errorf("anna is %v", agents.at("items", 0))
	}
}

func TestSessionIsOverAfterTwelveHours(t *testing.T) {
	r := newRig(t)
	anna := r.person("anna")
	r.clock.Advance(SessionLength + time.Minute)
	anna.get("/v1/login").problem(t, 401, codeNotSignedIn)
}

func TestWrongNameAndWrongPasswordAreAnsweredAlike(t *testing.T) {
	r := newRig(t)
	wrong := r.anybody().post("/v1/login", login("anna", "wrong")).problem(t, 401, codeWrongPassword)
	unknown := r.anybody().post("/v1/login", login("nobody", "wrong")).problem(t, 401, codeWrongPassword)
	for _, member := range []string{"type", "title", "detail", "status"} {
		if wrong.at(member) != unknown.at(member) {
			t.Errorf("%s tells them apart: %v, %v", member, wrong.at(member), unknown.at(member))
		}
	}
}

func TestGuessingPasswordsIsSlowedDownPerNameAndAddress(t *testing.T) {
	r := newRig(t)
	for range 5 {
		r.anybody().post("/v1/login", login("anna", "wrong")).problem(t, 401, codeWrongPassword)
	}
	a := r.anybody().post("/v1/login", login("anna", password)).problem(t, 429, codeRateLimited)
	if a.header.Get("Retry-After") != "12" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	r.person("ben")
	r.clock.Advance(12 * time.Second)
	r.person("anna")
}

func TestNobodyIsLockedOutByTheGuessesOfOthers(t *testing.T) {
	r := newRig(t, func(o *Options) { o.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	from := func(address string) *caller {
		c := r.anybody()
		c.header.Set("X-Forwarded-For", address)
		return c
	}
	for _, path := range []string{"203.0.113.66", "2001:db8:66::1"} {
		guesser := from(path)
		for range 5 {
			guesser.post("/v1/login", login("anna", "wrong")).problem(t, 401, codeWrongPassword)
		}
		guesser.post("/v1/login", login("anna", password)).problem(t, 429, codeRateLimited)
	}
	from("198.51.100.7").post("/v1/login", login("anna", password)).want(t, 200)
}

func TestGuessingNamesIsSlowedDownPerAddress(t *testing.T) {
	r := newRig(t)
	for i := range 30 {
		r.anybody().post("/v1/login", login(fmt.Sprintf("name-%d", i), "wrong")).problem(t, 401, codeWrongPassword)
	}
	r.anybody().post("/v1/login", login("name-31", "wrong")).problem(t, 429, codeRateLimited)
}

func TestRightPasswordsAreNotCounted(t *testing.T) {
	r := newRig(t)
	for range 20 {
		r.person("anna")
	}
}

func TestLoginOfAUserWhoIsNotConfiguredAnyMoreIsOver(t *testing.T) {
	r := newRig(t)
	anna := r.person("anna")
	r.reloads(func(next *Reloadable) { next.Users = next.Users[1:] })
	anna.get("/v1/login").problem(t, 401, codeNotSignedIn)
}

func TestNewPasswordEndsTheSessionsOfTheOldOne(t *testing.T) {
	r := newRig(t)
	anna, ben := r.person("anna"), r.person("ben")
	r.reloads(func(next *Reloadable) {
		next.Users[0].PasswordHash = must(HashPassword("another horse battery", cheap))
	})
	anna.get("/v1/login").problem(t, 401, codeNotSignedIn)
	ben.get("/v1/login").want(t, 200)
}
