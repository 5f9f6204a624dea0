package main

import (
	"testing"

	"handoff/web/browsertest"
)

func TestCustomerIsSpokenToInHerLanguageByThePageAndByThePolicy(t *testing.T) {
	alone(t)
	s := newPlay(t, policy{"texts.de.queued": "Einen Augenblick, bitte.", "texts.de.accepted": "{agent} ist da."})
	anna := s.agent("anna", browsertest.Desktop)
	ann := s.looks(s.browser, browsertest.Phone)
	ann.Goto(s.base + "/chat/" + storyBot + "?lang=de-AT")
	ann.Until("the page is ready", `!document.getElementById('chat').hidden && document.documentElement.lang === 'de'`)
	ann.Shows("[data-part=welcome]", "Sie chatten mit einem KI-Assistenten. Sie können jederzeit nach einem Menschen fragen.")
	ann.Fill("[name=name]", "Ann")
	ann.says("Wo ist mein Paket?")
	ann.reads("Wo ist mein Paket?")
	ann.Shows("[data-part=state]", "Sie chatten mit unserem KI-Assistenten")
	s.handsOver(nil)
	ann.reads("Einen Augenblick, bitte.")
	ann.Shows("[data-part=queue]", "Es klingelt jetzt")
	ann.Shows("[data-part=leave]", "Warteschlange verlassen")
	ann.Fits()
	anna.takes("Ann")
	ann.reads("Anna ist da.")
	ann.Shows("[data-part=state]", "Sie sprechen mit Anna")
	anna.Type(anna.field(), "Guten T")
	ann.Shows(".typing", "Anna schreibt")
	anna.says("ag")
	ann.reads("Guten Tag")
	anna.presses("End")
	anna.Click("dialog .primary")
	ann.Shows("[data-part=state]", "Der Chat ist beendet")
	ann.Shows(".rating", "Wie war es?")
	ann.Click(".stars label:nth-child(5)")
	ann.Fits()
	ann.Click(".rating .primary")
	ann.Shows("[data-part=thanks]", "mit 5 von 5 bewertet")
}
