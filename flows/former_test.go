package flows

import (
	"fmt"
	"testing"

	"handoff/orchestrator"
)

func TestConversationRemembersTheLastWhomItConcerned(t *testing.T) {
	s := bring(t, testFlow(t, fullPolicy), "bot", queued, "")
	const people = orchestrator.MaxFormer + 3
	var want []orchestrator.AgentID
	for i := range people {
		id := fmt.Sprintf("p%d", i)
		s.take(event(accepted, anAgent(id)))
		s.take(event(requeued, aSupervisor))
		want = append([]orchestrator.AgentID{orchestrator.AgentID(id)}, want...)
	}
	same(t, "former", want[:orchestrator.MaxFormer], s.c.Former)
	rejected(t, s, event(chatEnded, anAgent(string(want[0]))), orchestrator.CodeNotInControl,
		"p10 does not serve this conversation any more; nobody controls: the customer waits")
	rejected(t, s, event(chatEnded, anAgent("p0")), orchestrator.CodeStateConflict, "chat_ended cannot happen in state queued")
	s.take(event(accepted, anAgent("p5")))
	s.take(event(requeued, aSupervisor))
	same(t, "newest", "p5", string(s.c.Former[0]))
	same(t, "remembered", orchestrator.MaxFormer, len(s.c.Former))
}
