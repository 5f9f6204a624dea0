package main

import (
	"testing"

	"handoff/orchestrator"
)

func TestStoryStraightHandoff(t *testing.T) {
	inOnePart(t, nil, func(s *life) {
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
		anna.notes("she has wasQueued for a week")
		anna.says("Good day! Let me look.")
		s.customer.reads("Good day! Let me look.")
		s.customer.says("Order 4711.")
		anna.says("It comes today.")
		anna.ends()
		anna.completes("solved")
		s.ends(ending{
			state: "completed", because: "completed", handoffs: 1, agent: "anna",
			steps: []string{
				"queued: request", "offered: offer", "agent: first to accept", "wrap_up: ended", "completed: completed",
			},
			reads: []string{
				"user: My parcel has not come.", "bot: Shall I fetch a colleague?", "system: One moment, please.",
				"system: Anna is here.", "anna: Good day! Let me look.", "user: Order 4711.", "anna: It comes today.",
				"system: Good-bye.",
			},
			told: []string{
				"conversation.started", "user: My parcel has not come.", "handoff.queued", "handoff.accepted", "handoff.ended",
				"handoff.completed", "conversation.ended",
			},
		})
		s.bot.wasToldAgain()
	})
}

func TestStoryCancelledInTheQueue(t *testing.T) {
	inEachStage(t, []stage{{"queued", wasQueued}, {"offered", wasRung}}, policy{"agents_may_take": true}, func(s *life, at stage) {
		anna := s.goesTo(at.state)
		s.bot.cancels()
		if ended, _ := s.bot.isTold("handoff.ended"); ended.Resume != "bot" || ended.EndedBy != "bot" {
			s.t.Errorf("the bot was told %+v", ended)
		}
		anna.mayNot("accept", map[string]any{}, orchestrator.CodeStateConflict) // she meant the chat that waited
		s.botGoesOn()
		s.ends(at.then(ending{steps: []string{"bot: cancelled"}, told: []string{"handoff.ended"}}).then(botEnds))
	})
}

func TestStoryNobodyOnline(t *testing.T) {
	inOnePart(t, nil, func(s *life) {
		s.bot.asksForHandoff()
		failed, _ := s.bot.isTold("handoff.failed")
		if failed.Reason != "no_agents_online" || !failed.Retryable || failed.RetryAfter <= 0 {
			s.t.Errorf("the bot was told %+v", failed)
		}
		s.bot.says("I try again when somebody is there.")
		anna := s.agent("anna")
		s.isServedBy(anna)
		anna.says("Here I am.")
		anna.completes("solved")
		s.ends(ending{
			state: "completed", because: "completed", handoffs: 1, agent: "anna",
			steps: []string{"queued: request", "offered: offer", "agent: first to accept", "wrap_up: completed", "completed: completed"},
			reads: []string{
				"system: Nobody is here.", "bot: I try again when somebody is there.", "system: One moment, please.",
				"system: Anna is here.", "anna: Here I am.", "system: Good-bye.",
			},
			told: []string{
				"conversation.started", "handoff.failed", "handoff.queued", "handoff.accepted", "handoff.ended", "handoff.completed",
				"conversation.ended",
			},
		})
	})
}
