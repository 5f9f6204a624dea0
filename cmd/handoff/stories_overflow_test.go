package main

import (
	"testing"

	"handoff/connectors/bots/native/sim"
	"handoff/connectors/simkit"
)

func TestStoryOverflowToAnotherQueueThenToAnotherDeskThenBackToTheBot(t *testing.T) {
	alone(t)
	toEitherBot(t, func(t *testing.T, by hearsBy) []sim.Mind {
		v := newVendor(t, "superoffice")
		at := installFor(t, by, policy{
			"deadlines.queued": "12s",
			"overflow": []map[string]any{
				{"after": "2s", "to": map[string]any{"queue": "billing"}},
				{"after": "3s", "to": map[string]any{"desk": v.kind, "queue": v.kind}},
			},
		}, v)
		s := v.comesOurWay(t, at, "chat-1")
		anna := s.agent("anna", "general")
		s.bot.asksForHandoff()
		anna.rung()
		s.customer.says("Anybody?")
		s.isQueuedAgain("overflowed") // and nobody answers for billing
		s.isQueuedAgain("overflowed")
		s.reachesPeople() // who do not answer either
		failed, _ := s.bot.isTold("handoff.failed")
		if failed.Reason != "queue_timeout" || !failed.Retryable || failed.RetryAfter <= 0 {
			t.Errorf("the bot was told %+v", failed)
		}
		s.is(simkit.ChatEnded)
		s.botGoesOn()
		s.endsWith(wasRung.then(ending{
			steps: []string{"queued: overflow[0]", "queued: overflow[1]", "bot: on_queue_timeout"},
			reads: []string{"user: Anybody?", "system: Nobody is free."},
			told:  []string{"handoff.queued", "handoff.queued", "user: Anybody?", "handoff.failed"},
		}).then(botEnds))
		return []sim.Mind{s.bot.knows()}
	})
}

func TestStoryNobodyAtAnyDeskOfTheChainThenSomebodyAtTheOther(t *testing.T) {
	alone(t)
	toEitherBot(t, func(t *testing.T, by hearsBy) []sim.Mind {
		v := newVendor(t, "superoffice")
		there := func(ready bool) {
			for _, who := range []string{"anna", "bob", "carol"} {
				if err := v.stage.SetPresence(who, ready); err != nil {
					t.Fatal(err)
				}
			}
		}
		at := installFor(t, by, policy{
			"deadlines.wrap_up": "1s", "wrap_up.required": false,
			"overflow": []map[string]any{{"after": "30m", "to": map[string]any{"desk": v.kind, "queue": v.kind}}},
		}, v)
		s := v.comesOurWay(t, at, "chat-1")
		there(false)
		s.bot.asksForHandoff()
		failed, _ := s.bot.isTold("handoff.failed")
		if failed.Reason != "no_agents_online" || !failed.Retryable || failed.RetryAfter <= 0 {
			t.Errorf("the bot was told %+v", failed)
		}
		there(true)
		anna, _ := s.staff()
		s.isHandedTo(anna) // nobody is at the house: the other desk is asked at once
		s.theySay(anna, "Good day!")
		s.theyEnd(anna)
		s.endsWith(ending{told: []string{"conversation.started", "handoff.failed"}, reads: []string{"system: Nobody is here."}}.then(ending{
			handoffs: 1, steps: []string{"queued: nobody online", "agent: first to accept"},
			reads: []string{"system: One moment, please."}, told: []string{"handoff.queued", "handoff.accepted"},
		}).then(anna.greeted(anna.id+": Good day!")).then(endedThere), "agent: Good day!")
		return []sim.Mind{s.bot.knows()}
	})
}
