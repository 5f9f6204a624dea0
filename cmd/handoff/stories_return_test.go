package main

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// handbackPackage is what the bot gets with a chat that comes back to it: why, and what the people noted and said.
type handbackPackage struct {
	Reason, Disposition string
	Notes, Words        []string
}

// getsItBack waits until the bot has the chat back with this package.
func (b *storyBotParty) getsItBack(want handbackPackage) {
	b.life.t.Helper()
	about, data := b.isTold("handoff.ended")
	var told struct {
		Handback struct {
			Reason      string            `json:"reason"`
			Disposition string            `json:"disposition"`
			Notes       []string          `json:"notes"`
			Messages    []json.RawMessage `json:"messages"`
		} `json:"handback"`
	}
	b.life.must(json.Unmarshal(data, &told), "reading the package")
	back := told.Handback
	got := handbackPackage{Reason: back.Reason, Disposition: back.Disposition, Notes: back.Notes}
	for _, m := range back.Messages {
		got.Words = append(got.Words, wordOf(feedEvent{Data: m}))
	}
	if diff := cmp.Diff(want, got); diff != "" || about.Resume != "bot" {
		b.life.t.Errorf("resume is %q, and the package (-want +got):\n%s", about.Resume, diff)
	}
}

func TestStoryHandedBackToTheBotWithThePackage(t *testing.T) {
	inParts(t,
		part{"returned", nil, func(s *life) {
			s.customer.says("Where is the manual?")
			anna := s.goesTo("agent")
			anna.notes("wants the manual")
			anna.says("The bot has it.")
			s.customer.says("Fine.")
			anna.returnsToBot("bot_can_do_it")
			want := []string{"system: One moment, please.", "system: Anna is here.", "anna: The bot has it.", "user: Fine."}
			s.bot.getsItBack(handbackPackage{"bot_can_do_it", "solved", []string{"wants the manual"}, want})
			s.customer.says("Now, bot?")
			s.bot.hears("Now, bot?")
			s.botGoesOn()
			s.ends(ending{
				handoffs: 1, steps: []string{"queued: request", "offered: offer", "agent: first to accept", "bot: people are done"},
				reads: append(append([]string{"user: Where is the manual?"}, want...), "user: Now, bot?"),
				told: []string{
					"conversation.started", "user: Where is the manual?", "handoff.queued", "handoff.accepted", "handoff.ended",
					"handoff.completed", "user: Now, bot?",
				},
			}.then(botEnds))
		}},
		part{"at the end of the chat", nil, func(s *life) {
			anna := s.agent("anna")
			s.bot.asksForHandoff(map[string]any{"on_end": "return_to_bot"})
			s.isTakenBy(anna)
			anna.says("That is all from me.")
			anna.ends()
			want := []string{"system: One moment, please.", "system: Anna is here.", "anna: That is all from me."}
			s.bot.getsItBack(handbackPackage{"ended_by_agent", "", []string{}, want})
			s.bot.says("Back with me.") // while anna still has her after-call work
			anna.completes("solved")
			s.comesTo("bot")
			s.botGoesOn()
			s.ends(wasServed.then(ending{
				steps: []string{"wrap_up: ended", "bot: on_end"},
				reads: []string{"anna: That is all from me.", "bot: Back with me."},
				told:  []string{"handoff.ended", "handoff.completed"},
			}).then(botEnds))
		}},
	)
}

func TestStoryPingPongLimit(t *testing.T) {
	returned := ending{
		steps: []string{"bot: people are done"}, told: []string{"handoff.ended", "handoff.completed"},
	}
	refused := ending{reads: []string{"system: Not again."}, told: []string{"handoff.failed"}}
	inParts(t,
		part{"too often", policy{"limits.handoffs": 2}, func(s *life) {
			anna := s.agent("anna")
			for range 2 {
				s.isServedBy(anna)
				anna.returnsToBot("no_person_needed")
				s.bot.isTold("handoff.completed")
			}
			s.bot.asksForHandoff()
			if failed, _ := s.bot.isTold("handoff.failed"); failed.Reason != "rejected" || failed.Retryable {
				s.t.Errorf("the bot was told %+v", failed)
			}
			s.botGoesOn()
			again := wasServed
			again.told = again.told[1:]
			s.ends(wasServed.then(returned).then(again).then(returned).then(refused).then(botEnds))
		}},
		part{"too soon", policy{"limits.cool_down": "1h"}, func(s *life) {
			anna := s.goesTo("agent")
			anna.returnsToBot("no_person_needed")
			s.bot.isTold("handoff.completed")
			s.bot.asksForHandoff()
			if failed, _ := s.bot.isTold("handoff.failed"); failed.Reason != "rejected" || failed.RetryAfter < 3000 {
				s.t.Errorf("the bot was told %+v", failed)
			}
			s.botGoesOn()
			s.ends(wasServed.then(returned).then(refused).then(botEnds))
		}},
	)
}
