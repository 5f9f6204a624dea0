package superoffice

import (
	"context"
	"maps"
	"slices"

	"handoff/orchestrator"
)

// agentSeat answers as the chatbot of some topics.
type agentSeat struct {
	*base
	topics map[number]bool
}

// maxNotOurs is how many sessions of others are remembered as such before all are looked at anew.
const maxNotOurs = 10000

func (s *agentSeat) topicsNow() []number { return slices.Sorted(maps.Keys(s.topics)) }

func (s *agentSeat) concerns(_ context.Context, ref string, h *hook) (bool, error) {
	if topic := h.topic(); topic != 0 && !s.topics[topic] {
		return false, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.notOurs[ref], nil
}

// noteNotOurs notes that a session is none of ours.
func (s *agentSeat) noteNotOurs(ref string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.notOurs) >= maxNotOurs {
		clear(s.notOurs)
	}
	s.notOurs[ref] = true
}

func (s *agentSeat) address(r *reading, ev *orchestrator.Event) {
	s.OfChat(s.config.Bot, r.ref, ev)
}
