package main

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/web/browsertest"
)

// picks chooses somebody in the dialog and does it.
func (v *viewer) picks(who string) {
	v.at.t.Helper()
	v.Click(`dialog input[value="` + who + `"]`)
	v.Click("dialog .primary")
	v.Until("the dialog is closed", `!document.querySelector('dialog').open`)
}

// presses clicks one of the buttons of the chat by its text.
func (v *viewer) presses(text string) {
	v.at.t.Helper()
	v.Until(text+" can be pressed", `[...document.querySelectorAll('.chat[data-current] button')].some((b) => {
		const it = b.textContent === `+quotedJS(text)+` && !b.hidden;
		if (it) b.click();
		return it;
	})`)
}

func TestTransferBetweenTwoAgentsWhileASupervisorWatches(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	sam := s.looks(s.browser, browsertest.Desktop)
	sam.opens("/board", "sam")
	ann, anna, chat := s.served()
	sam.Shows("main", "Ann")
	ben := s.agent("ben", browsertest.Phone)
	for _, v := range []*viewer{anna, ben} {
		v.Expects("404") // a chat that has just been given away may still have been read
		v.Expects("412") // leaving is done again by itself when somebody has just written
	}
	anna.presses("Transfer")
	anna.Shows("dialog", "ready")
	anna.Fits()
	anna.Fill("dialog textarea", "She knows you.")
	anna.picks("agent:ben")
	anna.Shows(".chat header", "transferring")
	ben.Shows(".ring", "She knows you.")
	ben.Fits()
	ben.Click(".ring button:not(.primary)")
	anna.Shows(".chat .told", "not accepted")
	anna.Shows(".chat header", "serving")
	anna.presses("Transfer")
	anna.picks("agent:ben")
	ben.takes("Ann")
	ann.Shows("[data-part=state]", "You talk to Ben")
	anna.Shows(".chat .notice", "Ben has this chat now")
	ben.says("Here I am")
	ann.reads("Here I am")

	// The colleague comes back by invitation, talks too, and leaves.
	anna.presses("Put away")
	ben.presses("Invite")
	ben.picks("agent:anna")
	anna.takes("Ann")
	ann.Shows("[data-part=state]", "Ben and Anna")
	anna.says("Both of us")
	ann.reads("Both of us")
	anna.presses("Leave")
	ann.Until("one is left", `document.querySelector('[data-part=state]').textContent === 'You talk to Ben'`)
	sam.Shows("main", "Ann")

	// A note is for colleagues; then the bot gets the chat back.
	ben.Click(".chat[data-current] .switch")
	ben.says("she was patient")
	ben.reads("she was patient")
	ben.presses("To the bot")
	ben.Fill("dialog input", "all done")
	ben.Click("dialog .primary")
	ben.Until("the bot has the chat, though he had not seen yet that Anna left", `(() => {
		const dialog = document.querySelector('dialog'), refusal = dialog.querySelector('[role=alert]');
		if (dialog.open && refusal?.textContent) {
			refusal.textContent = '';
			dialog.querySelector('.primary').click();
		}
		return !dialog.open;
	})()`)
	ann.Shows("[data-part=state]", "our AI assistant")
	if diff := cmp.Diff([]string{"hello", "Here I am", "Both of us"}, ann.words()); diff != "" {
		t.Errorf("Ann has read (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"hello", "Here I am", "Both of us"}, s.saidIn(chat.ID)); diff != "" {
		t.Errorf("the timeline has (-want +got):\n%s", diff)
	}
}

func TestStaleActionIsRefusedInWordsAndNothingIsDone(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	ann, anna, _ := s.served()
	anna.Expects("412")
	anna.presses("End") // the dialog stands open while Ann writes on: its version is the one that was looked at
	browsertest.Ask[int](anna.Tab, `(() => {
		const real = window.fetch;
		window.fetch = (path, init) => {
			if (String(path).endsWith('/end')) init.headers['If-Match'] = '"1"';
			return real(path, init);
		};
		return 1;
	})()`)
	anna.Click("dialog .primary")
	anna.Shows("dialog [role=alert]", "has changed since you looked, so nothing was done")
	anna.Click("dialog .row button:last-child")
	if state := s.conversation().State; state != "agent" {
		t.Errorf("the conversation is in %s", state)
	}
	anna.says("still here") // the caret is back in the field, too
	ann.reads("still here")
	ann.Shows("[data-part=state]", "You talk to Anna")
}

func TestWordUnderWayWhenASupervisorTakesTheChatIsKeptAndSaysWhoHasIt(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	ann, anna, chat := s.served()
	anna.Expects("409")
	anna.Expects("404")
	browsertest.Ask[int](anna.Tab, `(() => {
		const real = window.fetch;
		window.fetch = (path, init) => (String(path).endsWith('/messages')
			? new Promise((go) => { window.release = () => go(real(path, init)); }) : real(path, init));
		return 1;
	})()`)
	anna.says("too late") // and is held up on the way
	anna.Shows(".chat [data-unsent]", "too late")
	sam, err := signedIn(t.Context(), s.base, "sam")
	s.must(err, "sam signs in")
	s.must(sam.call(t.Context(), http.MethodPost, "/v1/conversations/"+chat.ID+"/take", map[string]any{}, nil), "sam takes it")
	ann.Shows("[data-part=state]", "You talk to Sam")
	browsertest.Ask[int](anna.Tab, `(window.release(), 1)`)
	anna.Shows(".chat [data-unsent=refused]", "Sam has this chat now")
	anna.Fits()
	if diff := cmp.Diff([]string{"hello"}, s.saidIn(chat.ID)); diff != "" {
		t.Errorf("the timeline has (-want +got):\n%s", diff)
	}
}

func TestCustomerLeavesTheQueueAndBeginsAnew(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	anna := s.agent("anna", browsertest.Desktop)
	ann, _ := s.asks("Ann")
	anna.Shows(".ring", "Ann")
	ann.Shows("[data-part=leave]", "Leave the queue")
	ann.Click("[data-part=leave]")
	ann.Shows("[data-part=state]", "The chat has ended")
	anna.Until("nothing rings", `!document.querySelector('.ring') && !document.documentElement.hasAttribute('data-ringing')`)
	ann.Click("[data-part=again]")
	ann.says("me again")
	ann.reads("me again")
	if diff := cmp.Diff([]string{"me again"}, ann.words()); diff != "" {
		t.Errorf("the new chat shows (-want +got):\n%s", diff)
	}
}
