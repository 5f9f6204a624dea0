package main

import (
	"net/http"
	"testing"

	"handoff/orchestrator"
)

func TestStoryTransferToAPersonRefusedThenTakenThenToAQueue(t *testing.T) {
	inOnePart(t, nil, func(s *life) {
		anna, cleo := s.agent("anna", "general"), s.agent("cleo", "billing")
		s.isServedBy(anna)
		ben := s.agent("ben", "general")
		anna.transfersTo(ben)
		ben.rung()
		anna.says("I still have you.")
		ben.declinesTransfer()
		s.isToldOf("conversation.transfer_failed")
		anna.transfersTo(ben)
		ben.rung()
		ben.acceptsTransfer()
		anna.mayNot("messages", map[string]any{"text": "And another thing"}, orchestrator.CodeNotInControl)
		s.bot.isTold("handoff.transferred")
		ben.says("Billing knows that.")
		ben.transfersToQueue("billing")
		s.customer.says("I wait.")
		s.isTakenBy(cleo)
		cleo.says("It is settled.")
		cleo.ends()
		cleo.completes("follow_up")
		s.ends(wasServed.then(ending{
			agent: "cleo",
			steps: []string{
				"transferring: kept until somebody else has it", "agent: kept until somebody else has it",
				"transferring: kept until somebody else has it", "agent: first to accept",
				"queued: place by first wait", "offered: offer", "agent: first to accept", "wrap_up: ended",
			},
			reads: []string{
				"anna: I still have you.", "system: Ben is here.", "ben: Billing knows that.", "system: You keep your place.",
				"user: I wait.", "system: Cleo is here.", "cleo: It is settled.", "system: Good-bye.",
			},
			told: []string{"handoff.transferred", "handoff.transferred", "handoff.accepted", "handoff.ended"},
		}).then(wasCompleted))
	})
}

func TestStoryConferenceAndLeave(t *testing.T) {
	inOnePart(t, nil, func(s *life) {
		anna := s.goesTo("agent")
		ben, cleo := s.agent("ben"), s.agent("cleo")
		anna.invites(cleo)
		cleo.rung()
		cleo.declines()
		s.isToldOf("conversation.agent_left")
		anna.invites(ben)
		ben.rung()
		ben.mayNot("messages", map[string]any{"text": "not yet"}, orchestrator.CodeNotInControl)
		ben.accepts()
		s.comesTo("conference")
		ben.says("It fits the old socket.")
		s.customer.says("Thank you both.")
		anna.leaves()
		s.bot.isTold("handoff.transferred")
		anna.mayNot("messages", map[string]any{"text": "I forgot"}, orchestrator.CodeNotInControl)
		ben.says("Anything else?")
		ben.ends()
		ben.completes("solved")
		s.ends(wasServed.then(ending{
			agent: "ben", steps: []string{"conference: invitation", "agent: who stays owns it", "wrap_up: ended"},
			reads: []string{
				"ben: It fits the old socket.", "user: Thank you both.", "ben: Anything else?", "system: Good-bye.",
			},
			told: []string{"handoff.transferred", "handoff.ended"},
		}).then(wasCompleted))
	})
}

func TestStoryAgentVanishes(t *testing.T) {
	soon := policy{"agent_gone_after": "3s"}
	inParts(t,
		part{"while it rings", soon, func(s *life) {
			anna, ben := s.agent("anna"), s.agent("ben")
			stops := anna.keepsBeating()
			ben.keepsBeating()
			s.bot.asksForHandoff()
			anna.rung()
			stops()
			s.isTakenBy(ben)
			ben.completes("solved")
			s.ends(wasRung.then(ending{
				agent: "ben",
				steps: []string{"queued: agent_gone_after", "offered: offer", "agent: first to accept"},
				reads: []string{"system: Ben is here.", "system: Good-bye."},
				told:  []string{"handoff.accepted", "handoff.ended"},
			}).then(wasCompletedLive))
		}},
		part{"while she serves", soon, func(s *life) {
			anna, ben := s.agent("anna"), s.agent("ben")
			stops := anna.keepsBeating()
			ben.keepsBeating()
			s.isServedBy(anna)
			stops()
			s.isToldOf("conversation.agent_gone")
			s.customer.says("Hello?")
			s.isTakenBy(ben)
			ben.says("I am sorry about that.")
			ben.completes("solved")
			s.ends(wasServed.then(ending{
				agent: "ben",
				steps: []string{"queued: place by first wait", "offered: offer", "agent: first to accept"},
				reads: []string{
					"system: You keep your place.", "user: Hello?", "system: Ben is here.", "ben: I am sorry about that.",
					"system: Good-bye.",
				},
				told: []string{"handoff.queued", "handoff.accepted", "handoff.ended"},
			}).then(wasCompletedLive))
		}},
		part{"in wrap-up", soon, func(s *life) {
			anna := s.agent("anna")
			stops := anna.keepsBeating()
			s.isServedBy(anna)
			anna.ends()
			stops()
			s.ends(wasEnded.then(ending{
				state: "completed", because: "wrap_up_timed_out", steps: []string{"completed: agent_gone_after"},
				told: []string{"handoff.completed", "conversation.ended"},
			}))
		}},
	)
}

// signsOut ends the person's session on one device.
func (p *storyPerson) signsOut() {
	p.life.t.Helper()
	p.life.must(p.client.call(p.life.ctx, http.MethodDelete, "/v1/login", nil, nil), "%s signs out", p.name)
}

// showsPresence looks at what a device of the person shows.
func (p *storyPerson) showsPresence(want string) {
	p.life.t.Helper()
	var shown struct{ State string }
	p.life.must(p.client.call(p.life.ctx, http.MethodGet, "/v1/me/presence", nil, &shown), "looking at the presence of %s", p.name)
	if shown.State != want {
		p.life.t.Errorf("%s is shown as %s, want %s", p.name, shown.State, want)
	}
}

func TestStoryAgentWithTwoDevicesSignsOutOfOneAndThenOfTheOther(t *testing.T) {
	inOnePart(t, nil, func(s *life) {
		desk, ben := s.agent("anna"), s.person("ben")
		phone := s.person("anna")
		phone.words = 100 // their ids are those of one person
		s.must(phone.present(s.ctx, map[string]any{"state": "away"}), "anna goes away on her phone")
		desk.showsPresence("away")
		desk.isThere()
		phone.showsPresence("online")
		s.isServedBy(desk)
		phone.says("I write from my phone.")
		s.customer.reads("I write from my phone.")
		phone.signsOut()
		desk.showsPresence("online")
		desk.says("And from my desk.")
		s.customer.reads("And from my desk.")
		ben.isThere()
		desk.signsOut() // of the last device: nobody keeps a chat who is not there
		s.isToldOf("conversation.agent_gone")
		s.isTakenBy(ben)
		ben.completes("solved")
		s.ends(wasServed.then(ending{
			agent: "ben", steps: []string{"queued: place by first wait", "offered: offer", "agent: first to accept"},
			reads: []string{
				"anna: I write from my phone.", "anna: And from my desk.", "system: You keep your place.", "system: Ben is here.",
				"system: Good-bye.",
			},
			told: []string{"handoff.queued", "handoff.accepted", "handoff.ended"},
		}).then(wasCompletedLive))
	})
}
