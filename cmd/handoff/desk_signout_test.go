package main

import (
	"testing"

	"handoff/web/browsertest"
)

// keptOfChats are the keys under which a desk keeps something of chats, in this browser.
const keptOfChats = `[...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter((key) => key.startsWith('handoff.desk.') &&
	!['handoff.desk.quiet', 'handoff.desk.notify'].includes(key))`

func TestSignOutLeavesNothingOfAChatInTheBrowser(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	anna := s.agent("anna", browsertest.Desktop)
	ann := s.customer(browsertest.Desktop)
	ann.Fill("[name=name]", "Ann")
	ann.says("Where is my parcel?")
	ann.reads("Where is my parcel?")
	s.handsOver(nil)
	anna.Click(".ring .primary")
	anna.Shows(".chat[data-current]", "Where is my parcel?")
	anna.Fill(anna.field(), "I have found your par")
	anna.Until("the draft is kept", `Object.values(localStorage).some((text) => text.includes('I have found your par'))`)
	anna.Until("another's draft is kept", `localStorage.setItem('handoff.desk.anna.b.cv_1', '{"draft":"mine"}') === undefined`)

	anna.Expects("401 (Unauthorized)") // what the page asks while it signs out
	anna.signsOut()
	anna.Shows("dialog[open]", "What you have written and not sent is deleted.")
	anna.Fits()
	anna.Click("dialog[open] form button:not(.primary)")
	anna.Until("the draft is still there", `Object.values(localStorage).some((text) => text.includes('I have found your par'))`)
	anna.signsOut()
	anna.Click("dialog[open] .primary")
	anna.Until("she is signed out", `location.pathname === '/login'`)
	if left := browsertest.Ask[[]string](anna.Tab, keptOfChats); len(left) != 1 || left[0] != "handoff.desk.anna.b.cv_1" {
		t.Errorf("the browser keeps %v", left)
	}
}

// The desk is not the only page that signs out.
func TestSignOutOnAnotherPageForgetsTheDesksChatsToo(t *testing.T) {
	alone(t)
	in := install(t, nil)
	sam := in.looks(browsertest.Open(t), browsertest.Desktop)
	sam.opens("/board", "sam")
	sam.Until("something is kept", `localStorage.setItem('handoff.desk.sam.cv_1', '{"draft":"mine"}') === undefined`)
	sam.Click(".account summary")
	sam.Click(".account form button")
	sam.Until("it is the sign-in again", `location.pathname === "/login"`)
	if left := browsertest.Ask[[]string](sam.Tab, keptOfChats); len(left) != 0 {
		t.Errorf("the browser keeps %v", left)
	}
}
