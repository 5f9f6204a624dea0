package main

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/web/browsertest"
)

func TestHandoffInTheBrowserFromFirstWordToRating(t *testing.T) {
	alone(t)
	s := newPlay(t, policy{"canned_replies": []map[string]string{{"name": "hello", "text": "Good day, {customer}! {agent} here."}}})
	anna := s.agent("anna", browsertest.Desktop)
	anna.Shows("[data-part=idle]", "The next chat rings here")
	ann := s.customer(browsertest.Phone)
	ann.Fits()
	ann.Fill("[name=name]", "Ann")
	ann.says("Where is my parcel?")
	ann.reads("Where is my parcel?")
	s.must(s.bot.call(t.Context(), "POST", "/v1/conversations/"+s.conversation().ID+"/messages",
		map[string]any{"text": "I fetch a colleague."}, nil), "the bot answers")
	ann.reads("I fetch a colleague.")
	chat := s.handsOver(nil)

	anna.Shows(".ring", "Her parcel is late.")
	anna.Until("the title rings", `document.title.startsWith('☎ Ann') && document.documentElement.hasAttribute('data-ringing')`)
	anna.Shows("[data-part=announce]", "Ann rings")
	anna.Fits()
	ann.Shows("[data-part=queue]", "rings at a colleague")
	anna.Click(".ring .primary")
	anna.Shows(".chat .summary", "Her parcel is late.")
	anna.reads("Where is my parcel?")
	ann.Shows("[data-part=state]", "You talk to Anna")

	anna.Type(anna.field(), "/hel")
	anna.Shows(".picker", "Good day, Ann! Anna here.")
	anna.Fits()
	anna.Enter() // takes the reply
	anna.Enter() // and sends it
	ann.reads("Good day, Ann! Anna here.")
	ann.Type(ann.field(), "Tha")
	anna.Shows(".chat .typing", "Ann is typing")
	ann.says("nk you")
	anna.reads("Thank you")
	anna.Type(anna.field(), "Bye")
	ann.Shows(".typing", "Anna is typing")
	anna.says("!")
	ann.reads("Bye!")
	ann.Fits()

	anna.Click(".chat .doings .danger")
	anna.Fits()
	anna.Click("dialog .primary")
	anna.Shows(".wrap", "The chat is over for the customer")
	anna.Fits()
	ann.Shows("[data-part=state]", "The chat has ended")
	ann.Click(".stars label:nth-child(4)")
	ann.Fill(".rating textarea", "Quick!")
	ann.Click(".rating .primary")
	ann.Shows("[data-part=thanks]", "4 of 5")
	ann.Fits()
	anna.Click(".choices label:first-child")
	anna.Fill(".wrap label > input:not([type])", "parcel, late ,parcel,")
	anna.Fill(".wrap textarea", "On the van.")
	anna.Click(".wrap .primary")
	anna.Until("the chat is put away", `!document.querySelector('.chat')`)
	ann.Click("[data-part=again]")
	ann.Shows("[data-part=welcome]", "Hello!")

	want := []string{"Where is my parcel?", "I fetch a colleague.", "Good day, Ann! Anna here.", "Thank you", "Bye!"}
	if diff := cmp.Diff(want, s.saidIn(chat.ID)); diff != "" {
		t.Errorf("the timeline has (-want +got):\n%s", diff)
	}
	wrapUp := afterCallWork{Disposition: "solved", Notes: []string{"On the van."}, Tags: []string{"parcel", "late"}}
	if diff := cmp.Diff(wrapUp, s.wrapUpOf(chat.ID)); diff != "" {
		t.Errorf("the after-call work (-want +got):\n%s", diff)
	}
	sam := s.looks(s.browser, browsertest.Desktop)
	sam.opens("/board/c/"+chat.ID, "sam")
	sam.Shows(".words", "On the van.")
	sam.Shows(".step", "solved · parcel · late")
}

// afterCallWork is what an agent says about a chat that is over.
type afterCallWork struct {
	Disposition string
	Notes, Tags []string
}

// wrapUpOf is what was said of a conversation when it was completed.
func (s *play) wrapUpOf(id string) afterCallWork {
	s.t.Helper()
	sam, err := signedIn(s.t.Context(), s.base, "sam")
	s.must(err, "sam signs in")
	page, err := sam.events(s.t.Context(), id, 0, 0)
	s.must(err, "sam reads the timeline")
	var work afterCallWork
	for _, e := range page.Events {
		if e.Type == "handoff.completed" {
			s.must(json.Unmarshal(e.Data, &work), "reading "+e.Type)
		}
	}
	return work
}
