package main

import "testing"

func TestStoryCustomerLeavesInEachState(t *testing.T) {
	inEachStage(t, stages, nil, func(s *life, at stage) {
		anna := s.goesTo(at.state)
		s.customer.leaves()
		s.customerIsGone(at, anna, "customer_left", "customer gone", "completed")
	})
}

func TestStoryCustomerStopsFetchingInEachState(t *testing.T) {
	inEachStage(t, stages, policy{"customer_dead_after": "4s"}, func(s *life, at stage) {
		anna := s.goesTo(at.state)
		s.customer.stopsFetching()
		if at.served() {
			s.awaits("the end of the customer", func(e feedEvent, _ eventAbout) bool {
				return e.Why != nil && e.Why.Cause == "customer_dead"
			})
		}
		s.customerIsGone(at, anna, "customer_dead", "customer_dead_after", "expired")
	})
}

// customerIsGone is how it goes on in each state when the customer is gone: whoever serves still has work, and
// otherwise the chat is over. A conversation that only the bot has had ends as told.
func (l *life) customerIsGone(at stage, anna *storyPerson, because, rule, ofBot string) {
	l.t.Helper()
	over := []string{"handoff.ended", "conversation.ended"}
	switch at.state {
	case "bot":
		l.ends(at.then(ending{
			state: ofBot, because: because, steps: []string{ofBot + ": " + rule}, told: []string{"conversation.ended"},
		}))
	case "queued", "offered":
		l.ends(at.then(ending{state: "abandoned", because: because, steps: []string{"abandoned: " + rule}, told: over}))
	case "wrap_up":
		anna.completes("solved")
		l.ends(at.then(wasCompleted).then(ending{state: "completed", because: because}))
	default:
		anna.completes("solved")
		l.ends(at.then(ending{steps: []string{"wrap_up: " + rule}, told: []string{"handoff.ended"}}).
			then(wasCompleted).then(ending{state: "completed", because: because}))
	}
}

func TestStoryIdleWithWarning(t *testing.T) {
	inParts(t,
		part{"the bot's", policy{"deadlines.bot": "1s"}, func(s *life) {
			s.ends(ending{
				state: "expired", because: "idle_timed_out", steps: []string{"expired: deadlines.bot"},
				told: []string{"conversation.started", "conversation.ended"},
			})
		}},
		part{"with a person", policy{"deadlines.agent": "5s", "warnings.agent": "1s"}, func(s *life) {
			anna := s.goesTo("agent")
			s.customer.reads("Are you still there?")
			s.customer.says("Yes, I am.")
			s.customer.reads("Are you still there?")
			s.comesTo("wrap_up")
			anna.completes("follow_up")
			s.ends(wasServed.then(ending{
				steps: []string{"wrap_up: deadlines.agent"},
				reads: []string{
					"system: Are you still there?", "user: Yes, I am.", "system: Are you still there?",
					"system: Good-bye.",
				},
				told: []string{"handoff.ended"},
			}).then(wasCompleted).then(ending{state: "completed", because: "idle_timed_out"}))
		}},
		part{"with several people", policy{"deadlines.conference": "2s", "warnings.conference": "1s"}, func(s *life) {
			anna := s.goesTo("conference")
			s.customer.reads("Are you still there?")
			s.comesTo("wrap_up")
			anna.completes("follow_up")
			s.ends(wasServed.then(ending{
				steps: []string{"conference: invitation", "wrap_up: deadlines.conference"},
				reads: []string{"system: Are you still there?", "system: Good-bye."},
				told:  []string{"handoff.ended"},
			}).then(wasCompleted).then(ending{state: "completed", because: "idle_timed_out"}))
		}},
	)
}
