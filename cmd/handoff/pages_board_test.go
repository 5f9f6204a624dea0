package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"handoff/orchestrator"
	"handoff/web/browsertest"
)

// inColumn waits until the board shows somebody in a state.
func (v *viewer) inColumn(state orchestrator.State, customer string) {
	v.at.t.Helper()
	v.Shows(fmt.Sprintf(".column[data-state=%s]", state), customer)
}

func TestBoardShowsEachChangeAsItHappens(t *testing.T) {
	alone(t)
	in := install(t, nil)
	s := in.scenery()
	sam := in.looks(browsertest.Open(t), browsertest.Desktop)
	sam.opens("/board", "sam")
	sam.Shows(".link", "live")
	s.present("anna")
	s.served("Kim", "anna", "Hello?")
	s.puts("anna", map[string]any{"state": "online", "capacity": 1})
	id := s.asks("Ann", "general", "Her parcel is late.", "Where is my parcel?")
	sam.inColumn(orchestrator.StateQueued, "Ann")
	s.present("ben")
	sam.inColumn(orchestrator.StateOffered, "Ann")
	sam.Shows(".column[data-state=offered] .speaks", "Ben")
	s.does("ben", id, "accept", map[string]any{})
	sam.inColumn(orchestrator.StateAgent, "Ann")
	sam.Shows(".column[data-state=agent] .total", "2")
	sam.Fits()
	s.does("ben", id, "end", map[string]any{})
	sam.inColumn(orchestrator.StateWrapUp, "Ann")
	s.does("ben", id, "complete", map[string]any{"disposition": "solved"})
	sam.Until("she is gone from the board", `document.querySelectorAll(".card").length === 1`)
}

func TestSupervisorActsByKeyboardAlone(t *testing.T) {
	alone(t)
	in := install(t, nil)
	s := in.scenery()
	s.present("anna")
	id := s.served("Ann", "anna", "Where is my parcel?", "Hello?")
	sam := in.looks(browsertest.Open(t), browsertest.Desktop)
	sam.Goto(in.base + "/board")
	sam.Until("the name has the focus", `document.activeElement.name === "name"`)
	sam.Press("sam" + kb.Tab + demoPassword + kb.Enter)
	sam.inColumn(orchestrator.StateAgent, "Ann")
	sam.tabTo(fmt.Sprintf("#c-%s", id))
	sam.Press(kb.Enter)
	sam.Shows("h1", "Ann")
	sam.tabTo("#a-requeue")
	sam.Press(kb.Enter)
	sam.Fits()
	sam.tabTo(`#acts details[open] input[name="reason"]`)
	sam.Press("anna goes home" + kb.Enter)
	sam.Shows("[role=status]", "It is queued again.")
	sam.Shows(".step", "anna goes home")
	sam.Fits()
}

// tabTo presses Tab until an element has the focus.
func (v *viewer) tabTo(selector string) {
	v.at.t.Helper()
	for range 60 {
		v.Press(kb.Tab)
		if browsertest.Ask[bool](v.Tab, fmt.Sprintf("document.activeElement.matches(%q)", selector)) {
			return
		}
	}
	v.at.t.Fatalf("Tab never leads to %s", selector)
}

func TestStaleActionIsRefusedWithAClearLine(t *testing.T) {
	alone(t)
	in := install(t, nil)
	s := in.scenery()
	s.present("anna")
	id := s.served("Ann", "anna", "Where is my parcel?")
	sam := in.looks(browsertest.Open(t), browsertest.Desktop)
	sam.Expects("412")
	sam.opens("/board/c/"+id, "sam")
	sam.Click("#a-end")
	s.does("anna", id, "messages", map[string]any{"text": "It is on the van."})
	sam.Until("the open form is kept as it is", `document.querySelector("details.act[open]") !== null`)
	sam.Click("details.act[open] button")
	sam.Shows("[role=alert]", "so nothing was done")
	sam.Shows(".words", "It is on the van.")
	sam.Shows(".now", "agent")
	sam.Fits()
	sam.Click("#a-end")
	sam.Click("details.act[open] button")
	sam.Shows("[role=status]", "The chat is over for the customer.")
}

func TestConversationPageGoesOnByItselfAndReplays(t *testing.T) {
	alone(t)
	in := install(t, nil)
	s := in.scenery()
	s.present("anna")
	id := s.served("Ann", "anna", "Where is my parcel?")
	sam := in.looks(browsertest.Open(t), browsertest.Wall.InDark())
	sam.opens("/board/c/"+id, "sam")
	s.does("anna", id, "messages", map[string]any{"text": "It is on the van."})
	sam.Shows(".words", "It is on the van.")
	sam.Until("the path is marked", `document.querySelectorAll(".arrow.gone").length >= 2`)
	sam.Until("the state is marked", `document.querySelector(".node.current").dataset.state === "agent"`)
	sam.Focus("input[type=range]")
	sam.Press(kb.Home)
	sam.Shows("#then", "Step 1")
	sam.Shows("#then", "bot")
	sam.Press(kb.End)
	sam.Shows("#then .state", "agent")
	sam.Fits()
	late := s.bot.call(s.ctx, http.MethodPost, s.path(id, "messages"), map[string]any{"text": "I know it!"}, nil)
	if !isCode(late, orchestrator.CodeNotInControl) {
		t.Fatalf("the bot's late word: %v", late)
	}
	sam.Shows(".word[data-refused]", "refused")
}

// Two supervisors at two processes, and a network that is cut.
func TestSupervisorsAtTwoProcessesSeeTheSame(t *testing.T) {
	alone(t)
	in := install(t, nil)
	_, second := useFloor(t).serve(t, in.path)
	s := in.scenery()
	s.present("anna")
	browser := browsertest.Open(t)
	sam, sue := in.looks(browser, browsertest.Desktop), in.looks(browser, browsertest.Phone)
	sam.opens("/board", "sam")
	wire := browsertest.NewWire(t, second)
	sue.Goto(wire.URL + "/board")
	sue.signsIn("sam")
	sue.Shows(".column", "bot")
	sam.Shows(".link", "live")
	sue.Until("it is live", `document.querySelector("#link").dataset.link === "up"`)
	for _, who := range []*viewer{sam, sue} {
		who.hearsHintsAlone()
	}
	within := false
	for i := 0; i < 20 && !within; i++ { // another test may have the machine for a while
		name := fmt.Sprintf("Ann %d", i)
		s.begins(name)
		began := time.Now()
		sue.inColumn(orchestrator.StateBot, name)
		sam.inColumn(orchestrator.StateBot, name)
		took := time.Since(began)
		within = took <= time.Second
		t.Logf("both saw the change after %v", took)
	}
	if !within {
		t.Error("none of these changes was seen by both within a second")
	}
	for _, said := range []string{"net::ERR_", "htmx:", "[object Event]"} {
		sue.Expects(said)
	}
	leaving := s.begins("Eve")
	sue.inColumn(orchestrator.StateBot, "Eve")
	wire.Cut()
	sue.Until("it says that it is cut", `document.querySelector("#link").dataset.link === "down"`)
	missed := s.asks("Zoe", "billing", "She missed it.", "Is anybody there?")
	s.awaits(missed, orchestrator.StateOffered)
	s.begins("Yan")
	s.must(s.bot.call(s.ctx, http.MethodPost, s.path(leaving, "end"), map[string]any{}, nil))
	wire.Mend()
	sue.Until("it is live again", `document.querySelector("#link").dataset.link === "up"`)
	sue.inColumn(orchestrator.StateOffered, "Zoe")
	sue.inColumn(orchestrator.StateBot, "Yan")
	sue.Until("Eve, who left meanwhile, is gone", fmt.Sprintf(`document.querySelector("#c-%s") === null`, leaving))
}

// hearsHintsAlone takes from the page that is open what it fetches from time to time, told or not: what it shows from now on,
// a hint or a reconnect has brought.
func (v *viewer) hearsHintsAlone() {
	v.at.t.Helper()
	browsertest.Ask[int](v.Tab, `(document.body.addEventListener("htmx:beforeRequest", (event) => {
		if (!event.detail.requestConfig.triggeringEvent) event.preventDefault();
	}), 1)`)
}

func TestFlowPageShowsNumbersAndCharts(t *testing.T) {
	alone(t)
	in := install(t, nil)
	s := in.scenery()
	s.present("anna")
	id := s.served("Ann", "anna", "Where is my parcel?")
	s.does("anna", id, "end", map[string]any{})
	sam := in.looks(browsertest.Open(t), browsertest.Phone.InDark())
	sam.opens("/board/flow/default", "sam")
	sam.Until("four charts are drawn", `document.querySelectorAll(".uplot canvas").length === 4`)
	sam.Until("an arrow is marked", `document.querySelectorAll(".arrow.gone").length >= 3`)
	sam.Shows(".node[data-state=wrap_up]", "1")
	sam.Shows(".rules", "Completing needs a disposition")
	s.begins("Bob")
	sam.Shows(".node[data-state=bot]", "1")
	sam.Fits()
}

func TestUndeliveredIsRetriedAndDiscarded(t *testing.T) {
	alone(t)
	in := install(t, nil)
	s := in.scenery()
	id := s.begins("Ann", "Where is my parcel?")
	s.buries(id, 1)
	second := s.buries(id, 2)
	sam := in.looks(browsertest.Open(t), browsertest.Desktop)
	sam.opens("/board/undelivered", "sam")
	sam.Shows(".burial", "HTTP 500")
	sam.Fits()
	sam.Click(fmt.Sprintf(`[id="d-%s"]`, second))
	sam.Fits()
	sam.Fill("details.act[open] input[name=reason]", "told her by phone")
	sam.Click("details.act[open] button")
	sam.Shows("[role=status]", "Discarded.")
	sam.Until("one is left", `document.querySelectorAll(".burial").length === 1`)
	sam.Click(fmt.Sprintf(`[id="all-%s"]`, "house"))
	sam.Click("details.act[open] button")
	sam.Shows("[role=status]", "1 tried again")
	sam.Shows(".calm", "Everything was delivered.")
	sam.Fits()
	sam.Goto(in.base + "/board/c/" + id)
	sam.Shows(".line", "told her by phone")
}
