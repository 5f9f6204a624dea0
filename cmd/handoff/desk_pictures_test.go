package main

import (
	"net/http"
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/web/browsertest"
)

// TestDeskFitsEveryView looks at the desk with an offer that rings and several chats, at the form after a chat, and at what
// its person sees without a network.
func TestDeskFitsEveryView(t *testing.T) {
	alone(t)
	in := install(t, talePolicy)
	s := in.scenery()
	parcel, invoice := s.annasDesk()
	browser := browsertest.Open(t)
	type seat struct {
		*viewer
		views []pictureView
	}
	var seats []seat
	for _, views := range [][]pictureView{wideViews, phoneViews} {
		anna := in.looks(browser, views[0].View)
		anna.opens("/desk", "anna")
		anna.goesTo("Maria")
		seats = append(seats, seat{anna, views})
	}
	s.says(invoice, "Good. And the next invoice?")
	for _, anna := range seats {
		anna.Shows(".mine .unread", "1 new")
		anna.in(anna.views, "desk", func() {
			anna.Shows(".ring", "Yusuf Demir")
			s.types(parcel)
			anna.Shows(".chat[data-current] .typing", "Maria Lindqvist is typing")
			anna.Until("what was said last can be seen", `[...document.querySelectorAll('.log')].every((log) =>
				log.offsetParent === null || log.scrollHeight - log.scrollTop - log.clientHeight < 2)`)
		})
	}
	s.does("anna", invoice, "end", map[string]any{})
	for _, anna := range seats {
		anna.goesTo("Tom")
		anna.Click(".chat[data-current] .choices label:nth-child(3)")
		anna.Fill(".chat[data-current] .wrap textarea", "Refunded the second charge. He asks about the next invoice.")
		anna.in(anna.views, "desk-wrapup", func() { anna.Shows(".chat[data-current] .choices", "wrong queue") })
	}
	for _, anna := range seats {
		anna.goesTo("Maria")
		anna.isCutOff()
		anna.says("I have just ordered it. You get a mail within the hour.")
		anna.in(anna.views, "desk-offline", func() { anna.Shows(".chat [data-unsent]", "sending") })
	}
}

// goesTo makes a chat the current one.
func (v *viewer) goesTo(customer string) {
	v.at.t.Helper()
	v.Until(customer+" is current", `[...document.querySelectorAll('.mine button')].some((b) => {
		if (!b.textContent.includes(`+quotedJS(customer)+`)) return false;
		if (b.getAttribute('aria-current') !== 'true') b.click();
		return b.getAttribute('aria-current') === 'true';
	})`)
}

// TestChatFitsEveryView looks at the customer's chat in line, with a person who types, and at its end.
func TestChatFitsEveryView(t *testing.T) {
	alone(t)
	p := newPlay(t, talePolicy)
	s := p.scenery()
	s.present("ben")
	s.puts("ben", map[string]any{"state": "online", "capacity": 1})
	s.usuallyTakes("general", "ben", 130*time.Second)
	s.awaits(s.tells(wrongSize), orchestrator.StateOffered)
	s.tells(lateNight)
	maria := p.customer(browsertest.Desktop)
	maria.Fill("[name=name]", "Maria Lindqvist")
	for i, text := range lostParcel.turns {
		if i%2 == 0 {
			maria.says(text)
		} else {
			s.answers(p.conversation().ID, text)
		}
		maria.reads(text)
	}
	chat := p.handsOver(lostParcel.request)
	maria.in(everyView, "chat-queue", func() { maria.Shows("[data-part=queue]", "You are number 2 in line. Expected wait: about 4 min.") })
	s.puts("ben", map[string]any{"state": "online", "capacity": 2})
	s.does("ben", chat.ID, "accept", map[string]any{})
	s.does("ben", chat.ID, "messages", map[string]any{"text": "Good day, Maria! I have called the carrier: it lies in their depot."})
	maria.says("Oh no. Will it still be here tomorrow?")
	maria.reads("Oh no. Will it still be here tomorrow?")
	maria.in(everyView, "chat-person", func() {
		s.must(s.person("ben").call(s.ctx, http.MethodPost, s.path(chat.ID, "typing"), map[string]any{"typing": true}, nil))
		maria.Shows(".typing", "Ben is typing")
	})
	s.does("ben", chat.ID, "messages", map[string]any{"text": "I send a second one by express today. It arrives before noon."})
	maria.says("That would be wonderful!")
	maria.reads("That would be wonderful!")
	s.does("ben", chat.ID, "end", map[string]any{})
	maria.Shows("[data-part=state]", "The chat has ended")
	maria.Click(".stars label:nth-child(5)")
	maria.Fill(".rating textarea", "Ben was quick, and kind.")
	maria.in(everyView, "chat-ended", func() { maria.Shows(".rating", "How was it?") })
}
