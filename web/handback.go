package web

import "handoff/orchestrator"

// wireHandback is what a bot gets when people are done: what they said since it asked for one.
type wireHandback struct {
	Reason      string         `json:"reason"`
	Disposition string         `json:"disposition,omitempty"`
	Notes       []string       `json:"notes"`
	Messages    []wireHandWord `json:"messages"`
	Truncated   bool           `json:"truncated,omitzero"` // older messages were cut
}

// wireHandWord is one message of it.
type wireHandWord struct {
	Sequence  uint64              `json:"sequence"`
	Timestamp orchestrator.Moment `json:"timestamp"`
	Message   *wireText           `json:"message"`
	Author    *orchestrator.Actor `json:"author"`
}

// handback reads the people's part of the handoff that a step ended, for a bot that has no callback and reads its feed.
func (r *reader) handback(e *orchestrator.Entry) (*wireHandback, error) {
	h := &wireHandback{Reason: e.Event.Reason, Disposition: e.Event.Disposition, Notes: []string{},
		Messages: []wireHandWord{}}
	for after := uint64(0); after+1 < e.Sequence; {
		page, err := r.s.store.Timeline(r.c.ctx(), r.id, after, feedPage)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		for i := range page {
			if page[i].Handoff == e.Handoff && page[i].Sequence < e.Sequence {
				h.add(&page[i])
			}
		}
		after = page[len(page)-1].Sequence
	}
	return h, nil
}

// add keeps words and notes, at most MaxHandback words, the newest.
func (h *wireHandback) add(e *orchestrator.Entry) {
	switch e.Event.Type { //nolint:exhaustive // the bot needs words and notes
	case orchestrator.EventNote:
		h.Notes = append(h.Notes, e.Event.Note)
	case orchestrator.EventMessage:
		if len(h.Messages) == orchestrator.MaxHandback {
			h.Messages, h.Truncated = h.Messages[1:], true
		}
		h.Messages = append(h.Messages, wireHandWord{e.Sequence, e.At, wireTextOf(e.Event.Message), &e.Event.Actor})
	}
}
