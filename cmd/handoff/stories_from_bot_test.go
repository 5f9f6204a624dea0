package main

import (
	"testing"

	"handoff/orchestrator"
)

// wasTaken is what has happened when somebody has taken the chat from the bot: asked for and accepted in one step, and told once.
func wasTaken(by, name string) ending {
	return ending{
		handoffs: 1, agent: by, steps: []string{"queued: supervisor takes", "agent: supervisor takes"},
		reads: []string{"user: Can I pay later?", "system: " + name + " is here."},
		told:  []string{"conversation.started", "user: Can I pay later?", "handoff.accepted"},
	}
}

// asksTheBot is a customer with a question that the bot has heard.
func (l *life) asksTheBot() {
	l.t.Helper()
	l.customer.says("Can I pay later?")
	l.bot.hears("Can I pay later?")
}

func TestStorySupervisorHelpsACustomerWhomTheBotHas(t *testing.T) {
	inParts(t,
		part{"takes her, with nobody else there", nil, func(s *life) {
			anna := s.person("anna")
			s.asksTheBot()
			anna.mayNot("take", map[string]any{}, orchestrator.CodeNotAllowed)
			s.sam.does("take", map[string]any{})
			s.bot.isRefused("As I was saying")
			s.bot.isTold("handoff.accepted")
			s.bot.isRefused("Where was I")
			s.customer.reads("Sam is here.")
			s.sam.says("Yes, you can.")
			s.customer.reads("Yes, you can.")
			s.sam.completes("solved")
			s.ends(wasTaken("sam", "Sam").then(ending{
				reads: []string{"sam: Yes, you can.", "system: Good-bye."}, told: []string{"handoff.ended"},
			}).then(wasCompletedLive))
		}},
		part{"sends her to a person", nil, func(s *life) {
			s.agent("anna")
			ben := s.agent("ben")
			s.asksTheBot()
			s.sam.does("transfer", map[string]any{"to": map[string]any{"agent": "ben"}, "note": "asks about credit"})
			s.bot.isRefused("As I was saying")
			s.isTakenBy(ben)
			ben.completes("solved")
			s.ends(wasSent.then(ending{
				agent: "ben", steps: []string{"offered: offer", "agent: first to accept"},
				reads: []string{"system: Ben is here.", "system: Good-bye."},
				told:  []string{"handoff.accepted", "handoff.ended"},
			}).then(wasCompletedLive))
		}},
		part{"sends her to a queue", nil, func(s *life) {
			s.agent("anna", "general")
			cleo := s.agent("cleo", "billing")
			s.asksTheBot()
			s.sam.transfersToQueue("billing")
			s.isTakenBy(cleo)
			cleo.returnsToBot("bot_can_do_it")
			s.bot.isTold("handoff.completed")
			s.botGoesOn()
			s.ends(wasSent.then(ending{
				steps: []string{"offered: offer", "agent: first to accept", "bot: people are done"},
				reads: []string{"system: Cleo is here."},
				told:  []string{"handoff.accepted", "handoff.ended", "handoff.completed"},
			}).then(botEnds))
		}},
	)
}

// wasSent is what has happened when a supervisor has sent the chat of the bot's on.
var wasSent = ending{
	handoffs: 1, steps: []string{"queued: request"},
	reads: []string{"user: Can I pay later?", "system: One moment, please."},
	told:  []string{"conversation.started", "user: Can I pay later?", "handoff.queued"},
}
