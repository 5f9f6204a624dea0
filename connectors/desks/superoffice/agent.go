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

// maxStrangers is how many sessions of others are remembered as such before all are looked at anew.
const maxStrangers = 10000

func (s *agentSeat) topicsNow() []number { return slices.Sorted(maps.Keys(s.topics)) }

func (s *agentSeat) concerns(_ context.Context, ref string, h *hook) (bool, error) {
	if topic := h.topic(); topic != 0 && !s.topics[topic] {
		return false, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.strangers[ref], nil
}

// stranger notes that a session is none of ours.
func (s *agentSeat) stranger(ref string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.strangers) >= maxStrangers {
		clear(s.strangers)
	}
	s.strangers[ref] = true
}

func (s *agentSeat) address(v *visit, ev *orchestrator.Event) {
	ev.Bot, ev.External = s.config.Bot, string(s.Name)+":"+v.ref
	ev.Channel, ev.Ref = string(s.Name), v.ref
}
