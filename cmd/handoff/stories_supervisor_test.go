package main

import (
	"testing"

	"handoff/orchestrator"
)

func TestStorySupervisor(t *testing.T) {
	inParts(t,
		part{"requeues, takes and ends", nil, func(s *life) {
			anna := s.goesTo("agent")
			ben := s.agent("ben")
			s.sam.does("requeue", map[string]any{"reason": "anna goes home"})
			anna.mayNot("messages", map[string]any{"text": "Wait"}, orchestrator.CodeNotInControl)
			ben.rung() // not anna: she just had it
			s.sam.does("take", map[string]any{})
			s.bot.isTold("handoff.accepted")
			ben.mayNot("accept", map[string]any{}, orchestrator.CodeStateConflict)
			s.sam.says("I look after you myself.")
			s.sam.ends()
			s.sam.completes("solved")
			s.ends(wasServed.then(ending{
				agent: "sam",
				steps: []string{
					"queued: place by first wait", "offered: offer", "agent: supervisor takes", "wrap_up: ended",
				},
				reads: []string{
					"system: You keep your place.", "system: Sam is here.", "sam: I look after you myself.",
					"system: Good-bye.",
				},
				told: []string{"handoff.queued", "handoff.accepted", "handoff.ended"},
			}).then(wasCompleted))
		}},
		part{"takes over", nil, func(s *life) {
			anna := s.goesTo("agent")
			s.sam.mayNot("messages", map[string]any{"text": "Listen"}, orchestrator.CodeNotInControl)
			s.sam.does("take", map[string]any{})
			s.bot.isTold("handoff.transferred")
			anna.mayNot("messages", map[string]any{"text": "Wait"}, orchestrator.CodeNotInControl)
			s.sam.says("My turn.")
			s.sam.completes("solved")
			s.ends(wasServed.then(ending{
				agent: "sam",
				steps: []string{"transferring: supervisor takes", "agent: first to accept"},
				reads: []string{"system: Sam is here.", "sam: My turn.", "system: Good-bye."},
				told:  []string{"handoff.transferred", "handoff.ended"},
			}).then(wasCompletedLive))
		}},
		part{"ends what waits", nil, func(s *life) {
			s.goesTo("queued")
			s.sam.ends()
			s.ends(wasQueued.then(ending{
				state: "abandoned", because: "ended_by_supervisor", steps: []string{"abandoned: ended"},
				reads: []string{"system: Try again later."}, told: []string{"handoff.failed", "conversation.ended"},
			}))
		}},
	)
}
