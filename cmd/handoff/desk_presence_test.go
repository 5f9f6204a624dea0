package main

import (
	"testing"

	"handoff/web/browsertest"
)

// isShown waits until the desk shows a presence, in its choice too.
func (v *viewer) isShown(presence string) {
	v.at.t.Helper()
	v.Until("the desk shows "+presence, `document.getElementById('desk')?.dataset.presence === `+quotedJS(presence)+
		` && document.querySelector('[name=presence]:checked')?.value === `+quotedJS(presence))
}

// signsOut presses the button in the account's sheet.
func (v *viewer) signsOut() {
	v.at.t.Helper()
	v.Until("the sheet is open", `(document.querySelector('.account').open = true)`)
	v.Click(`.account form[action="/logout"]:not(:has([name=everywhere])) button`)
}

func TestTwoDevicesOfOneAgentShowOnePresenceAndSignOutEachForThemselves(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	desk := s.agent("anna", browsertest.Desktop)
	phone := s.looks(s.browser, browsertest.Phone)
	phone.opens("/desk", "anna")
	phone.isShown("online")
	phone.Click(".presence input[value=away] + span")
	phone.isShown("away")
	desk.isShown("away")
	desk.Shows("[data-part=idle]", "You are away")
	desk.setsOnline("anna")
	phone.isShown("online")
	phone.Fits()

	ann := s.customer(browsertest.Desktop)
	ann.Fill("[name=name]", "Ann")
	ann.says("Where is my parcel?")
	ann.reads("Where is my parcel?")
	s.handsOver(nil)
	desk.Shows(".ring", "Ann")
	phone.Shows(".ring", "Ann")
	desk.Click(".ring .primary")
	desk.Shows(".chat[data-current]", "Where is my parcel?")

	const underWay = "401 (Unauthorized)" // what a page asks while it signs out
	phone.Expects(underWay)
	phone.signsOut()
	phone.Until("the phone is signed out", `location.pathname === '/login'`)
	desk.says("I am still here.")
	ann.reads("I am still here.")
	desk.isShown("online")

	desk.signsOut()
	desk.Shows("dialog[open]", "goes back to the queue")
	desk.Fits()
	desk.Click("dialog[open] form button:not(.primary)")
	desk.says("I stay.")
	ann.reads("I stay.")
	desk.Expects(underWay)
	desk.signsOut()
	desk.Click("dialog[open] .primary")
	desk.Until("the last device is signed out", `location.pathname === '/login'`)
	ann.Until("she waits again", `document.querySelector('[data-part=queue]')?.offsetParent !== null`)
}

func TestTransferOffersOnlyThoseWhoCanTakeItAndSaysWhyNotOthers(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	anna, ben := s.agent("anna", browsertest.Desktop), s.agent("ben", browsertest.Desktop)
	ben.Click(".presence input[value=away] + span")
	ben.isShown("away")
	ann := s.customer(browsertest.Desktop)
	ann.Fill("[name=name]", "Ann")
	ann.says("Where is my parcel?")
	ann.reads("Where is my parcel?")
	s.handsOver(nil)
	anna.Click(".ring .primary")
	anna.Shows(".chat[data-current]", "Where is my parcel?")
	anna.Click(`.chat[data-current] .doings button:nth-of-type(1)`)
	anna.Until("Ben cannot be chosen", `(() => {
		const ben = document.querySelector('dialog[open] [value="agent:ben"]');
		return ben?.disabled && ben.closest('label').textContent.includes('away');
	})()`)
	anna.Fits()
}
