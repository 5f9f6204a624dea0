package main

import (
	"net/http"
	"time"

	"handoff/orchestrator"
)

// tale is what has happened in a chat before a person comes to it.
type tale struct {
	customer, email string
	turns           []string // of the customer and of the bot, by turns
	request         map[string]any
}

// talePolicy is what the scenes of the desk and of the chat show.
var talePolicy = policy{
	"deadlines.offered": "5m", "deadlines.wrap_up": "10m",
	"wrap_up.dispositions": []string{"solved", "follow_up", "refunded", "wrong_queue"},
	"texts.en.queued":      "One moment, please. A colleague will be with you.",
	"texts.en.accepted":    "{agent} is here and has read what you wrote.",
	"texts.en.ended":       "Thank you for your visit. Good-bye!",
	"canned_replies": []map[string]string{
		{"name": "greeting", "text": "Good day, {customer}! {agent} here. Let me look into it."},
		{"name": "refund", "text": "The money is back on your account within three working days."},
	},
}

// The chats of the scenes.
var (
	lostParcel = tale{"Maria Lindqvist", "maria.lindqvist@example.org",
		[]string{"Hello, my parcel should have come on Monday. Where is it?",
			"I am sorry to hear that! Order 4711 left our depot on Friday. The carrier has not scanned it since.",
			"It is a birthday present for tomorrow. I would like to talk to a person."},
		map[string]any{"reason": "user_requested", "queue": "general", "language": "en",
			"summary":    "Order 4711 has not been scanned since Friday. It is a birthday present for tomorrow.",
			"attributes": map[string]any{"order": "4711", "carrier": "Nordpost", "customer since": "2019", "orders": 14}},
	}
	chargedTwice = tale{"Tom Okafor", "tom.okafor@example.org",
		[]string{"I was charged twice for the same invoice.", "Which invoice is it about?", "2026-1184"},
		map[string]any{"reason": "rule", "queue": "billing",
			"summary":    "Charged twice for invoice 2026-1184, 59.90 each.",
			"attributes": map[string]any{"invoice": "2026-1184", "amount": "59.90 EUR"}},
	}
	wrongSize = tale{"Hanna Weiss", "hanna.weiss@example.org",
		[]string{"Can I send the boots back? They are too small.", "Of course! Shall I fetch a colleague for the label?", "Yes, please."},
		map[string]any{"reason": "user_requested", "queue": "general", "summary": "Wants a return label for boots, size 39."},
	}
	lateNight = tale{"Yusuf Demir", "yusuf.demir@example.org",
		[]string{"The voucher does not work.", "Which one is it?", "SPRING-20. I have tried it three times now!"},
		map[string]any{"reason": "sentiment", "queue": "general", "summary": "Voucher SPRING-20 was refused three times; he is getting angry."},
	}
)

// tells brings a tale to where the bot asks for a person.
func (s *scenery) tells(of tale) (id string) {
	s.t.Helper()
	id = s.comes(map[string]any{"name": of.customer, "email": of.email})
	for i, text := range of.turns {
		if i%2 == 0 {
			s.says(id, text)
		} else {
			s.answers(id, text)
		}
	}
	s.handsOver(of.request)
	return id
}

// talks is a conversation between somebody of the desk and the customer: the person begins.
func (s *scenery) talks(who, id string, words ...string) {
	s.t.Helper()
	for i, text := range words {
		if i%2 == 0 {
			s.does(who, id, "messages", map[string]any{"text": text})
		} else {
			s.says(id, text)
		}
	}
}

// types lets a customer type.
func (s *scenery) types(id string) {
	s.t.Helper()
	s.must(s.bot.with(s.tokens[id]).call(s.ctx, http.MethodPost, s.path(id, "typing"), map[string]any{"typing": true}, nil))
}

// annasDesk gives Anna two chats and one that rings.
func (s *scenery) annasDesk() (parcel, invoice string) {
	s.t.Helper()
	s.present("anna")
	invoice = s.tells(chargedTwice)
	s.does("anna", invoice, "accept", map[string]any{})
	s.talks("anna", invoice, "Good day, Tom! I see both charges. One of them goes back today.", "When will I have it?",
		"Within three working days.")
	parcel = s.tells(lostParcel)
	s.does("anna", parcel, "accept", map[string]any{})
	s.talks("anna", parcel, "Good day, Maria! I have called the carrier: it lies in their depot.", "Oh no. Will it still be here tomorrow?")
	s.does("anna", parcel, "notes", map[string]any{"text": "Second parcel this month that Nordpost has lost."})
	s.talks("anna", parcel, "I send a second one by express today. It arrives before noon.", "That would be wonderful!")
	s.awaits(s.tells(lateNight), orchestrator.StateOffered)
	return parcel, invoice
}

// usuallyTakes lets the desk have seen that a chat from a queue takes so long.
func (s *scenery) usuallyTakes(queue orchestrator.QueueName, who orchestrator.AgentID, long time.Duration) {
	s.t.Helper()
	store := s.store()
	const past = "past"
	now := orchestrator.MomentOf(orchestrator.SystemClock{}.Now())
	then := now.Add(-long)
	s.must(store.Enqueue(s.ctx, past, orchestrator.Waiting{Queue: queue, Since: then}, then))
	s.must(store.Take(s.ctx, past, who, orchestrator.SeatOwner, then))
	s.must(store.Release(s.ctx, past, who, now))
}
