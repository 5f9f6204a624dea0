package main

import (
	"testing"

	"handoff/web/browsertest"
)

// viewer is somebody who looks at the pages of an installation in a browser of their own.
type viewer struct {
	*browsertest.Tab
	at *installation
}

// looks opens a browser for somebody who is not signed in.
func (in *installation) looks(b *browsertest.Browser, v browsertest.View) *viewer {
	in.t.Helper()
	return &viewer{b.Tab(in.t, v), in}
}

// signsIn fills in the form of the page and waits until it has led on.
func (v *viewer) signsIn(name string) {
	v.at.t.Helper()
	v.Fill("input[name=name]", name)
	v.Fill("input[name=password]", demoPassword)
	v.Click("button.primary")
	v.Shows(".account .name", v.at.shown(name))
}

// opens goes to a page, through the sign-in.
func (v *viewer) opens(path, name string) {
	v.at.t.Helper()
	v.Goto(v.at.base + path)
	v.signsIn(name)
	v.Until("the page is the one asked for", `location.pathname + location.search === `+quotedJS(v.at.basePath()+path))
}

// shown is the name under which others see somebody.
func (in *installation) shown(name string) string {
	for _, u := range in.config.webUsers() {
		if u.Name == name {
			return u.DisplayName
		}
	}
	in.t.Fatalf("nobody is called %s", name)
	return ""
}

func TestPagesForEverybodyFitEveryScreen(t *testing.T) {
	alone(t)
	in := install(t, nil)
	browser := browsertest.Open(t)
	for _, view := range []browsertest.View{browsertest.Desktop, browsertest.Phone.InDark()} {
		nobody := in.looks(browser, view)
		for _, path := range []string{"/", "/login"} {
			nobody.Goto(in.base + path)
			nobody.Fits()
		}
	}
}

func TestSignInLeadsToThePageAskedForAndSignOutEnds(t *testing.T) {
	alone(t)
	in := install(t, nil)
	sam := in.looks(browsertest.Open(t), browsertest.Desktop)
	sam.Expects("401")
	sam.Goto(in.base + "/login?next=/%3Ffrom=here")
	sam.Fill("input[name=name]", "sam")
	sam.Fill("input[name=password]", "wrong")
	sam.Click("button.primary")
	sam.Shows("[role=alert]", "The name or the password is wrong.")
	sam.Fits()
	sam.signsIn("sam")
	sam.Until("the page is the one asked for", `location.search === "?from=here"`)
	sam.Click(".account summary")
	sam.Fits()
	sam.Click(".account form button")
	sam.Until("it is the sign-in again", `location.pathname === "/login"`)
	sam.Goto(in.base + "/")
	sam.Shows(".bar", "Sign in")
}
