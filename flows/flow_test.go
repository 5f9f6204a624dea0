package flows

import (
	"testing"
	"time"

	"handoff/orchestrator"
)

// The world of the tests: a house desk whose people read the timeline, and a vendor's desk that must be told
// everything.
var testWorld = World{
	Desks: map[orchestrator.ConnectorName]orchestrator.Manifest{
		"house": {
			Kind: "house", ReadsTimeline: true, TypingIn: true, TypingOut: true, Accept: true, TransferAgent: true,
			TransferQueue: true, Conference: true, WrapUpSeen: true, Complete: true, Availability: true,
		},
		// A vendor that can do little, and one that can do everything; both must be told every word.
		"vendor": {Kind: "vendor", TypingOut: true, TransferAgent: true},
		"relay": {
			Kind: "relay", TypingOut: true, Accept: true, TransferAgent: true, TransferQueue: true, Conference: true,
			Complete: true, TakeBack: true,
		},
	},
	Bots: map[orchestrator.ConnectorName]bool{"shop": true, "mute": false},
	Queues: map[orchestrator.QueueName]QueueInfo{
		"general": {Desk: "house"}, "billing": {Desk: "house",
			Priority: 9}, "backup": {Desk: "house"}, "chat": {Desk: "vendor"}, "line": {Desk: "relay"},
	},
	Agents: map[orchestrator.AgentID]orchestrator.Agent{
		"anna": {ID: "anna", Name: "Anna"}, "ben": {ID: "ben", Name: "Ben"}, "carl": {ID: "carl", Name: "Carl"},
		"sue": {ID: "sue", Name: "Sue"},
	},
}

const fullPolicy = `
desk: house
queue: general
deadlines: {bot: 30m, queued: 5m, offered: 60s, agent: 10m, conference: 10m, transferring: 60s, wrap_up: 2m}
warnings: {agent: 8m}
customer_dead_after: 90s
agent_gone_after: 45s
on_queue_timeout: bot
on_desk_failed: bot
overflow: [{after: 120s, to: {desk: house, queue: backup}}]
limits: {handoffs: 3, cool_down: 30s}
wrap_up: {required: true, dispositions: [solved, follow_up, spam]}
texts:
  en: {queued: "You are number {position}.", accepted: "{agent} is here."}
  de: {accepted: "{agent} ist da."}
`

func testFlow(t testing.TB, policy string) *Flow {
	t.Helper()
	p, err := ParsePolicyYAML("flows.default", []byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	f, err := New("default", p, testWorld)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// noon is a Monday at twelve in Oslo.
var noon = orchestrator.MomentOf(time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC))
