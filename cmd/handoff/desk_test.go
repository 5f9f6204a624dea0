package main

import (
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
	anna.Fill(".wrap textarea", "On the van.")
	anna.Click(".wrap .primary")
	anna.Until("the chat is put away", `!document.querySelector('.chat')`)
	ann.Click("[data-part=again]")
	ann.Shows("[data-part=welcome]", "Hello!")

	want := []string{"Where is my parcel?", "I fetch a colleague.", "Good day, Ann! Anna here.", "Thank you", "Bye!"}
	if diff := cmp.Diff(want, s.saidIn(chat.ID)); diff != "" {
		t.Errorf("the timeline has (-want +got):\n%s", diff)
	}
}
