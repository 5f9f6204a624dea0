package flows

import (
	"testing"

	"handoff/orchestrator"
)

// BenchmarkDecide measures one decision: the words that make up most of a timeline, and a handoff.
func BenchmarkDecide(b *testing.B) {
	f := testFlow(b, fullPolicy)
	onWeb := bring(b, f, "web", bot, "")
	onBot := bring(b, f, "bot", bot, "")
	withAgent := bring(b, f, "bot", agent, "")
	withAgent.c.Attributes = map[string]any{"tier": "gold", "order": "4711"}
	for _, bench := range []struct {
		name string
		s    *scene
		ev   orchestrator.Event
	}{
		{"message stored only", onBot, word(aCustomer, "hi")},
		{"message to the bot", onWeb, word(aCustomer, "hi")},
		{"message to the agent", withAgent, word(aCustomer, "hi")},
		{"message from the agent", withAgent, word(anAgent("anna"), "hi")},
		{"message refused", withAgent, word(aBot, "hi")},
		{"typing", withAgent, orchestrator.Event{Type: orchestrator.EventTyping, Actor: aCustomer, Typing: true}},
		{"handoff requested", onBot, request("")},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Decide(bench.s.c, &bench.ev, bench.s.now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
