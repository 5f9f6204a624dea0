package superoffice

import (
	"handoff/orchestrator"
)

func (s *agentSeat) says(r *reading, m *message) *orchestrator.Event {
	if ours(m) || !m.byCustomer() && !m.toCustomer() {
		return nil
	}
	text := m.plain()
	if text == "" {
		return nil
	}
	ev := &orchestrator.Event{
		Type: orchestrator.EventMessage, Actor: orchestrator.Actor{Role: orchestrator.ActorAgent},
		Message: &orchestrator.Message{ID: m.ID.String(), Text: text},
	}
	if m.byCustomer() {
		who := r.chat.customer(s.Name)
		ev.Actor = orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: who.ID, Name: who.Name}
	}
	return ev
}

// ended: whoever served has ended it, or the customer has gone.
func (s *agentSeat) ended(r *reading) *orchestrator.Event {
	ev := &orchestrator.Event{Type: orchestrator.EventCustomerLeft, Reason: r.howEnded()}
	if r.note.Stand == served && r.closedBy != specialClosedByCustomer && r.closedBy != specialClosedByIdle {
		ev.Type = orchestrator.EventChatEnded
	}
	return ev
}
