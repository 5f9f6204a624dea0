package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"handoff/web/browsertest"
)

// beside opens another tab of somebody's browser.
func (v *viewer) beside() *viewer {
	v.at.t.Helper()
	return &viewer{v.Beside(browsertest.Desktop), v.at}
}

// asksNothing fails the test when the page has called the interface.
func (v *viewer) asksNothing() {
	v.at.t.Helper()
	asked := browsertest.Ask[[]string](v.Tab, `performance.getEntriesByType('resource').map((one) => new URL(one.name).pathname)
		.filter((path) => path.startsWith('/v1/'))`)
	if len(asked) > 0 {
		v.at.t.Errorf("before a conversation exists the page has asked for %v", asked)
	}
}

// keeps are the names of what the chat keeps in the browser.
func (v *viewer) keeps() []string {
	v.at.t.Helper()
	return browsertest.Ask[[]string](v.Tab, `[...Object.keys(localStorage), ...Object.keys(sessionStorage)].filter((key) => key.startsWith('handoff.chat.'))`)
}

// isOpen waits until the widget's window is open or closed.
func (v *viewer) isOpen(is bool) {
	v.at.t.Helper()
	v.Until("the window is open or closed", widgetHost+`.hasAttribute('data-open') === `+map[bool]string{true: "true", false: "false"}[is])
}

// hasNew waits until the widget's button counts that much; empty: nothing.
func (v *viewer) hasNew(text string) {
	v.at.t.Helper()
	v.Until("the button counts "+text, widgetCount+`.textContent === `+quotedJS(text)+` && `+widgetCount+`.hidden === `+map[bool]string{true: "true", false: "false"}[text == ""])
}

// has fails the test unless the page shows these words and no others.
func (v *viewer) has(what string, want ...string) {
	v.at.t.Helper()
	if diff := cmp.Diff(want, v.words()); diff != "" {
		v.at.t.Errorf("%s has (-want +got):\n%s", what, diff)
	}
}

// hasFeeds waits until so many feeds of customers are open at the service.
func (v *viewer) hasFeeds(n int) {
	v.at.t.Helper()
	v.Until("feeds are open", fmt.Sprintf(`(fetch('/metrics').then((a) => a.text()).then((text) => { window.metrics = text; }),
		window.metrics?.includes('handoff_streams{kind="feed"} %d\n'))`, n))
}

// seenSince waits until the customer was seen after a moment.
func (s *scenery) seenSince(id string, at time.Time) {
	s.t.Helper()
	sam, after := s.person("sam"), uint64(0)
	for {
		var c struct {
			WhenFetched time.Time `json:"when_fetched"`
		}
		s.must(sam.call(s.ctx, http.MethodGet, "/v1/conversations/"+id, nil, &c))
		if c.WhenFetched.After(at) {
			return
		}
		page, err := sam.events(s.ctx, id, after, lifePoll)
		s.must(err)
		after = page.Next
	}
}

func TestWidgetKeepsTheChatOverFivePagesAndTwoTabs(t *testing.T) {
	alone(t)
	p, sells := newShopPlay(t, nil)
	house := p.scenery()
	house.present("ben")
	visitor := p.visits(sells, browsertest.Desktop)
	if browsertest.Ask[bool](visitor.Tab, `!!`+widgetHost+`.shadowRoot.querySelector('iframe') || localStorage.length > 0`) {
		t.Error("before anybody wants to chat the widget loads the chat, or keeps something")
	}
	chat := visitor.opensChat()
	chat.asksNothing()
	visitor.Press("Where is my parcel?")
	visitor.Enter()
	chat.reads("Where is my parcel?")
	id := p.handsOver(nil).ID
	said := []string{"Where is my parcel?"}
	ben := func(text string) {
		house.does("ben", id, "messages", map[string]any{"text": text})
		said = append(said, text)
	}
	house.does("ben", id, "accept", map[string]any{})
	chat.Shows("[data-part=state]", "Ben")

	// The second page: the window is open as it was, and takes the focus from nobody.
	visitor.turnsTo("/workshop")
	visitor.isOpen(true)
	chat = visitor.inside()
	chat.reads("Where is my parcel?")
	chat.Shows("[data-part=state]", "Ben")
	if browsertest.Ask[bool](visitor.Tab, `document.activeElement === `+widgetHost) {
		t.Error("the chat has taken the focus of a page that was only loaded")
	}
	visitor.Fits()
	chat.Fits()
	chat.says("It is a present.")
	chat.reads("It is a present.")
	said = append(said, "It is a present.")

	// The third page: closed, the feed goes on, and the fourth page knows what was not read.
	chat.Press(kb.Escape)
	visitor.isOpen(false)
	visitor.turnsTo("/garden")
	visitor.inside()
	ben("It is on the van.")
	visitor.hasNew("1 new")
	visitor.isOpen(false)
	visitor.Fits()
	visitor.turnsTo("/orders")
	visitor.hasNew("1 new")
	chat = visitor.opensChat()
	visitor.hasNew("")
	chat.has("the fourth page", said...)

	// A word that is still on its way when the fifth page comes is said there, once.
	browsertest.Ask[int](chat.Tab, `(() => {
		const real = window.fetch;
		window.fetch = (path, init) => (String(path).endsWith('/messages') ? new Promise(() => {}) : real(path, init));
		return 1;
	})()`)
	chat.says("Will it come today?")
	chat.Shows("[data-unsent]", "Will it come today?")
	visitor.turnsTo("/workshop")
	chat = visitor.inside()
	chat.reads("Will it come today?")
	said = append(said, "Will it come today?")
	chat.has("the fifth page", said...)

	// A second tab has the same chat, in the same window, from one feed.
	second := visitor.beside()
	second.Goto(sells.origin)
	second.isOpen(true)
	chat2 := second.inside()
	ben("By noon.")
	chat.reads("By noon.")
	chat2.reads("By noon.")
	chat.hasFeeds(1)
	chat2.says("Thank you!")
	chat.reads("Thank you!")
	chat.says("Bye!")
	chat2.reads("Bye!")
	said = append(said, "Thank you!", "Bye!")
	chat.has("the first tab", said...)
	chat2.has("the second tab", said...)
	chat2.Press(kb.Escape)
	visitor.isOpen(false)
	ben("One more thing.")
	visitor.hasNew("1 new")
	second.hasNew("1 new")
	second.LooksHere()
	chat2 = second.opensChat()
	visitor.isOpen(true)
	visitor.hasNew("")

	// The tab that reads the feed is closed while Ben writes.
	ben("first of three")
	closed := time.Now()
	visitor.Close()
	ben("second of three")
	chat2.reads("second of three")
	ben("third of three")
	chat2.reads("third of three")
	chat2.has("the tab that is left", said...)
	chat2.hasFeeds(1)
	house.seenSince(id, closed)
	if diff := cmp.Diff(said, p.saidIn(id)); diff != "" {
		t.Errorf("the timeline has (-want +got):\n%s", diff)
	}

	// The end of the chat is the end of what is kept.
	chat2.Click("[data-part=leave]")
	chat2.Shows(".rating", "How was it?")
	if kept := chat2.keeps(); len(kept) > 0 {
		t.Errorf("the browser still keeps %v", kept)
	}
	second.turnsTo("/garden")
	chat2 = second.inside()
	chat2.Shows("[data-part=welcome]", "Hello")
	chat2.asksNothing()
}
