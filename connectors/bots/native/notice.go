package native

import (
	"bytes"
	"encoding/json"
	"slices"

	"handoff/orchestrator"
)

// notice is the data of a lifecycle event: what its type needs, and what else is known.
type notice struct {
	Queue       orchestrator.QueueName `json:"queue,omitempty"`
	Position    int                    `json:"position,omitzero"`
	Wait        int64                  `json:"estimated_wait_seconds,omitzero"`
	Agent       *orchestrator.Agent    `json:"agent,omitempty"`
	From        *orchestrator.Target   `json:"from,omitempty"`
	To          *orchestrator.Target   `json:"to,omitempty"`
	MessageID   string                 `json:"message_id,omitempty"`
	Reason      string                 `json:"reason,omitempty"`
	Retryable   *bool                  `json:"retryable,omitempty"` // always told with handoff.failed
	RetryAfter  int64                  `json:"retry_after_seconds,omitzero"`
	EndedBy     string                 `json:"ended_by,omitempty"`
	Resume      string                 `json:"resume,omitempty"`
	Disposition string                 `json:"disposition,omitempty"`
	Tags        []string               `json:"tags,omitempty"`
	Notes       []string               `json:"notes,omitempty"`
	Durations   *durations             `json:"durations,omitempty"` // always told with handoff.completed
	Text        string                 `json:"message,omitempty"`   // what the customer may be told
	Handback    *handback              `json:"handback,omitempty"`
}

// durations of a handoff's parts, in seconds.
type durations struct {
	Queue  int64 `json:"queue"`
	Talk   int64 `json:"talk"`
	WrapUp int64 `json:"wrapup"`
}

// handback is what the people's part said.
type handback struct {
	Reason      string            `json:"reason"`
	Disposition string            `json:"disposition,omitempty"`
	Notes       []string          `json:"notes"`
	Messages    []json.RawMessage `json:"messages"`
	Truncated   bool              `json:"truncated,omitzero"` // older messages were cut
}

// back is one message of it.
type back struct {
	Sequence  uint64              `json:"sequence"`
	Timestamp orchestrator.Moment `json:"timestamp"`
	said
}

// withNotice fills in the data of a notice.
func (b *Bot) withNotice(ev event, d *orchestrator.Delivery) (event, error) {
	n := d.Command.Notice
	data := &notice{
		Queue: n.Queue, Position: n.Position, Wait: seconds(n.WaitMS), Agent: n.Agent, From: n.From, To: n.To,
		MessageID: n.MessageID, Reason: n.Reason, RetryAfter: seconds(n.RetryAfterMS), EndedBy: n.EndedBy, Resume: n.Resume,
		Disposition: n.Disposition, Tags: n.Tags, Notes: n.Notes, Text: n.Text,
	}
	switch n.Type {
	case "handoff.failed":
		data.Retryable = &n.Retryable
	case "handoff.completed":
		data.Durations = &durations{Queue: seconds(n.QueueMS), Talk: seconds(n.TalkMS), WrapUp: seconds(n.WrapUpMS)}
	}
	ev.Data = data
	if d.Handback == nil {
		return ev, nil
	}
	data.Handback = &handback{Reason: d.Handback.Reason, Disposition: d.Handback.Disposition, Notes: []string{}, Messages: []json.RawMessage{}}
	without, err := b.encode(ev)
	if err != nil {
		return event{}, err
	}
	return ev, data.Handback.fill(d.Handback, MaxCallback-len(without)-handbackMargin)
}

// handbackMargin is room for "truncated".
const handbackMargin = 64

// fill takes in notes and then messages, the newest first, as long as there is room; the order stays.
func (h *handback) fill(from *orchestrator.Handback, room int) error {
	h.Truncated = from.Truncated
	for _, note := range slices.Backward(from.Notes) {
		text, err := plainJSON(note)
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
		text, err := plainJSON(back{Sequence: m.Sequence, Timestamp: m.At, said: said{Message: m.Message, Author: authorOf(m.Author)}})
		if err != nil {
			return err
		}
		if room -= len(text) + 1; room < 0 {
			h.Truncated = true
			break
		}
		h.Messages = append(h.Messages, bytes.Clone(text))
	}
	slices.Reverse(h.Notes)
	slices.Reverse(h.Messages)
	return nil
}

// seconds rounds milliseconds up, so that a short time does not read as none.
func seconds(ms int64) int64 { return (ms + 999) / 1000 }
