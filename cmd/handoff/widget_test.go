package main

import (
	"testing"

	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"

	"handoff/web/browsertest"
)

// From the shop's page, by keyboard alone, under a policy that allows no more than the documents say.
func TestWholeChatThroughTheWidgetByKeyboard(t *testing.T) {
	alone(t)
	s, sells := newShopPlay(t, nil)
	house := s.scenery()
	house.present("ben")
	visitor := s.visits(sells, browsertest.Desktop)
	visitor.Until("the button is styled", `getComputedStyle(`+widgetButton+`).backgroundColor === 'rgb(11, 99, 85)'`)
	visitor.Fits()
	chat := visitor.opensChat()
	visitor.Fits()
	chat.Fits()
	if browsertest.Ask[bool](visitor.Tab, widgetHost+`.shadowRoot.querySelector('iframe').contentDocument !== null`) {
		t.Error("the shop's scripts can read the chat")
	}
	visitor.Press("Where is my parcel?")
	visitor.Enter()
	chat.reads("Where is my parcel?")
	begun := s.handsOver(nil)
	chat.Shows("[data-part=state]", "Waiting for a colleague")
	chat.Fits()

	// Closed, the chat goes on, and what comes is counted.
	visitor.Press(kb.Escape)
	visitor.Until("it is closed", `!`+widgetHost+`.hasAttribute('data-open') && `+widgetButton+`.getAttribute('aria-expanded') === 'false'`)
	visitor.Until("the button has the focus", widgetHost+`.shadowRoot.activeElement === `+widgetButton)
	house.does("ben", begun.ID, "accept", map[string]any{})
	house.does("ben", begun.ID, "messages", map[string]any{"text": "It is on the van."})
	visitor.Until("what came is counted", `/^[12] new$/.test(`+widgetCount+`.textContent)`)
	visitor.Fits()
	visitor.Press(kb.Enter)
	chat.canWrite()
	visitor.Until("nothing is new any more", widgetCount+`.hidden`)
	chat.reads("It is on the van.")
	chat.Shows("[data-part=state]", "You talk to Ben")
	visitor.Press("Thank you!")
	visitor.Enter()
	chat.reads("Thank you!")

	// A reload of the shop's page forgets nothing.
	visitor.Goto(sells.origin)
	visitor.Until("the button is there", `!!`+widgetHost)
	chat = visitor.inside()
	chat.reads("Thank you!")
	house.does("ben", begun.ID, "end", map[string]any{})
	chat.Shows(".rating", "How was it?")
	chat.Fits()
	want := []string{"Where is my parcel?", "It is on the van.", "Thank you!"}
	for who, got := range map[string][]string{"timeline": s.saidIn(begun.ID), "visitor": chat.words()} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s has (-want +got):\n%s", who, diff)
		}
	}
}

func TestWidgetDrawsNothingOnAForeignOriginAndTellsTheConsole(t *testing.T) {
	alone(t)
	s, _ := newShopPlay(t, nil)
	foreign := newShop(t)
	foreign.opens(t, s.base)
	stranger := s.looks(s.browser, browsertest.Desktop)
	stranger.Goto(foreign.origin)
	stranger.Until("the console is told", `window.warned.join() === 'handoff: the chat of `+storyBot+` is not meant for `+foreign.origin+`'`)
	if browsertest.Ask[bool](stranger.Tab, `!!`+widgetHost+` || !!document.querySelector('iframe')`) {
		t.Error("something is drawn")
	}
	if len(s.conversations()) != 0 {
		t.Error("somebody has begun a conversation")
	}
}

// TestWidgetFitsEveryView looks at the open chat in a shop's page.
func TestWidgetFitsEveryView(t *testing.T) {
	alone(t)
	p, sells := newShopPlay(t, talePolicy)
	s := p.scenery()
	visitor := p.visits(sells, browsertest.Desktop)
	chat := visitor.opensChat()
	visitor.Press(lostParcel.turns[0])
	visitor.Enter()
	chat.reads(lostParcel.turns[0])
	s.answers(p.conversation().ID, lostParcel.turns[1])
	chat.reads(lostParcel.turns[1])
	visitor.in(everyView, "widget", func() {
		chat.Until("its colours have changed", `document.getAnimations().length === 0`)
		chat.Fits()
	})
}
