package main

import "testing"

func TestStoryStraightHandoff(t *testing.T) {
	s := newLife(t, nil)
	anna := s.agent("anna")
	s.bot.drops(1)
	s.customer.says("My parcel has not come.")
	s.customer.saysAgain("My parcel has not come.")
	s.bot.hears("My parcel has not come.")
	s.bot.says("Shall I fetch a colleague?")
	s.customer.reads("Shall I fetch a colleague?")
	s.bot.asksForHandoff()
	anna.rung()
	anna.accepts()
	s.bot.isRefused("As I was saying")
	s.bot.isTold("handoff.accepted")
	s.bot.isRefused("Where was I")
	anna.notes("she has waited for a week")
	anna.says("Good day! Let me look.")
	s.customer.reads("Good day! Let me look.")
	s.customer.says("Order 4711.")
	anna.says("It comes today.")
	anna.ends()
	anna.completes("solved")
	s.ends(ending{
		state: "completed", because: "completed", handoffs: 1,
		steps: []string{"queued: request", "offered: offer", "agent: first to accept", "wrap_up: ended", "completed: completed"},
		reads: []string{
			"user: My parcel has not come.", "bot: Shall I fetch a colleague?", "system: One moment, please.", "system: Anna is here.",
			"anna: Good day! Let me look.", "user: Order 4711.", "anna: It comes today.", "system: Good-bye.",
		},
		told: []string{
			"conversation.started", "user: My parcel has not come.", "handoff.queued", "handoff.accepted", "handoff.ended",
			"handoff.completed", "conversation.ended",
		},
	})
	s.bot.wasToldAgain()
}
