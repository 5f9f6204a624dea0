package flows

import (
	"testing"

	"handoff/orchestrator"
)

const agentsTakePolicy = fullPolicy + "agents_may_take: true\n"

// taking is somebody who takes a chat from whoever has it.
func taking(actor orchestrator.Actor) orchestrator.Event {
	ev := event(accepted, actor)
	ev.Reason = orchestrator.ReasonTaken
	return ev
}

func TestWhoAcceptsAChatThatWentToTheBotHasLostARace(t *testing.T) {
	for _, who := range []orchestrator.Actor{anAgent("anna"), anAgent("ben"), aSupervisor} {
		s := bring(t, testFlow(t, agentsTakePolicy), "web", offered, "")
		s.take(event(handoffCancelled, aCustomer))
		rejected(t, s, event(accepted, who), orchestrator.CodeStateConflict, "accepted cannot happen in state bot")
		same(t, "state", bot, s.c.State)
	}
}

func TestPeopleTakeAConversationFromTheBotInOneStep(t *testing.T) {
	for name, tc := range map[string]struct {
		policy string
		actor  orchestrator.Actor
	}{
		"a supervisor":                  {fullPolicy, aSupervisor},
		"a supervisor outside hours":    {fullPolicy + "hours: {zone: Europe/Oslo, open: {sun: \"10:00-11:00\"}}\n", aSupervisor},
		"an agent whom the policy lets": {agentsTakePolicy, anAgent("anna")},
	} {
		t.Run(name, func(t *testing.T) {
			s := bring(t, testFlow(t, tc.policy), "web", bot, "")
			epoch := s.c.Epoch
			d := s.take(taking(tc.actor))
			same(t, "steps", []string{"handoff_requested bot→queued", "accepted queued→agent"}, steps(d)[:2])
			rule := ruleTake
			if tc.actor.Role == orchestrator.ActorAgent {
				rule = ruleAgentTakes
			}
			same(t, "rule", rule, d.Entries[1].Why.Rule)
			same(t, "told", []string{"house accept", "shop handoff.accepted"}, told(d))
			same(t, "owner", tc.actor.ID, string(s.c.Owner().ID))
			same(t, "handoff", 1, s.c.Handoff)
			if s.c.Epoch <= epoch {
				t.Errorf("the epoch stays at %d", s.c.Epoch)
			}
			late := word(aBot, "late")
			late.Epoch = epoch
			rejected(t, s, event(accepted, anAgent("ben")), orchestrator.CodeStateConflict, tc.actor.ID+" serves the customer")
			if err := s.try(late); err == nil {
				t.Error("the bot still speaks")
			}
			s.replay()
		})
	}
}

func TestWhoMayNotTakeFromTheBotIsTold(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", bot, "")
	rejected(t, s, taking(anAgent("anna")), orchestrator.CodeStateConflict, "accepted cannot happen in state bot")
	rejected(t, s, about(accepted, aDesk("house"), "anna"), orchestrator.CodeStateConflict, "accepted cannot happen in state bot")
	s = bring(t, testFlow(t, vendorPolicy), "web", bot, "")
	rejected(t, s, taking(aSupervisor), orchestrator.CodeNotSupported,
		"desk vendor cannot have a chat accepted here: its people accept at the desk")
}

func TestSupervisorSendsAConversationOfTheBotsOn(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "web", bot, "")
	to := about(transferRequested, aSupervisor, "ben")
	to.Note = "asked twice"
	d := s.take(to)
	same(t, "steps", []string{"handoff_requested bot→queued"}, steps(d)[:1])
	same(t, "preferred", "ben", string(s.c.Preferred))
	same(t, "summary", "asked twice", s.c.Request.Summary)
	s.replay()

	s = bring(t, testFlow(t, fullPolicy), "web", bot, "")
	s.take(toQueue(transferredToQueue, aSupervisor, "backup"))
	same(t, "queue", "backup", string(s.c.Queue))
	s.replay()

	s = bring(t, testFlow(t, fullPolicy), "web", bot, "")
	rejected(t, s, toQueue(transferredToQueue, anAgent("anna"), "backup"), orchestrator.CodeStateConflict,
		"transferred_to_queue cannot happen in state bot")
	invalid(t, s, about(transferRequested, aSupervisor, "nobody"), "agent", `unknown agent "nobody"`)
}
