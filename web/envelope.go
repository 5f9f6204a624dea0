package web

import (
	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// envelope is a timeline entry on the wire. A transient one has no sequence.
type envelope struct {
	Sequence  uint64              `json:"sequence,omitzero"`
	ID        string              `json:"id,omitzero"`
	Type      string              `json:"type"`
	Timestamp orchestrator.Moment `json:"timestamp"`
	Epoch     uint64              `json:"epoch"`
	Handoff   int                 `json:"handoff,omitzero"`
	// What the sender's number told, where it gave one.
	MissingBefore int64    `json:"missing_before,omitzero"`
	Late          bool     `json:"late,omitzero"`
	Data          any      `json:"data"`
	Why           *wireWhy `json:"why,omitempty"`
}

// wireWhy explains a step to people who may see all.
type wireWhy struct {
	Cause    string             `json:"cause"`
	Actor    orchestrator.Actor `json:"actor"`
	Rule     string             `json:"rule"`
	LookedAt map[string]any     `json:"looked_at,omitempty"`
}

// appendEnvelope appends an entry as a reader may see it.
func (l *lens) appendEnvelope(b []byte, e *orchestrator.Entry) ([]byte, error) {
	out := envelope{Sequence: e.Sequence, Type: wire.Type(e), Timestamp: e.At, Epoch: e.Epoch, Handoff: e.Handoff}
	if l.role != RoleCustomer {
		out.ID, out.MissingBefore, out.Late = wire.ID(l.id, e.Sequence), e.MissingBefore, e.Late
	}
	if l.explains(e) {
		out.Why = &wireWhy{Cause: e.Why.Cause, Actor: e.Event.Actor, Rule: e.Why.Rule, LookedAt: e.Why.LookedAt}
	}
	if e.Event.Type == orchestrator.EventMessage && e.Event.Message != nil {
		out.Data = wire.WordOf(e.Event.Message, e.Event.Actor)
		return wire.Append(b, &out)
	}
	data, err := l.stepData(e)
	if err != nil {
		return b, err
	}
	out.Data = data
	return wire.Append(b, &out)
}

// stepData is what the reader is told of a step: a bot exactly what its callback says, people also what the event brought.
func (l *lens) stepData(e *orchestrator.Entry) (*wire.Data, error) {
	data := wire.StepData(e)
	switch l.role {
	case RoleCustomer:
		return data.ForCustomer(), nil
	case RoleAgent, RoleSupervisor, RoleAdmin:
		data.AddContext(e)
	case RoleBot:
		handback, err := l.handback(wire.NoticeOf(e))
		if err != nil {
			return nil, err
		}
		if !l.notes {
			data.Note, data.Notes = "", nil
			if handback != nil {
				handback.Notes = nil
			}
		}
		return data, data.AddHandback(handback)
	}
	return data, nil
}
