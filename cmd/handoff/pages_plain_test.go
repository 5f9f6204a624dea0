package main

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/web/browsertest"
)

// scriptless opens a browser that runs no script.
func (in *installation) scriptless(b *browsertest.Browser, v browsertest.View) *viewer {
	in.t.Helper()
	seen := in.looks(b, v)
	seen.WithoutScript()
	return seen
}

// narrow fails the test if the page scrolls sideways.
func (v *viewer) narrow() {
	v.at.t.Helper()
	if wide := v.TooWide(); wide != "" {
		v.at.t.Errorf("wider than the window: %s", wide)
	}
}

func TestSupervisorReadsAndActsWithoutScript(t *testing.T) {
	alone(t)
	in := install(t, nil)
	s := in.scenery()
	s.present("anna")
	id := s.served("Ann Lindqvist", "anna", "Where is my parcel?")
	sam := in.scriptless(browsertest.Open(t), browsertest.Phone)
	sam.Goto(in.base + "/board")
	sam.Fill("input[name=name]", "sam")
	sam.Fill("input[name=password]", demoPassword)
	sam.Click("button.primary")
	sam.Finds("Ann Lindqvist")
	sam.Finds("Expected wait")
	sam.narrow()
	sam.Click(".card a")
	sam.Finds("Where is my parcel?")
	sam.Finds("handoff requested")
	sam.narrow()
	sam.Click("#a-requeue")
	sam.Finds("Requeue now")
	sam.Fill(`details[open] input[name="reason"]`, "anna goes home")
	sam.Click("details[open] form button")
	sam.Finds("It is queued again.")
	sam.Finds("anna goes home")
	sam.Goto(in.base + "/board/flow/default")
	sam.Finds("Completing needs a disposition")
	sam.narrow()
	var c shownConversation
	s.must(s.person("sam").call(s.ctx, http.MethodGet, "/v1/conversations/"+id, nil, &c))
	if c.State == "agent" {
		t.Error("nothing was done")
	}
}

func TestCustomerChatsWithoutScript(t *testing.T) {
	alone(t)
	p := newPlay(t, nil)
	s := p.scenery()
	s.present("anna")
	ann := p.scriptless(p.browser, browsertest.Phone)
	ann.Goto(p.base + "/chat/" + storyBot)
	says := func(text string) {
		ann.Fill("textarea[name=text]", text)
		ann.Click("noscript .composer button.primary")
		ann.Finds(text)
		ann.narrow()
	}
	looks := func() { ann.Click("noscript .composer button:not(.primary)") }
	says("Where is my parcel?")
	chat := p.conversation()
	s.answers(chat.ID, "I fetch a colleague.")
	looks()
	ann.Finds("I fetch a colleague.")
	p.handsOver(nil)
	looks()
	ann.Finds("Waiting for a colleague")
	s.does("anna", chat.ID, "accept", map[string]any{})
	s.does("anna", chat.ID, "messages", map[string]any{"text": "It is on the van."})
	looks()
	ann.Finds("It is on the van.")
	ann.Finds("You talk to Anna")
	says("Thank you!")
	want := []string{"Where is my parcel?", "I fetch a colleague.", "It is on the van.", "Thank you!"}
	if diff := cmp.Diff(want, p.saidIn(chat.ID)); diff != "" {
		t.Errorf("the timeline has (-want +got):\n%s", diff)
	}
}
