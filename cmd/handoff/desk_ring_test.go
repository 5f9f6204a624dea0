package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"handoff/web/browsertest"
)

// ears listens to what a page plays: all of it passes an analyser on its way out. loudest is the highest wave of the last
// three quarters of a second; the tones go on for one second of three.
const ears = `(() => {
	const Real = window.AudioContext;
	let ear;
	window.AudioContext = class extends Real {
		get destination() {
			if (!ear) {
				ear = new AnalyserNode(this, {fftSize: 32768});
				ear.connect(super.destination);
			}
			return ear;
		}
	};
	window.played = () => ear !== undefined;
	window.loudest = () => {
		const wave = new Float32Array(ear?.fftSize ?? 0);
		ear?.getFloatTimeDomainData(wave);
		return wave.reduce((most, at) => Math.max(most, Math.abs(at)), 0);
	};
})()`

// eyes notes which notifications the browser shows, and how often it is asked whether it may.
const eyes = `(() => {
	const Real = window.Notification;
	window.asked = 0;
	window.notified = [];
	window.Notification = class extends Real {
		constructor(title, options) {
			super(title, options);
			const told = {title, body: options.body, shown: false, closed: false};
			this.addEventListener('show', () => { told.shown = true; });
			this.addEventListener('close', () => { told.closed = true; });
			window.notified.push(told);
		}
		static requestPermission() {
			window.asked++;
			return super.requestPermission();
		}
	};
})()`

// agentWith is agent in a browser with ears, eyes, and an answer about notifications, if one was given.
func (s *play) agentWith(name string, answer browsertest.Answer) *viewer {
	s.t.Helper()
	a := s.looks(s.browser, browsertest.Desktop)
	a.Prepare(ears)
	a.Prepare(eyes)
	if answer != "" {
		a.Notifications(s.base, answer)
	}
	a.goesOnline(name)
	return a
}

const notify = "[data-part=notify]"

func TestOfferRingsAloudAndInTheTitleUntilItIsTaken(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	anna, ben := s.agentWith("anna", ""), s.agentWith("ben", "")
	title := browsertest.Ask[string](anna.Tab, `document.title`)
	ben.Click("[data-part=sound]") // he wants it quiet
	s.asks("Ann")
	anna.Until("it rings aloud", `window.loudest() > 0.05`)
	anna.Until("the title rings", `document.title === `+quotedJS("☎ Ann – "+title))
	s.asks("Bea")
	ben.Until("it rings in the title", `document.title.startsWith('☎ Bea')`)
	if browsertest.Ask[bool](ben.Tab, `window.played()`) {
		t.Error("it rings aloud at somebody who wants it quiet")
	}
	anna.takes("Ann")
	anna.Until("the title is as before", `document.title === `+quotedJS(title))
	anna.Until("it is quiet", `window.loudest() === 0`)
}

func TestOfferNotifiesWhoLooksElsewhereAndAllowedIt(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	anna := s.agentWith("anna", browsertest.Allowed)
	anna.Click(notify)
	anna.Fits()
	ann, _ := s.asks("Ann")
	anna.Shows(".ring", "Ann") // before her eyes: no notification is needed
	ann.Click("[data-part=leave]")
	anna.Until("nothing rings", `!document.querySelector('.ring')`)

	anna.LooksElsewhere()
	s.asks("Bea")
	anna.Until("a notification is shown", `window.notified.some((one) => one.shown)`)
	type told struct {
		Title, Body   string
		Shown, Closed bool
	}
	want := []told{{Title: "Bea", Body: "Her parcel is late.", Shown: true}}
	if diff := cmp.Diff(want, browsertest.Ask[[]told](anna.Tab, `window.notified`)); diff != "" {
		t.Errorf("notifications (-want +got):\n%s", diff)
	}
	anna.LooksHere()
	anna.takes("Bea")
	anna.Until("the notification is gone", `window.notified[0].closed`)
}

func TestDeskAsksForNotificationsOnlyWhenAPersonWantsThemAndNotAgain(t *testing.T) {
	alone(t)
	s := newPlay(t, nil)
	anna := s.agentWith("anna", "")
	asked := func(want int, when string) {
		t.Helper()
		if got := browsertest.Ask[int](anna.Tab, `window.asked`); got != want {
			t.Errorf("%s the browser was asked %d times, not %d", when, got, want)
		}
	}
	asked(0, "after going online")
	anna.Click(notify)
	anna.Until("the browser has refused", `window.asked === 1 && !document.querySelector(`+quotedJS(notify)+`).checked`)
	anna.Shows("[data-part=notify-told]", "notif")
	anna.Fits()
	anna.Click(".presence input[value=away] + span")
	anna.Until("she is away", `document.getElementById('desk').dataset.presence === 'away'`)
	anna.Goto(s.base + "/desk")
	anna.Until("the desk is there again", `document.getElementById('desk')?.dataset.link === 'up'`)
	anna.Until("nothing is told", `document.querySelector('[data-part=notify-told]').hidden`)
	asked(0, "after loading the page again")

	anna.Notifications(s.base, browsertest.Refused)
	anna.Click(notify)
	anna.Shows("[data-part=notify-told]", "The browser refuses notifications from this page")
	asked(0, "with a refusal that stands")
}
