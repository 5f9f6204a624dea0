package main

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/web/browsertest"
)

// opensPage opens the chat's own page, also again.
func (v *viewer) opensPage() {
	v.at.t.Helper()
	v.Goto(v.at.base + "/chat/" + storyBot)
	v.Until("the page is ready", `!document.getElementById('chat').hidden`)
}

// halfAnHourLater is a browser whose clock has gone on, in pages that are opened from now on.
const halfAnHourLater = `{ const real = Date.now.bind(Date); Date.now = () => real() + 31 * 60 * 1000; }`

// noTabs is a browser whose tabs know nothing of each other.
const noTabs = `delete Navigator.prototype.locks; delete window.BroadcastChannel;`

// noStorage is a browser that keeps nothing.
const noStorage = `for (const name of ['localStorage', 'sessionStorage'])
	Object.defineProperty(window, name, { get() { throw new DOMException('refused', 'SecurityError'); } });`

func TestShopForgetsTheChatInEveryTab(t *testing.T) {
	alone(t)
	p, sells := newShopPlay(t, nil)
	visitor := p.visits(sells, browsertest.Desktop)
	chat := visitor.opensChat()
	visitor.Press("my secret")
	visitor.Enter()
	chat.reads("my secret")
	visitor.Press("and a draft")
	second := visitor.beside()
	second.Goto(sells.origin)
	second.inside().reads("my secret")
	if !browsertest.Ask[bool](visitor.Tab, `window.handoff.forget().then(() => true)`) {
		t.Error("forgetting does not say when it is done")
	}
	for _, v := range []*viewer{visitor, second} {
		v.Until("the chat is gone", `!`+widgetHost+`.shadowRoot.querySelector('iframe') && localStorage.length === 0`)
		v.isOpen(false)
	}
	second.turnsTo("/garden")
	second.isOpen(false)
	second.LooksHere()
	chat = second.opensChat()
	chat.Shows("[data-part=welcome]", "Hello")
	chat.asksNothing()
	if kept := chat.keeps(); len(kept) > 0 {
		t.Errorf("the browser still keeps %v", kept)
	}
	if said := chat.words(); len(said) > 0 {
		t.Errorf("the chat still shows %q", said)
	}
}

func TestChatIsForgottenHalfAnHourAfterTheLastPage(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	ann := s.customer(browsertest.Desktop)
	ann.says("hello")
	ann.reads("hello")
	ann.opensPage()
	ann.reads("hello")
	ann.Prepare(halfAnHourLater)
	ann.opensPage()
	ann.Shows("[data-part=welcome]", "Hello")
	ann.asksNothing()
	if kept := ann.keeps(); len(kept) > 0 {
		t.Errorf("the browser still keeps %v", kept)
	}
}

func TestTwoTabsThatKnowNothingOfEachOtherShowTheSameChat(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	first := s.looks(s.browser, browsertest.Desktop)
	second := first.beside()
	for _, v := range []*viewer{first, second} {
		v.Prepare(noTabs)
		v.opensPage()
		v.asksNothing()
	}
	first.says("from the first")
	first.reads("from the first")
	second.reads("from the first")
	first.hasFeeds(2)
	second.says("from the second")
	first.reads("from the second")
	second.reads("from the second")
	want := []string{"from the first", "from the second"}
	first.has("the first tab", want...)
	second.has("the second tab", want...)
	if all := s.conversations(); len(all) != 1 {
		t.Errorf("there are %d conversations", len(all))
	}
}

func TestChatWorksWhereTheBrowserKeepsNothing(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	ann := s.looks(s.browser, browsertest.Desktop)
	ann.Prepare(noStorage)
	ann.opensPage()
	ann.says("hello")
	ann.says("again")
	ann.reads("again")
	ann.has("her page", "hello", "again")
	ann.opensPage()
	ann.Shows("[data-part=welcome]", "Hello")
	ann.asksNothing()
}

// A phone suspends the pages that are not looked at, and with them the one that reads the feed.
func TestTabInFrontReadsOnWhenTheLeadingOneIsSuspended(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	first := s.customer(browsertest.Desktop)
	first.says("hello")
	first.reads("hello")
	second := first.beside()
	second.opensPage()
	second.reads("hello")
	first.hasFeeds(1)
	first.Suspend()
	second.LooksHere()
	s.must(s.bot.call(t.Context(), "POST", "/v1/conversations/"+s.conversation().ID+"/messages",
		map[string]any{"text": "I am the bot."}, nil), "the bot answers")
	second.reads("I am the bot.")
	second.says("I am here")
	second.reads("I am here")
	second.has("the tab in front", "hello", "I am the bot.", "I am here")
	if diff := cmp.Diff([]string{"hello", "I am the bot.", "I am here"}, s.saidIn(s.conversation().ID)); diff != "" {
		t.Errorf("the timeline has (-want +got):\n%s", diff)
	}
}

// Words of two tabs that write at once are said once each, in one conversation, and each tab's in its order.
func TestTwoTabsThatWriteAtOnceBeginOneConversation(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	first := s.customer(browsertest.Desktop)
	second := first.beside()
	second.opensPage()
	for _, v := range []*viewer{first, second} {
		v.Expects("ERR_INTERNET_DISCONNECTED")
		v.Offline(true)
	}
	first.says("one")
	second.says("two")
	first.says("three")
	for _, v := range []*viewer{first, second} {
		v.Until("it shows the words of both", `document.querySelectorAll('[data-unsent]').length === 3`)
	}
	for _, v := range []*viewer{first, second} {
		v.Offline(false)
	}
	for _, v := range []*viewer{first, second} {
		for _, word := range []string{"one", "two", "three"} {
			v.reads(word)
		}
	}
	if all := s.conversations(); len(all) != 1 {
		t.Fatalf("there are %d conversations", len(all))
	}
	said := s.saidIn(s.conversation().ID)
	if len(said) != 3 || slices.Index(said, "one") > slices.Index(said, "three") {
		t.Errorf("the timeline has %q", said)
	}
}
