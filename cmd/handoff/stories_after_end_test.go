package main

import "testing"

// mustSayHowItEnded tries to complete without one of the outcomes of the policy.
func (p *storyPerson) mustSayHowItEnded() {
	p.life.t.Helper()
	p.mayNot("complete", map[string]any{}, "validation")
	p.mayNot("complete", map[string]any{"disposition": "bored"}, "validation")
}

// saysMore is a customer who goes on although the chat has ended.
func (c *storyCustomer) saysMore() {
	c.life.t.Helper()
	c.says("One more thing.")
	c.reads("One more thing.")
}

var saidMore = ending{reads: []string{"user: One more thing."}}

func TestStoryCustomerSaysMoreAfterTheEnd(t *testing.T) {
	inParts(t,
		part{"keep: the person in wrap-up reads it, and no answer is needed", nil, func(s *life) {
			anna := s.goesTo("wrap_up")
			anna.mustSayHowItEnded()
			for range 3 { // whatever she writes, the form stays
				s.customer.saysMore()
				anna.mustSayHowItEnded()
			}
			anna.completes("solved")
			s.ends(wasEnded.then(saidMore).then(saidMore).then(saidMore).then(wasCompleted))
		}},
		part{"keep: the person goes on with her", nil, func(s *life) {
			anna := s.goesTo("wrap_up")
			ben := s.agent("ben")
			s.customer.saysMore()
			ben.mayNot("reopen", map[string]any{}, "unknown-conversation")
			anna.does("reopen", map[string]any{})
			if again, _ := s.bot.isTold("handoff.accepted"); again.Reason != "reopened" || again.Agent.ID != "anna" {
				s.t.Errorf("the bot was told %+v", again)
			}
			anna.says("Of course.")
			s.customer.reads("Of course.")
			anna.ends()
			anna.mustSayHowItEnded()
			anna.completes("solved")
			s.ends(wasEnded.then(saidMore).then(ending{
				steps: []string{"agent: on_word_after_end", "wrap_up: ended"},
				reads: []string{"anna: Of course.", "system: Good-bye."},
				told:  []string{"handoff.accepted", "handoff.ended"},
			}).then(wasCompleted))
		}},
		part{"keep: nobody answers in time", policy{"deadlines.wrap_up": "4s"}, func(s *life) {
			anna := s.goesTo("wrap_up")
			s.customer.saysMore()
			s.isTakenBy(anna) // she does not stay alone
			anna.says("I am back.")
			anna.completes("solved")
			s.ends(wasEnded.then(saidMore).then(wasBack).then(ending{
				reads: []string{"anna: I am back.", "system: Good-bye."}, told: []string{"handoff.ended"},
			}).then(wasCompletedLive))
		}},
		part{"bot: the bot goes on", policy{"on_word_after_end": "bot"}, func(s *life) {
			anna := s.goesTo("wrap_up")
			s.customer.saysMore()
			s.bot.hears("One more thing.")
			s.bot.says("Gladly.")
			s.customer.reads("Gladly.")
			anna.mayNot("messages", map[string]any{"text": "I too"}, "not-in-control")
			s.botGoesOn()
			s.ends(wasEnded.then(saidMore).then(ending{
				steps: []string{"bot: on_word_after_end"}, reads: []string{"bot: Gladly."},
				told: []string{"handoff.ended", "handoff.completed", "user: One more thing."}, // ended: the bot goes on, after all
			}).then(botEnds))
		}},
		part{"queue: she waits for the same person", policy{"on_word_after_end": "queue"}, func(s *life) {
			anna := s.goesTo("wrap_up")
			s.agent("ben")
			s.customer.saysMore()
			s.isTakenBy(anna) // although ben is free, too
			anna.says("Of course.")
			anna.ends()
			anna.mustSayHowItEnded()
			anna.completes("solved")
			s.ends(wasEnded.then(saidMore).then(wasBack).then(ending{
				steps: []string{"wrap_up: ended"}, reads: []string{"anna: Of course.", "system: Good-bye."},
				told: []string{"handoff.ended"},
			}).then(wasCompleted))
		}},
	)
}

// wasBack is what follows when the customer waits again, and has the same person again.
var wasBack = ending{
	handoffs: 1, steps: []string{"queued: customer is back", "offered: offer", "agent: first to accept"},
	reads: []string{"system: One moment, please.", "system: Anna is here."},
	told:  []string{"handoff.completed", "handoff.queued", "handoff.accepted"},
}
