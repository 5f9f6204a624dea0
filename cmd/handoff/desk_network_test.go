package main

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/web/browsertest"
)

// served is a chat of Ann's that Anna serves, with her first word said.
func (s *play) served() (ann, anna *viewer, chat shownConversation) {
	s.t.Helper()
	anna = s.agent("anna", browsertest.Desktop)
	ann, chat = s.asks("Ann")
	anna.takes("Ann")
	return ann, anna, chat
}

// asks is a customer who has said hello and waits for a person.
func (s *play) asks(name string) (*viewer, shownConversation) {
	s.t.Helper()
	c := s.customer(browsertest.Phone)
	c.Fill("[name=name]", name)
	c.says("hello")
	c.reads("hello")
	return c, s.handsOver(nil)
}

// takes accepts what rings, and waits until the chat is there.
func (v *viewer) takes(name string) {
	v.at.t.Helper()
	v.Shows(".ring", name)
	v.Click(".ring .primary")
	v.Until(name+" is served", `document.querySelector('.chat[data-current] h2')?.textContent === `+quotedJS(name)+
		` && document.querySelector('.chat[data-current] .composer')?.hidden === false`)
}

func (v *viewer) isCutOff() {
	v.at.t.Helper()
	v.Expects("ERR_INTERNET_DISCONNECTED")
	v.Offline(true)
	v.Shows("[data-part=offline]", "No connection")
}

func (v *viewer) isBack() {
	v.at.t.Helper()
	v.Offline(false)
	v.Until("it is connected again", `document.querySelector('#desk, #chat').dataset.link === 'up'`)
}

// cutFor is how long the network is cut, in milliseconds. It is real time: the service has a clock of its own and must be without
// its customer for as long as the page is without the service; Chromium's virtual time would let that pass on one side only.
// It is a time that must have passed, so that a busy machine makes it longer and fails nothing.
const cutFor = 20000

func TestNetworkCutLosesAndDoublesNoWordOnEitherSide(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	ann, anna, chat := s.served()
	for _, v := range []*viewer{anna, ann} {
		v.isCutOff()
	}
	browsertest.Ask[int](ann.Tab, `(window.cutAt = performance.now(), 1)`) // anna was cut off before her
	ann.says("from Ann, offline")
	ann.says("and another")
	anna.says("from Anna, offline")
	anna.Fits()
	ann.Fits()
	if diff := cmp.Diff([]string{"hello", "unsent: from Ann, offline", "unsent: and another"}, ann.words()); diff != "" {
		t.Errorf("Ann's page shows (-want +got):\n%s", diff)
	}
	ann.Until("the network has been cut for long", fmt.Sprintf(`performance.now() - window.cutAt >= %d`, cutFor))
	ann.isBack()
	ann.reads("and another")
	anna.isBack()
	anna.reads("from Anna, offline")
	anna.reads("and another")
	ann.reads("from Anna, offline")
	want := []string{"hello", "from Ann, offline", "and another", "from Anna, offline"}
	for who, got := range map[string][]string{"timeline": s.saidIn(chat.ID), "Ann": ann.words(), "Anna": anna.words()} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s has (-want +got):\n%s", who, diff)
		}
	}
}

func TestReloadInMidChatKeepsWhatWasSaidAndWhatIsWritten(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	ann, anna, chat := s.served()
	anna.says("Good day")
	ann.reads("Good day")
	ann.Type(ann.field(), "I have not fin")
	anna.Type(anna.field(), "Let me lo")
	ann.Goto(s.base + "/chat/" + storyBot)
	anna.Goto(s.base + "/desk")
	for who, v := range map[string]*viewer{"I have not fin": ann, "Let me lo": anna} {
		v.reads("Good day")
		v.Until("what was written is there", `document.querySelector(`+quotedJS(v.field())+`).value === `+quotedJS(who))
	}
	anna.Until("she is online still", `document.getElementById('desk').dataset.presence === 'online'`)
	ann.says("ished")
	anna.reads("I have not finished")
	anna.says("ok")
	ann.reads("Let me look")
	anna.reads("Let me look")
	want := []string{"hello", "Good day", "I have not finished", "Let me look"}
	for who, got := range map[string][]string{"timeline": s.saidIn(chat.ID), "Ann": ann.words(), "Anna": anna.words()} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s has (-want +got):\n%s", who, diff)
		}
	}
}

func TestUnsentWordSurvivesAReloadWithoutANetworkAndIsSentOnce(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	ann, anna, chat := s.served()
	ann.Expects("ERR_INTERNET_DISCONNECTED")
	// The first try arrives and its answer is lost: the page does not know, and must send it again under the same id.
	browsertest.Ask[int](ann.Tab, `(() => {
		const real = window.fetch;
		window.fetch = async (path, init) => {
			const answer = await real(path, init);
			if (init?.method === 'POST' && path.endsWith('/messages')) { window.lost = true; throw new TypeError('the answer is lost'); }
			return answer;
		};
		return 1;
	})()`)
	ann.says("only once")
	ann.Until("the answer was lost", `window.lost === true`)
	anna.reads("only once")
	ann.Goto(s.base + "/chat/" + storyBot)
	ann.reads("only once")
	ann.says("after it")
	anna.reads("after it")
	if diff := cmp.Diff([]string{"hello", "only once", "after it"}, s.saidIn(chat.ID)); diff != "" {
		t.Errorf("the timeline has (-want +got):\n%s", diff)
	}
}
