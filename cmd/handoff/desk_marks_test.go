package main

import (
	"net/http"
	"strings"
	"testing"

	"handoff/web/browsertest"
)

// listed is what the list of the desk shows of each chat, in its order.
const listed = `[...document.querySelectorAll('[data-part=list] li')].map((li) =>
	[li.querySelector('.name').textContent, li.querySelector('.unread:not([hidden])')?.textContent ?? '',
		li.querySelector('button').getAttribute('aria-current') === 'true' ? 'current' : '',
		document.querySelector('.chat[data-current]')?.dataset.id === li.dataset.id ? 'open' : ''].filter(Boolean).join(', ')).join(' | ')`

// lists waits until the list of the desk shows this.
func (v *viewer) lists(want ...string) {
	v.at.t.Helper()
	all := strings.Join(want, " | ")
	v.Until("the list is "+all, listed+` === `+quotedJS(all))
}

// threeChats are Anna's, taken in another order than their customers came in.
func (s *play) threeChats() (house *scenery, anna *viewer, ids map[string]string) {
	s.t.Helper()
	house, ids = s.scenery(), map[string]string{}
	names := []string{"Cem", "Ada", "Bo"}
	anna = s.agent("anna", browsertest.Desktop)
	for _, name := range names {
		ids[name] = house.asks(name, "general", "A parcel.", "hello")
		anna.takes(name)
	}
	return house, anna, ids
}

func TestDeskListMarksTheChatThatIsOpen(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	house, anna, ids := s.threeChats()
	anna.lists("Cem", "Ada", "Bo, current, open")
	anna.Click("[data-part=list] li:nth-child(1) button")
	anna.lists("Cem, current, open", "Ada", "Bo")
	anna.Click("[data-part=list] li:nth-child(2) button")
	anna.lists("Cem", "Ada, current, open", "Bo")
	house.says(ids["Ada"], "read at once")
	anna.reads("read at once")
	house.says(ids["Bo"], "and this is new")
	anna.lists("Cem", "Ada, current, open", "Bo, 1 new")
	anna.Fits()
	anna.Click("[data-part=list] li:nth-child(3) button")
	anna.lists("Cem", "Ada", "Bo, current, open")
}

func TestReloadOfTheDeskKeepsTheChatTheOrderAndWhatIsNew(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	house, anna, ids := s.threeChats()
	anna.Click("[data-part=list] li:nth-child(2) button")
	house.says(ids["Cem"], "one")
	house.says(ids["Cem"], "two")
	house.says(ids["Bo"], "three")
	anna.lists("Cem, 2 new", "Ada, current, open", "Bo, 1 new")
	for range 3 {
		anna.Goto(s.base + "/desk")
		anna.lists("Cem, 2 new", "Ada, current, open", "Bo, 1 new")
	}
	house.says(ids["Bo"], "four")
	anna.lists("Cem, 2 new", "Ada, current, open", "Bo, 2 new")
	anna.Click("[data-part=list] li:nth-child(1) button")
	anna.Goto(s.base + "/desk")
	anna.lists("Cem, current, open", "Ada", "Bo, 2 new")
}

func TestFocusGoesToTheFormThatOpensAndThenToTheNextChat(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	house, anna, ids := s.threeChats()
	anna.presses("End")
	anna.Click("dialog[open] .primary")
	anna.Until("the form has the focus", `document.activeElement.matches('.chat[data-current] .wrap .choices input')`)
	anna.Press(" ")
	anna.Click(".chat[data-current] .wrap .primary")
	anna.Until("the next chat has the focus", `document.activeElement.matches('.chat[data-current] .composer .field textarea')`)

	// The customer leaves while Anna writes.
	anna.Type(anna.field(), "I will")
	current := browsertest.Ask[string](anna.Tab, `document.querySelector('.chat[data-current] h2').textContent`)
	s.must(s.bot.with(house.tokens[ids[current]]).call(t.Context(), http.MethodPost, "/v1/conversations/"+ids[current]+"/end",
		map[string]any{}, nil), "the customer leaves")
	anna.Until("the form has the focus", `document.activeElement.matches('.chat[data-current] .wrap .choices input')`)
	anna.Fits()
}

func TestChatTakenAwaySaysWhoHasItAndWhyAndKeepsWhatWasWritten(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	ann, anna, chat := s.served()
	anna.Expects("404")
	anna.Type(anna.field(), "I have found your par")
	sam, err := signedIn(t.Context(), s.base, "sam")
	s.must(err, "sam signs in")
	s.must(sam.call(t.Context(), http.MethodPost, "/v1/conversations/"+chat.ID+"/take", map[string]any{}, nil), "sam takes it")
	shows := func() {
		t.Helper()
		anna.Shows(".chat .notice", "Sam has this chat now (taken over by a supervisor).")
		anna.Shows(".chat .unsent-draft", "I have found your par")
		anna.Shows(".chat h2", "Ann")
		anna.Shows(".chat header", "no longer yours")
		anna.Until("the list draws it", `!!document.querySelector('[data-part=list] .state svg')`)
	}
	shows()
	anna.Fits()
	anna.Goto(s.base + "/desk")
	shows()
	ann.Shows("[data-part=state]", "Sam")
	anna.presses("Put away")
	anna.Until("it is put away", `!document.querySelector('.chat')`)
	anna.Goto(s.base + "/desk")
	anna.Until("nothing is left", `document.getElementById('desk')?.dataset.link === 'up' && !document.querySelector('.chat')`)
}

// rightToLeft is written from right to left: its punctuation belongs to the left.
const rightToLeft = "أين طردي؟ Paket 4711!"

func TestWhatPeopleWroteReadsInItsOwnDirection(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	anna := s.agent("anna", browsertest.Desktop)
	ann := s.customer(browsertest.Phone)
	ann.Fill("[name=name]", "أمل")
	ann.Type(ann.field(), rightToLeft)
	directed := func(v *viewer, selectors ...string) {
		t.Helper()
		for _, selector := range selectors {
			v.Until(selector+" reads from right to left", `[...document.querySelectorAll(`+quotedJS(selector)+`)]
				.some((one) => one.checkVisibility() && getComputedStyle(one).direction === 'rtl')`)
		}
	}
	directed(ann, "[name=name]", ann.field())
	ann.Enter()
	ann.reads(rightToLeft)
	chat := s.handsOver(map[string]any{"summary": rightToLeft, "attributes": map[string]any{"note": rightToLeft}})
	directed(ann, ".say p")
	directed(anna, ".ring b", ".ring p")
	anna.takes("أمل")
	anna.Type(anna.field(), rightToLeft)
	directed(anna, ".chat h2", ".chat .say p", ".chat .summary", ".chat dd", "[data-part=list] .name", anna.field())
	anna.Fits()
	sam := s.looks(s.browser, browsertest.Desktop)
	sam.opens("/board", "sam")
	directed(sam, ".card .who-is")
	sam.Goto(s.base + "/board/c/" + chat.ID)
	directed(sam, "h1", ".word .text", ".word b", "dd")
}
