package main

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// handbackPackage is what the bot gets back with a chat.
type handbackPackage struct {
	Resume   string `json:"resume"`
	Handback struct {
		Reason      string            `json:"reason"`
		Disposition string            `json:"disposition"`
		Notes       []string          `json:"notes"`
		Messages    []json.RawMessage `json:"messages"`
	} `json:"handback"`
}

// getsItBack waits until the bot has the chat back, and answers what the people said, and noted.
func (b *storyBotParty) getsItBack() (got handbackPackage, words []string) {
	b.life.t.Helper()
	_, data := b.isTold("handoff.ended")
	b.life.must(json.Unmarshal(data, &got), "reading the package")
	for _, m := range got.Handback.Messages {
		words = append(words, wordOf(feedEvent{Data: m}))
	}
	if got.Resume != "bot" {
		b.life.t.Errorf("resume is %q: %s", got.Resume, data)
	}
	return got, words
}

func TestStoryHandedBackToTheBotWithThePackage(t *testing.T) {
	inParts(t,
		part{"returned", func(t *testing.T) {
			s := newLife(t, nil)
			s.customer.says("Where is the manual?")
			anna := s.goesTo("agent")
			anna.notes("wants the manual")
			anna.says("The bot has it.")
			s.customer.says("Fine.")
			anna.returnsToBot("bot_can_do_it")
			got, words := s.bot.getsItBack()
			want := []string{"system: One moment, please.", "system: Anna is here.", "anna: The bot has it.", "user: Fine."}
			if diff := cmp.Diff(want, words); diff != "" {
				t.Errorf("the package's words (-want +got):\n%s", diff)
			}
			if h := got.Handback; h.Reason != "bot_can_do_it" || h.Disposition != "solved" || !cmp.Equal(h.Notes, []string{"wants the manual"}) {
				t.Errorf("the package is %+v", h)
			}
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
		part{"at the end of the chat", func(t *testing.T) {
			s := newLife(t, nil)
			anna := s.agent("anna")
			s.bot.asksForHandoff(map[string]any{"on_end": "return_to_bot"})
			s.isTakenBy(anna)
			anna.says("That is all from me.")
			anna.ends()
			_, words := s.bot.getsItBack()
			if want := []string{"system: One moment, please.", "system: Anna is here.", "anna: That is all from me."}; !cmp.Equal(want, words) {
				t.Errorf("the package's words are %q", words)
			}
			s.bot.says("Back with me.") // while anna still has her after-call work
			anna.completes("solved")
			s.comesTo("bot")
			s.botGoesOn()
			s.ends(wasServed.then(ending{
				steps: []string{"wrap_up: ended", "bot: on_end"}, reads: []string{"anna: That is all from me.", "bot: Back with me."},
				told: []string{"handoff.ended", "handoff.completed"},
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
		part{"too often", func(t *testing.T) {
			s := newLife(t, policy{"limits.handoffs": 2})
			anna := s.agent("anna")
			for range 2 {
				s.isServedBy(anna)
				anna.returnsToBot("no_person_needed")
				s.bot.isTold("handoff.completed")
			}
			s.bot.asksForHandoff()
			if failed, _ := s.bot.isTold("handoff.failed"); failed.Reason != "rejected" || failed.Retryable {
				t.Errorf("the bot was told %+v", failed)
			}
			s.botGoesOn()
			again := wasServed
			again.told = again.told[1:]
			s.ends(wasServed.then(returned).then(again).then(returned).then(refused).then(botEnds))
		}},
		part{"too soon", func(t *testing.T) {
			s := newLife(t, policy{"limits.cool_down": "1h"})
			anna := s.goesTo("agent")
			anna.returnsToBot("no_person_needed")
			s.bot.isTold("handoff.completed")
			s.bot.asksForHandoff()
			if failed, _ := s.bot.isTold("handoff.failed"); failed.Reason != "rejected" || !failed.Retryable || failed.RetryAfter < 3000 {
				t.Errorf("the bot was told %+v", failed)
			}
			s.botGoesOn()
			s.ends(wasServed.then(returned).then(refused).then(botEnds))
		}},
	)
}
