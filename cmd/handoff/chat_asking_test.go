package main

import (
	"net/http"
	"testing"

	"handoff/connectors/bots/native/sim"
	"handoff/web/browsertest"
)

func TestCustomerPressesTalkToAPersonInTheBrowser(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	ann := s.customer(browsertest.Phone)
	ann.Shows("[data-part=welcome]", "You're chatting with an AI assistant. You can ask for a person at any time.")
	ann.Until("nobody is asked for before the first word", `document.querySelector('[data-part=ask]').hidden`)
	ann.says("Where is my parcel?")
	ann.reads("Where is my parcel?")
	ann.Shows("[data-part=state]", "You're chatting with our AI assistant")
	ann.Fits()

	ann.Click("[data-part=ask] button")
	ann.reads("Nobody is here.")
	ann.Shows("[data-part=ask]", "You can ask again in about 5 min.")
	ann.Fits()

	anna := s.agent("anna", browsertest.Desktop)
	ann.Click("[data-part=ask] button")
	ann.Shows("[data-part=queue]", "rings at a colleague")
	ann.Until("the button is away", `document.querySelector('[data-part=ask]').hidden`)
	anna.Shows(".ring", "Where is my parcel?")
	anna.Click(".ring .primary")
	ann.Shows("[data-part=state]", "You talk to Anna")
	anna.reads("Where is my parcel?")
	anna.Finds("asked by customer")
	ann.Fits()
}

// TestCustomerSeesThatAWordDidNotArriveUntilAPersonComes: the bot's platform takes every word but one for wrong.
func TestCustomerSeesThatAWordDidNotArriveUntilAPersonComes(t *testing.T) {
	alone(t)
	s := newPlay(t, policy{"on_bot_failed": "tell"})
	ann := s.customer(browsertest.Desktop)
	ann.says("Hello?")
	ann.reads("Hello?")
	s.platform.Always(&sim.Fault{Status: http.StatusGone})
	ann.says("Where is my parcel?")
	ann.Shows(".say[data-undelivered]", "not delivered")
	ann.Fits()
	anna := s.agent("anna", browsertest.Desktop)
	ann.Click("[data-part=ask] button")
	anna.Click(".ring .primary")
	anna.reads("Where is my parcel?")
	ann.Until("the mark is gone", `!document.querySelector('[data-undelivered]')`)
}

func TestAgentSeesAWordAfterTheEndInTheFormAndReopensTheChat(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	anna := s.agent("anna", browsertest.Desktop)
	ann := s.customer(browsertest.Phone)
	ann.says("Where is my parcel?")
	ann.Click("[data-part=ask] button")
	anna.Click(".ring .primary")
	anna.presses("End")
	anna.Click("dialog .primary")
	anna.Shows(".wrap", "The chat is over for the customer")
	anna.Until("nothing to go on with", `document.querySelector('.wrap .after').hidden`)
	anna.Fill(".wrap textarea", "On the van.")
	ann.says("One more thing!")
	anna.Shows(".wrap .after", "One more thing!")
	anna.Fits()
	anna.presses("Reopen chat")
	ann.Shows("[data-part=state]", "You talk to Anna")
	anna.Until("the form is away", `document.querySelector('.wrap').hidden`)
	anna.says("Yes?")
	ann.reads("Yes?")
	anna.presses("End")
	anna.Click("dialog .primary")
	anna.Until("the notes are kept", `document.querySelector('.wrap textarea').value === 'On the van.' && document.querySelector('.wrap .after').hidden`)
}
