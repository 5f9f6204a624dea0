package native

import (
	"encoding/json"
	"fmt"
	"strconv"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// event is the envelope of a callback.
type event struct {
	ID             string              `json:"id"`
	Type           string              `json:"type"`
	Timestamp      orchestrator.Moment `json:"timestamp"`
	ConversationID string              `json:"conversation_id"`
	HandoffID      string              `json:"handoff_id"` // our id of the conversation
	Handoff        int                 `json:"handoff"`    // ordinal of the handoff within it; 0 before the first
	Epoch          uint64              `json:"epoch"`
	Sequence       uint64              `json:"sequence,omitzero"` // of the entry; typing has none
	ReplyContext   json.RawMessage     `json:"reply_context,omitempty"`
	Data           any                 `json:"data"`
}

// cloudEvent is the same as a CloudEvent. Attributes are flat, so the reply context is JSON in a string.
type cloudEvent struct {
	SpecVersion     string              `json:"specversion"`
	ID              string              `json:"id"`
	Source          string              `json:"source"`
	Type            string              `json:"type"`
	Time            orchestrator.Moment `json:"time"`
	Subject         string              `json:"subject"`
	DataContentType string              `json:"datacontenttype"`
	Sequence        string              `json:"sequence,omitempty"`
	SequenceType    string              `json:"sequencetype,omitempty"`
	Epoch           string              `json:"epoch"`
	HandoffID       string              `json:"handoffid"`
	Handoff         int                 `json:"handoff"`
	ReplyContext    string              `json:"replycontext,omitempty"`
	Data            any                 `json:"data"`
}

// encode writes an event in the form that the bot is configured for.
func (b *Bot) encode(ev event) ([]byte, error) {
	if !b.cloudEvents {
		return wire.Append(nil, &ev)
	}
	out := cloudEvent{
		SpecVersion: specVersion, ID: ev.ID, Source: b.source, Type: ev.Type, Time: ev.Timestamp, Subject: ev.ConversationID,
		DataContentType: "application/json", Epoch: strconv.FormatUint(ev.Epoch, 10), HandoffID: ev.HandoffID, Handoff: ev.Handoff,
		ReplyContext: string(ev.ReplyContext), Data: ev.Data,
	}
	if ev.Sequence != 0 {
		out.Sequence, out.SequenceType = strconv.FormatUint(ev.Sequence, 10), "Integer"
	}
	return wire.Append(nil, &out)
}

// compose is the event of a command other than flush.
func (b *Bot) compose(d *orchestrator.Delivery) (event, error) {
	cmd := d.Command
	ev := envelopeOf(cmd)
	switch {
	case cmd.Type == orchestrator.CommandSend && cmd.Message != nil:
		ev.Type, ev.Data = wire.MessageCreated, wire.WordOf(cmd.Message, cmd.Author)
	case cmd.Type == orchestrator.CommandTyping && cmd.Typing:
		ev.Type, ev.Data = wire.TypingStarted, wire.TypingData(cmd.Author, orchestrator.TypingLease.Milliseconds())
	case cmd.Type == orchestrator.CommandTyping:
		ev.Type, ev.Data = wire.TypingStopped, wire.TypingData(cmd.Author, 0)
	case cmd.Type == orchestrator.CommandNotify && cmd.Notice != nil:
		data := wire.NoticeData(cmd.Notice)
		if err := data.AddHandback(d.Handback); err != nil {
			return event{}, b.failed(cmd, "encoding", err)
		}
		ev.Type, ev.Data = cmd.Notice.Type, data
	default:
		return event{}, b.failed(cmd, "not-supported", fmt.Errorf("a bot has no use for the command %q", cmd.Type))
	}
	return ev, nil
}

// envelopeOf is what every callback of a command has.
func envelopeOf(cmd *orchestrator.Command) event {
	return event{
		ID: wire.CommandID(cmd), Timestamp: cmd.At, ConversationID: cmd.External, HandoffID: string(cmd.Conversation),
		Handoff: cmd.Handoff, Epoch: cmd.Epoch, Sequence: cmd.Sequence, ReplyContext: cmd.ReplyContext,
	}
}

// wordOf is the event of one held word, which has an entry of its own.
func wordOf(cmd *orchestrator.Command, word *orchestrator.HandbackMessage) event {
	ev := envelopeOf(cmd)
	ev.ID = wire.HeldID(cmd, word.Sequence)
	ev.Type, ev.Timestamp, ev.Sequence = wire.MessageCreated, word.At, word.Sequence
	ev.Data = wire.WordOf(&word.Message, word.Author)
	return ev
}
