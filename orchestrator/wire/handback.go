package wire

import (
	"encoding/json"
	"slices"

	"handoff/orchestrator"
)

// Limits of what a callback carries. The data has a limit of its own, whatever else stands in the envelope, so that callback and
// feed cut a handback alike.
const (
	MaxCallback = 64 << 10 // bytes of a callback's body
	maxEnvelope = 10 << 10 // bytes of it that are not data: a reply context of 4 KiB, twice as long in a CloudEvent
	maxData     = MaxCallback - maxEnvelope
	// handbackMargin is room for "truncated".
	handbackMargin = 64
)

// Handback is what a bot gets when people are done: what they said since it asked for one.
type Handback struct {
	Reason      string            `json:"reason"`
	Disposition string            `json:"disposition,omitempty"`
	Notes       []string          `json:"notes"`
	Messages    []json.RawMessage `json:"messages"`
	Truncated   bool              `json:"truncated,omitzero"` // older messages were cut
}

// handedWord is one message of it.
type handedWord struct {
	Sequence  uint64              `json:"sequence"`
	Timestamp orchestrator.Moment `json:"timestamp"`
	Word
}

// AddHandback adds what the people said, as much of it as the data has room for: the oldest messages are cut.
func (d *Data) AddHandback(from *orchestrator.Handback) error {
	if from == nil {
		return nil
	}
	d.Handback = &Handback{
		Reason: from.Reason, Disposition: from.Disposition, Notes: []string{}, Messages: []json.RawMessage{}, Truncated: from.Truncated,
	}
	without, err := Append(nil, d)
	if err != nil {
		return err
	}
	return d.Handback.fill(from, maxData-len(without)-handbackMargin)
}

// fill takes in notes and then messages, the newest first, as long as there is room; the order stays.
func (h *Handback) fill(from *orchestrator.Handback, room int) error {
	for _, note := range slices.Backward(from.Notes) {
		text, err := Append(nil, note)
		if err != nil {
			return err
		}
		if room -= len(text) + 1; room < 0 {
			h.Truncated = true
			break
		}
		h.Notes = append(h.Notes, note)
	}
	for i := range slices.Backward(from.Messages) {
		m := &from.Messages[i]
		text, err := Append(nil, &handedWord{Sequence: m.Sequence, Timestamp: m.At, Word: WordOf(&m.Message, m.Author)})
		if err != nil {
			return err
		}
		if room -= len(text) + 1; room < 0 {
			h.Truncated = true
			break
		}
		h.Messages = append(h.Messages, text)
	}
	slices.Reverse(h.Notes)
	slices.Reverse(h.Messages)
	return nil
}
