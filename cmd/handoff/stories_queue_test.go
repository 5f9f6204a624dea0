package main

import (
	"testing"

	"handoff/orchestrator"
)

func TestStoryQueueTimeOutWithOverflowThenBackToTheBot(t *testing.T) {
	alone(t)
	s := newLife(t, policy{
		"deadlines.queued": "4s",
		"overflow":         []map[string]any{{"after": "2s", "to": map[string]any{"queue": "billing"}}},
	})
	anna := s.agent("anna", "general")
	s.bot.asksForHandoff()
	anna.rung()
	s.customer.says("Anybody?")
	s.isQueuedAgain("overflowed") // and nobody answers for billing
	anna.mayNot("decline", map[string]any{}, orchestrator.CodeStateConflict)
	failed, _ := s.bot.isTold("handoff.failed")
	if failed.Reason != "queue_timeout" || !failed.Retryable || failed.RetryAfter <= 0 {
		t.Errorf("the bot was told %+v", failed)
	}
	s.botGoesOn()
	s.ends(wasRung.then(ending{
		steps: []string{"queued: overflow[0]", "bot: on_queue_timeout"},
		reads: []string{"user: Anybody?", "system: Nobody is free."},
		told:  []string{"handoff.queued", "user: Anybody?", "handoff.failed"},
	}).then(botEnds))
}

func TestStoryDeclinedExpiredOfferedToTheNext(t *testing.T) {
	alone(t)
	s := newLife(t, policy{"deadlines.offered": "3s"})
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
}
