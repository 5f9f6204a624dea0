package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/web/browsertest"
)

// TestWholeProductBelowAPathOfAHost: behind nginx, with the file that operators are told to include, a customer in another site's
// page, an agent and a supervisor go the whole way. Whatever a browser asks for is below the path.
func TestWholeProductBelowAPathOfAHost(t *testing.T) {
	alone(t)
	sells, front := newShop(t), newProxy(t)
	s := playAt(t, installBehind(t, front, policy{allowedOrigins: []string{sells.origin}}))
	sells.opens(t, s.base)

	sam := s.looks(s.browser, browsertest.Desktop)
	sam.Goto(s.base + "/")
	sam.Shows(".doors", "Board")
	sam.opens("/board", "sam")
	sam.Shows(".link", "live")
	anna := s.agent("anna", browsertest.Desktop)

	visitor := s.visits(sells, browsertest.Desktop)
	chat := visitor.opensChat()
	visitor.Press("Where is my parcel?")
	visitor.Enter()
	chat.reads("Where is my parcel?")
	sam.Shows(".column[data-state=bot] .total", "1")
	begun := s.handsOver(nil)
	anna.Shows(".ring", "Her parcel is late.")
	anna.Click(".ring .primary")
	chat.Shows("[data-part=state]", "You talk to Anna")
	sam.Shows(".column[data-state=agent] .total", "1")
	anna.says("It is on the van.")
	chat.reads("It is on the van.")
	chat.says("Thank you!")
	anna.reads("Thank you!")

	sam.Click(".card .who-is")
	sam.Until("it is the conversation's page", `location.pathname === `+quotedJS(s.basePath()+"/board/c/"+begun.ID))
	sam.Shows("#live", "It is on the van.")
	sam.Goto(s.base + "/board/flow")
	sam.Until("it is the flow's page", `location.pathname === `+quotedJS(s.basePath()+"/board/flow/default"))
	sam.Goto(s.base + "/board/undelivered")
	sam.Click(".account summary")
	sam.Click(".account form button")
	sam.Until("it is the sign-in", `location.pathname === `+quotedJS(s.basePath()+"/login"))
	sam.Expects("404") // an error page has its files too
	sam.Goto(s.base + "/nowhere")
	sam.Shows("h1", "There is no such page")

	want := []string{"Where is my parcel?", "It is on the van.", "Thank you!"}
	for who, got := range map[string][]string{"timeline": s.saidIn(begun.ID), "visitor": chat.words()} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s has (-want +got):\n%s", who, diff)
		}
	}
	if asked := front.elsewhere(t); asked != "" {
		t.Errorf("asked for beside the path:\n%s", asked)
	}
}
