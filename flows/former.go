package flows

import (
	"slices"

	"handoff/orchestrator"
)

// displaced: a person acts on a chat that was theirs until somebody was faster, took it over or gave it away. Whatever the
// state is now, they hear who has it. A word of theirs goes its own way, because its refusal is written down; and what
// waits or rings may be theirs again.
func (s *step) displaced() bool {
	if s.ev.Actor.Role != orchestrator.ActorAgent {
		return false
	}
	switch s.ev.Type { //nolint:exhaustive // all others act on a chat that one has
	case orchestrator.EventMessage, orchestrator.EventMessageRefused, orchestrator.EventAccepted, orchestrator.EventDeclined,
		orchestrator.EventHandoffRequested:
		return false
	}
	id := orchestrator.AgentID(s.ev.Actor.ID)
	return s.was.Formerly(id) && !s.was.Concerns(id)
}

// rememberFormer keeps whom the conversation no longer concerns, the newest first.
func (s *step) rememberFormer() {
	n := s.Next
	var gone []orchestrator.AgentID
	for _, id := range s.was.Agents() {
		if !n.Concerns(id) {
			gone = append(gone, id)
		}
	}
	if len(gone) == 0 {
		return
	}
	for _, id := range s.was.Former {
		if !slices.Contains(gone, id) {
			gone = append(gone, id)
		}
	}
	n.Former = slices.Clip(gone[:min(len(gone), orchestrator.MaxFormer)])
}
