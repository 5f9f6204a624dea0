package main

import (
	"fmt"
	"net/http"
	"testing"

	"handoff/orchestrator"
	"handoff/web/browsertest"
)

// liveUpdates is how many updates a page must bear without taking anything from whoever uses it.
const liveUpdates = 20

// counts waits until the board says how many stand in a state.
func (v *viewer) counts(state orchestrator.State, n int) {
	v.at.t.Helper()
	v.Until(fmt.Sprintf("%d stand in state %s", n, state),
		fmt.Sprintf(`document.querySelector(".column[data-state=%s] .total").textContent === "%d"`, state, n))
}

// focused fails unless an element has the focus.
func (v *viewer) focused(selector, when string) {
	v.at.t.Helper()
	if !browsertest.Ask[bool](v.Tab, fmt.Sprintf("document.activeElement.matches(%q)", selector)) {
		v.at.t.Fatalf("%s the focus is on %s, want %s", when,
			browsertest.Ask[string](v.Tab, "document.activeElement.outerHTML.slice(0, 200)"), selector)
	}
}

func TestFocusOnACardSurvivesTwentyUpdates(t *testing.T) {
	alone(t)
	in := install(t, nil)
	s := in.scenery()
	s.present("anna")
	id := s.begins("Ann", "Where is my parcel?")
	order := s.external()
	sam := in.looks(browsertest.Open(t), browsertest.Desktop)
	sam.opens("/board", "sam")
	sam.Shows(".link", "live")
	card := "#c-" + id
	sam.tabTo(card)
	for n := range liveUpdates {
		s.begins(fmt.Sprintf("Customer %d", n))
		sam.counts(orchestrator.StateBot, n+2)
		sam.focused(card, fmt.Sprintf("after %d updates", n+1))
	}
	s.must(s.bot.call(s.ctx, http.MethodPost, "/v1/bots/"+storyBot+"/handoffs",
		map[string]any{"conversation_id": order, "reason": "user_requested", "queue": "general"}, nil))
	sam.inColumn(orchestrator.StateOffered, "Ann")
	sam.focused(card, "in another column")
	s.does("anna", id, "accept", map[string]any{})
	sam.inColumn(orchestrator.StateAgent, "Ann")
	second := s.served("Bob", "anna", "My invoice is wrong.")
	sam.counts(orchestrator.StateAgent, 2)
	s.does("anna", id, "complete", map[string]any{"disposition": "solved"})
	sam.counts(orchestrator.StateAgent, 1)
	sam.focused("#l-agent", "after her conversation has ended")
	s.does("anna", second, "complete", map[string]any{"disposition": "solved"})
	sam.counts(orchestrator.StateAgent, 0)
	sam.focused("#main", "after her column has become empty")
}

func TestUpdatesLeaveScrollingAndWhatIsOpenAlone(t *testing.T) {
	alone(t)
	in := install(t, nil)
	s := in.scenery()
	s.begins("Ann")
	sam := in.looks(browsertest.Open(t), browsertest.Phone)
	sam.opens("/board", "sam")
	sam.Shows(".link", "live")
	const place = `[Math.round(scrollY), document.querySelector("#t-queues").scrollLeft].join()`
	browsertest.Ask[int](sam.Tab, `(document.querySelector("#t-queues").scrollLeft = 60, scrollTo({top: 150, behavior: "instant"}), 1)`)
	before := browsertest.Ask[string](sam.Tab, place)
	if before != "150,60" {
		t.Fatalf("the page is scrolled to %s", before)
	}
	for n := range 3 {
		browsertest.Ask[int](sam.Tab, `(document.querySelector("#strips").dataset.old = "yes", 1)`)
		s.begins(fmt.Sprintf("Customer %d", n))
		sam.counts(orchestrator.StateBot, n+2)
		sam.Until("the strips are fetched anew", `document.querySelector("#strips").dataset.old === undefined`)
		if now := browsertest.Ask[string](sam.Tab, place); now != before {
			t.Errorf("after %d updates the page is scrolled to %s, want %s", n+1, now, before)
		}
	}
	sam.Goto(in.base + "/board/flow/default")
	sam.Shows(".link", "live")
	sam.Click("#s-table")
	s.begins("Bob")
	sam.Shows(".node[data-state=bot]", "5")
	sam.Until("the table is still open", `document.querySelector("#d-table").open`)
	sam.focused("#s-table", "after an update")
}

// holdFetch keeps what the page fetches next from it until release() is called. From then on the page hears one more hint, the
// last; told is whether it has told its parts of that one.
const holdFetch = `(() => {
  let hints = 0;
  window.told = false;
  document.body.addEventListener("htmx:beforeSend", (event) => {
    const xhr = event.detail.xhr, load = xhr.onload;
    xhr.onload = null;
    xhr.addEventListener("load", () => {
      document.addEventListener("htmx:sseMessage", (hint) => { if (++hints > 1) hint.stopImmediatePropagation(); }, true);
      const probe = document.createElement("i");
      probe.dataset.live = "";
      probe.id = "probe";
      document.body.append(probe);
      probe.addEventListener("changed", () => { window.told = hints > 0; });
      window.release = () => { load.call(xhr); return 1; };
    });
  }, {once: true});
  return 1;
})()`

// What is fetched was made before the word, and the hint of the word comes before what is fetched.
func TestHintDuringAFetchIsNotLost(t *testing.T) {
	alone(t)
	in := install(t, nil)
	s := in.scenery()
	s.present("anna")
	id := s.served("Ann", "anna", "Where is my parcel?")
	sam := in.looks(browsertest.Open(t), browsertest.Desktop)
	sam.opens("/board/c/"+id, "sam")
	sam.Shows(".link", "live")
	browsertest.Ask[int](sam.Tab, holdFetch)
	s.does("anna", id, "messages", map[string]any{"text": "One moment."})
	sam.Until("what it fetches is held", `window.release !== undefined`)
	s.does("anna", id, "messages", map[string]any{"text": "It is on the van."})
	sam.Until("its parts are told of the last hint", `told`)
	browsertest.Ask[int](sam.Tab, `release()`)
	sam.Shows(".words", "It is on the van.")
}

// columnPlaces are where the columns begin from the left, and how wide they are.
const columnPlaces = `[...document.querySelectorAll(".column")].map((c) => c.getBoundingClientRect()).map((r) => r.left + "+" + r.width).join(" ")`

// The pages come, and go on, without moving under the eyes of whoever reads them.
func TestPagesDoNotMoveByThemselves(t *testing.T) {
	alone(t)
	in := install(t, nil)
	shown := in.scenery().busyDesk()
	browser := browsertest.Open(t)
	for name, view := range map[string]browsertest.View{"desktop": browsertest.Desktop, "phone": browsertest.Phone} {
		t.Run(name, func(t *testing.T) {
			s := in.scenery() // with a time of its own
			s.began = 1000 * int(view.Width)
			sam := in.looks(browser, view)
			sam.opens("/board", "sam")
			for _, path := range []string{"/board/c/" + shown, "/board/flow/default", "/board/undelivered"} {
				sam.Goto(in.base + path)
				sam.Shows(".link", "live")
				sam.StandsStill()
			}
			sam.Goto(in.base + "/board")
			sam.Shows(".link", "live")
			sam.StandsStill()
			const waiting = `Number(document.querySelector(".column[data-state=queued] .total").textContent)`
			before := browsertest.Ask[int](sam.Tab, waiting)
			places := browsertest.Ask[string](sam.Tab, columnPlaces)
			for n := range 4 {
				s.asks("Zoe", "general", "She asks for a person.")
				sam.counts(orchestrator.StateQueued, before+n+1)
			}
			sam.StandsStill()
			if now := browsertest.Ask[string](sam.Tab, columnPlaces); now != places {
				t.Errorf("columns went from %s to %s", places, now)
			}
			t.Logf("%d pixels wide: the layout shift of the board is %.3f", view.Width, sam.Shift())
		})
	}
}
