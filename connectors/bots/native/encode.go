package native

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"handoff/orchestrator"
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
	Sequence       uint64              `json:"sequence"`
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
	Sequence        string              `json:"sequence"`
	SequenceType    string              `json:"sequencetype"`
	Epoch           string              `json:"epoch"`
	HandoffID       string              `json:"handoffid"`
	Handoff         int                 `json:"handoff"`
	ReplyContext    string              `json:"replycontext,omitempty"`
	Data            any                 `json:"data"`
}

// said is the data of message.created.
type said struct {
	Message orchestrator.Message `json:"message"`
	Author  author               `json:"author"`
}

type author struct {
	Role string `json:"role"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// encode writes an event in the form that the bot is configured for.
func (b *Bot) encode(ev event) ([]byte, error) {
	if !b.cloudEvents {
		return plainJSON(ev)
	}
	return plainJSON(cloudEvent{
		SpecVersion: specVersion, ID: ev.ID, Source: b.source, Type: ev.Type, Time: ev.Timestamp, Subject: ev.ConversationID,
		DataContentType: "application/json", Sequence: strconv.FormatUint(ev.Sequence, 10), SequenceType: "Integer",
		Epoch: strconv.FormatUint(ev.Epoch, 10), HandoffID: ev.HandoffID, Handoff: ev.Handoff,
		ReplyContext: string(ev.ReplyContext), Data: ev.Data,
	})
}

// plainJSON leaves <, > and & as they are: nobody puts a callback into a page, and customers' texts stay short.
func plainJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}

// compose is the event of a command other than flush.
func (b *Bot) compose(d *orchestrator.Delivery) (event, error) {
	cmd := d.Command
	ev := envelopeOf(cmd)
	switch {
	case cmd.Type == orchestrator.CommandSend && cmd.Message != nil:
		ev.Type, ev.Data = "message.created", said{Message: *cmd.Message, Author: authorOf(cmd.Author)}
	case cmd.Type == orchestrator.CommandTyping:
		ev.Type = "typing.stopped"
		if cmd.Typing {
			ev.Type = "typing.started"
		}
		ev.Data = struct {
			Author author `json:"author"`
		}{authorOf(cmd.Author)}
	case cmd.Type == orchestrator.CommandNotify && cmd.Notice != nil:
		ev.Type = cmd.Notice.Type
		return b.withNotice(ev, d)
	default:
		return event{}, b.failed(cmd, "not-supported", fmt.Errorf("a bot has no use for the command %q", cmd.Type))
	}
	return ev, nil
}

// envelopeOf is what every callback of a command has. An id is needed by receivers to tell a repetition; typing, which is
// not stored and has no command id, is named after its moment.
func envelopeOf(cmd *orchestrator.Command) event {
	id := string(cmd.ID)
	if id == "" {
		id = fmt.Sprintf("%s.typing.%d", cmd.Conversation, cmd.At)
	}
	return event{
		ID: id, Timestamp: cmd.At, ConversationID: cmd.External, HandoffID: string(cmd.Conversation),
		Handoff: cmd.Handoff, Epoch: cmd.Epoch, Sequence: cmd.Sequence, ReplyContext: cmd.ReplyContext,
	}
}

// wordOf is the event of one held word. Its id is the command's with the word's sequence, the same whenever it is told.
func wordOf(cmd *orchestrator.Command, word *orchestrator.HandbackMessage) event {
	ev := envelopeOf(cmd)
	ev.ID += "." + strconv.FormatUint(word.Sequence, 10)
	ev.Type, ev.Timestamp, ev.Sequence = "message.created", word.At, word.Sequence
	ev.Data = said{Message: word.Message, Author: authorOf(word.Author)}
	return ev
}

// authorOf is who said something, in the words of the wire. A supervisor who speaks is an agent to the bot.
func authorOf(a orchestrator.Actor) author {
	role := string(a.Role)
	switch a.Role {
	case orchestrator.ActorSupervisor:
		role = string(orchestrator.ActorAgent)
	case orchestrator.ActorDesk:
		role = string(orchestrator.ActorSystem)
	case orchestrator.ActorBot, orchestrator.ActorCustomer, orchestrator.ActorAgent, orchestrator.ActorSystem:
	}
	return author{Role: role, ID: a.ID, Name: a.Name}
}
