package main

import (
	"encoding/json"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// archiveRecord is one line of the archive: the conversation as it ended, and everything that happened in it. Names and
// times are those of the API.
type archiveRecord struct {
	ID             orchestrator.ConversationID `json:"id"`
	ConversationID string                      `json:"conversation_id"`
	Bot            orchestrator.ConnectorName  `json:"bot"`
	Flow           string                      `json:"flow"`
	Channel        string                      `json:"channel"`
	State          orchestrator.State          `json:"state"`
	Version        uint64                      `json:"version"`
	Epoch          uint64                      `json:"epoch"`
	Handoffs       int                         `json:"handoffs"`
	Customer       orchestrator.Customer       `json:"customer"`
	Language       string                      `json:"language,omitempty"`
	Attributes     map[string]any              `json:"attributes,omitempty"`
	Request        *orchestrator.Request       `json:"request,omitempty"`
	ReplyContext   json.RawMessage             `json:"reply_context,omitempty"`
	Desk           orchestrator.ConnectorName  `json:"desk,omitempty"`
	Queue          orchestrator.QueueName      `json:"queue,omitempty"`
	OpenedAt       orchestrator.Moment         `json:"opened_at"`
	WhenRequested  orchestrator.Moment         `json:"when_requested"`
	WhenStarted    orchestrator.Moment         `json:"when_started"`
	WhenEnded      orchestrator.Moment         `json:"when_ended"`
	LastError      string                      `json:"last_error,omitempty"`
	ClosedBecause  string                      `json:"closed_because,omitempty"`
	Timeline       []archiveEntry              `json:"timeline"`
}

// archiveEntry is one step of the timeline.
type archiveEntry struct {
	Sequence    uint64                 `json:"sequence"`
	ID          orchestrator.EventID   `json:"id"`
	Type        orchestrator.EventType `json:"type"`
	At          orchestrator.Moment    `json:"timestamp"`
	Version     uint64                 `json:"version"`
	Epoch       uint64                 `json:"epoch"`
	Handoff     int                    `json:"handoff,omitempty"`
	Derived     bool                   `json:"derived,omitempty"`
	Actor       orchestrator.Actor     `json:"actor"`
	From        orchestrator.State     `json:"from,omitempty"`
	To          orchestrator.State     `json:"to,omitempty"`
	Message     *orchestrator.Message  `json:"message,omitempty"`
	Transcript  []orchestrator.Turn    `json:"transcript,omitempty"`
	Attributes  map[string]any         `json:"attributes,omitempty"`
	Agent       *orchestrator.Agent    `json:"agent,omitempty"`
	Target      *orchestrator.Target   `json:"target,omitempty"`
	Reason      string                 `json:"reason,omitempty"`
	Note        string                 `json:"note,omitempty"`
	Disposition string                 `json:"disposition,omitempty"`
	Tags        []string               `json:"tags,omitempty"`
	Rating      int                    `json:"rating,omitempty"`
	Command     orchestrator.CommandID `json:"command,omitempty"`
	Why         *orchestrator.Why      `json:"why,omitempty"`
	Told        *archiveTold           `json:"told,omitempty"` // of everything but words
}

// archiveTold is what a step told outside, as callback and feed had it.
type archiveTold struct {
	ID   string     `json:"id"`
	Type string     `json:"type"`
	Data *wire.Data `json:"data"`
}

// archived is the record of a conversation with its timeline.
func archived(c *orchestrator.Conversation, entries []orchestrator.Entry) *archiveRecord {
	record := &archiveRecord{
		ID: c.ID, ConversationID: c.External, Bot: c.Bot, Flow: c.Flow, Channel: c.Channel, State: c.State, Version: c.Version,
		Epoch: c.Epoch, Handoffs: c.Handoff, Customer: c.Customer, Language: c.Language, Attributes: c.Attributes,
		Request: c.Request, ReplyContext: c.ReplyContext, Desk: c.Desk, Queue: c.Queue, OpenedAt: c.OpenedAt,
		WhenRequested: c.Requested, WhenStarted: c.Started, WhenEnded: c.EndedAt, LastError: c.LastError,
		ClosedBecause: c.ClosedBecause, Timeline: make([]archiveEntry, 0, len(entries)),
	}
	for i := range entries {
		entry := archivedEntry(&entries[i])
		if n := wire.NoticeOf(&entries[i]); n != nil {
			entry.Told = &archiveTold{ID: wire.ID(c.ID, entry.Sequence), Type: n.Type, Data: wire.NoticeData(n)}
		}
		record.Timeline = append(record.Timeline, entry)
	}
	return record
}

func archivedEntry(e *orchestrator.Entry) archiveEntry {
	ev := &e.Event
	return archiveEntry{
		Sequence: e.Sequence, ID: ev.ID, Type: ev.Type, At: e.At, Version: e.Version, Epoch: e.Epoch, Handoff: e.Handoff,
		Derived: e.Derived, Actor: ev.Actor, From: e.From, To: e.To, Message: ev.Message, Transcript: ev.Transcript,
		Attributes: ev.Attributes, Agent: ev.Agent, Target: ev.Target, Reason: ev.Reason, Note: ev.Note,
		Disposition: ev.Disposition, Tags: ev.Tags, Rating: ev.Rating, Command: ev.Command, Why: e.Why,
	}
}
