package main

import (
	"fmt"
	"net/http"

	"handoff/connectors/bots/native/sim"
	"handoff/connectors/simkit"
)

// seesPeople tells at which vendors the bot's seat sees who takes a chat that it has handed over.
var seesPeople = map[string]bool{"icws": true, "superoffice": true}

func botHandsOverThere(s *vendorLife) {
	anna, _ := s.staff()
	s.must(s.vendor.stage.CustomerSays(s.chat, "Is anybody there?"), "the customer says")
	s.bot.hears("Is anybody there?")
	s.bot.says("I am.")
	s.stands("bot: I am.")
	s.bot.asksForHandoff(map[string]any{"target": map[string]any{"queue": deskName(s.vendor.kind, seatAgent)}})
	s.isTakenBy(anna)
	s.bot.isTold("handoff.accepted")
	s.botIsTooLate()
	s.must(s.vendor.stage.Says(s.chat, anna.login, "Good day!"), "%s says", anna.login)
	s.theyEnd(anna)
	want := ending{
		state: "completed", because: "completed", handoffs: 1, agent: deskName(s.vendor.kind, seatAgent),
		steps: []string{"queued: request", "agent: first to accept", "wrap_up: completed", "completed: completed"},
		told: []string{
			"conversation.started", "user: Is anybody there?", "handoff.queued", "handoff.accepted", "handoff.ended",
			"handoff.completed", "conversation.ended",
		},
	}
	if seesPeople[s.vendor.kind] {
		want.because, want.agent = "wrap_up_timed_out", anna.login
		want.steps = []string{"queued: request", "agent: first to accept", "wrap_up: ended", "completed: deadlines.wrap_up"}
	}
	s.endsWith(want, "customer: Is anybody there?", "bot: I am.", "bot: One moment, please.", "agent: Good day!")
}

// botIsTooLate: a word of the bot's after the handoff is refused, also where our part of the conversation is already over.
func (s *vendorLife) botIsTooLate() {
	s.t.Helper()
	late := s.bot.posts(sim.Outgoing{Type: "message.created", Epoch: s.bot.quotes(), Data: sim.Said("bot", "As I was saying")})
	if late.Status != http.StatusConflict {
		s.must(fmt.Errorf("HTTP %d %s", late.Status, late.Body), "the bot should be refused")
	}
}

func botIsLeftThere(s *vendorLife) {
	s.must(s.vendor.stage.CustomerSays(s.chat, "Never mind."), "the customer says")
	s.bot.hears("Never mind.")
	s.must(s.vendor.stage.CustomerLeaves(s.chat), "the customer leaves")
	s.endsWith(ending{
		state: "completed", because: "customer_left", steps: []string{"completed: customer gone"},
		told: []string{"conversation.started", "user: Never mind.", "conversation.ended"},
	}, "customer: Never mind.")
}

// botIsStutteredTo: the same, in the seat of the bot.
func botIsStutteredTo(s *vendorLife) {
	s.must(s.vendor.stage.Fault(simkit.FaultDuplicate, 0, 0), "the next notification comes twice")
	s.must(s.vendor.stage.CustomerSays(s.chat, "One."), "the customer says")
	s.bot.hears("One.")
	s.must(s.vendor.stage.Fault(simkit.FaultReorder, 0, 0), "the next two notifications change places")
	s.must(s.vendor.stage.CustomerSays(s.chat, "Two."), "the customer says")
	s.must(s.vendor.stage.CustomerSays(s.chat, "Three."), "the customer says")
	s.bot.hears("Three.")
	s.must(s.vendor.stage.CustomerLeaves(s.chat), "the customer leaves")
	s.endsWith(ending{
		state: "completed", because: "customer_left", steps: []string{"completed: customer gone"},
		told: []string{"conversation.started", "user: One.", "user: Two.", "user: Three.", "conversation.ended"},
	}, "customer: One.", "customer: Two.", "customer: Three.")
}
