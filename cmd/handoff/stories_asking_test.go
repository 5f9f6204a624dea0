package main

import (
	"net/http"
	"testing"
)

// askedAnswer is what the customer is told when she asks for a person.
type askedAnswer struct {
	State   string `json:"state"`
	Failure *struct {
		Reason     string `json:"reason"`
		Retryable  bool   `json:"retryable"`
		RetryAfter int64  `json:"retry_after_seconds"`
	} `json:"failure"`
}

// asks is the customer pressing "Talk to a person".
func (c *storyCustomer) asks() (told askedAnswer) {
	c.life.t.Helper()
	body := map[string]any{"reason": "I want a person"}
	c.life.must(c.client.call(c.life.ctx, http.MethodPost, c.life.path("/handoff"), body, &told), "the customer asks for a person")
	return told
}

// asksAndWaits asks where somebody is there.
func (c *storyCustomer) asksAndWaits() {
	c.life.t.Helper()
	if told := c.asks(); told.State != "queued" && told.State != "offered" || told.Failure != nil {
		c.life.t.Errorf("she asked and was told %+v", told)
	}
}

// asksInVain asks where nobody is there: she is told why, and reads it.
func (c *storyCustomer) asksInVain() {
	c.life.t.Helper()
	told := c.asks()
	if told.State != "bot" || told.Failure == nil || told.Failure.Reason != "no_agents_online" || !told.Failure.Retryable ||
		told.Failure.RetryAfter <= 0 {
		c.life.t.Errorf("she asked and was told %+v", told)
	}
	c.reads("Nobody is here.")
}

// helps is Anna serving whoever asked, from the ring to the end.
func (p *storyPerson) helps() {
	p.life.t.Helper()
	p.rung()
	p.accepts()
	if told := p.life.customer.asks(); told.State != "agent" || told.Failure != nil {
		p.life.t.Errorf("she asked again while somebody serves her and was told %+v", told)
	}
	p.says("Here I am.")
	p.life.customer.reads("Here I am.")
	p.completes("solved")
}

// wasHelped is a chat in which the customer said a word, asked for a person and got one.
func wasHelped(botWord ...string) ending {
	return ending{
		handoffs: 1, agent: "anna",
		steps: []string{"queued: request", "offered: offer", "agent: first to accept"},
		reads: append(append([]string{"user: My parcel has not come."}, botWord...),
			"system: One moment, please.", "system: Anna is here.", "anna: Here I am.", "system: Good-bye."),
		told: []string{
			"conversation.started", "user: My parcel has not come.", "handoff.queued", "handoff.accepted", "handoff.ended",
		},
	}.then(wasCompletedLive)
}

// wasLeftWithTheBot is a chat in which she asked and nobody was there.
func wasLeftWithTheBot(botWord ...string) ending {
	return ending{
		reads: append(append([]string{"user: My parcel has not come."}, botWord...), "system: Nobody is here."),
		told:  []string{"conversation.started", "user: My parcel has not come.", "handoff.failed"},
	}.then(botEnds)
}

func TestStoryCustomerAsksForAPersonWhileTheBotAnswers(t *testing.T) {
	talks := func(s *life) {
		s.customer.says("My parcel has not come.")
		s.bot.hears("My parcel has not come.")
		s.bot.says("Have you looked at the door?")
		s.customer.reads("Have you looked at the door?")
	}
	const answer = "bot: Have you looked at the door?"
	inParts(t,
		part{"somebody is there", nil, func(s *life) {
			talks(s)
			anna := s.agent("anna")
			s.customer.asksAndWaits()
			if queued, _ := s.bot.isTold("handoff.queued"); queued.Reason != "asked_by_customer" {
				s.t.Errorf("the bot was told %+v", queued)
			}
			anna.helps()
			s.ends(wasHelped(answer))
		}},
		part{"nobody is there", nil, func(s *life) {
			talks(s)
			s.customer.asksInVain()
			if failed, _ := s.bot.isTold("handoff.failed"); failed.Resume != "bot" || failed.Reason != "no_agents_online" {
				s.t.Errorf("the bot was told %+v", failed)
			}
			s.botGoesOn()
			s.ends(wasLeftWithTheBot(answer))
		}},
	)
}

func TestStoryCustomerAsksForAPersonWhileTheBotIsDead(t *testing.T) {
	inParts(t,
		part{"somebody is there", nil, func(s *life) {
			s.bot.dies()
			s.customer.says("My parcel has not come.")
			anna := s.agent("anna")
			s.customer.asksAndWaits()
			anna.helps()
			s.bot.lives()
			s.ends(wasHelped())
		}},
		part{"nobody is there", nil, func(s *life) {
			s.bot.dies()
			s.customer.says("My parcel has not come.")
			s.customer.asksInVain()
			s.bot.lives()
			s.bot.isTold("handoff.failed")
			s.botGoesOn()
			s.ends(wasLeftWithTheBot())
		}},
	)
}
