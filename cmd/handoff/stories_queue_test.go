package main

import (
	"testing"

	"handoff/orchestrator"
)

func TestStoryQueueTimeOutWithOverflowThenBackToTheBot(t *testing.T) {
	inOnePart(t, policy{
		"deadlines.queued": "4s",
		"overflow":         []map[string]any{{"after": "2s", "to": map[string]any{"queue": "billing"}}},
	}, func(s *life) {
		anna := s.agent("anna", "general")
		s.bot.asksForHandoff()
		anna.rung()
		s.customer.says("Anybody?")
		s.isQueuedAgain("overflowed") // and nobody answers for billing
		anna.mayNot("decline", map[string]any{}, orchestrator.CodeStateConflict)
		failed, _ := s.bot.isTold("handoff.failed")
		if failed.Reason != "queue_timeout" || !failed.Retryable || failed.RetryAfter <= 0 {
			s.t.Errorf("the bot was told %+v", failed)
		}
		s.botGoesOn()
		s.ends(wasRung.then(ending{
			steps: []string{"queued: overflow[0]", "bot: on_queue_timeout"},
			reads: []string{"user: Anybody?", "system: Nobody is free."},
			told:  []string{"handoff.queued", "user: Anybody?", "handoff.failed"},
		}).then(botEnds))
	})
}

func TestStoryOnlyAgentDeclinesAndTheOthersRingFirst(t *testing.T) {
	inOnePart(t, policy{"offer_again_after": "1s"}, func(s *life) {
		anna := s.goesTo("queued")
		anna.isFree() // and has one seat
		anna.rung()
		for _, external := range []string{"second", "third"} {
			anna.sides = append(anna.sides, orchestrator.ConversationID(s.somebodyElseAsks(external)))
		}
		anna.declines()
		s.isToldOf("conversation.declined")
		others := anna.sides[1:] // behind the chat that kept her busy
		for _, id := range others {
			s.ringsElsewhere(string(id))
			s.must(anna.posts("/v1/conversations/"+string(id)+"/decline", map[string]any{}), "anna declines %s", id)
		}
		again := s.awaits("the next ring at anna", func(e feedEvent, _ eventAbout) bool { return e.Type == "conversation.offered" })
		for _, id := range others {
			if rang := s.ringsElsewhere(string(id)); !rang.Timestamp.Before(again.Timestamp) {
				s.t.Errorf("%s rang at %s, the chat that was declined rang again at %s", id, rang.Timestamp, again.Timestamp)
			}
		}
		anna.accepts()
		s.bot.isTold("handoff.accepted")
		for _, external := range []string{"second", "third"} {
			_, err := s.bot.client.Cancel(s.ctx, external, "user_changed_mind")
			s.must(err, "%s gives up", external)
		}
		anna.completes("solved")
		s.ends(wasRung.then(ending{
			agent: "anna", steps: []string{"queued: offer", "offered: offer", "agent: first to accept"},
			reads: []string{"system: Anna is here.", "system: Good-bye."}, told: []string{"handoff.accepted", "handoff.ended"},
		}).then(wasCompletedLive))
	})
}

func TestStoryDeclinedExpiredOfferedToTheNext(t *testing.T) {
	inOnePart(t, policy{"deadlines.offered": "3s"}, func(s *life) {
		anna, ben, cleo := s.agent("anna"), s.agent("ben"), s.agent("cleo")
		s.bot.asksForHandoff()
		anna.rung()
		ben.mayNot("accept", map[string]any{}, orchestrator.CodeStateConflict)
		anna.declines()
		ben.rung()
		s.isToldOf("conversation.offer_expired")
		cleo.rung()
		cleo.accepts()
		anna.mayNot("accept", map[string]any{}, orchestrator.CodeStateConflict)
		cleo.says("At last.")
		cleo.completes("solved")
		s.ends(wasQueued.then(ending{
			agent: "cleo",
			steps: []string{
				"offered: offer", "queued: offer", "offered: offer", "queued: offer", "offered: offer",
				"agent: first to accept",
			},
			reads: []string{"system: Cleo is here.", "cleo: At last.", "system: Good-bye."},
			told:  []string{"handoff.accepted", "handoff.ended"},
		}).then(wasCompletedLive))
	})
}
