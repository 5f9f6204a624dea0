package native

import (
	"net/http"

	"handoff/connectors/internal/strictjson"
	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

// DecodeHandoff reads the flat twin of handoff.requested; the package comment lists its members. Without a timestamp it
// happened now. Errors: *orchestrator.InputError.
func (b *Bot) DecodeHandoff(header http.Header, body []byte, now orchestrator.Moment) (orchestrator.Event, error) {
	form, err := formOf(header, body)
	if err != nil {
		return orchestrator.Event{}, err
	}
	if form != formPlain {
		return orchestrator.Event{}, unsupported("the flat form is application/json, not a CloudEvent")
	}
	key, err := keyOf(header)
	if err != nil {
		return orchestrator.Event{}, err
	}
	d := decoder{Reader: strictjson.Open(body), bot: b, now: now, kind: kindRequested}
	defer d.Close()
	d.begin()
	d.ev.At = now
	d.flat()
	return d.event(header, key, body)
}

func (d *decoder) flat() {
	if !d.Object() {
		return
	}
	var user orchestrator.Customer
	for d.Present() {
		switch string(d.Name()) {
		case "id":
			d.id = d.one(values.Key)
		case "type":
			d.notAnEvent()
		case "timestamp":
			d.ev.At = d.moment()
		case "conversation_id":
			d.has |= hasConversation
			d.ev.External = d.one(values.ConversationID)
		case "handoff_id":
			d.ev.Conversation = orchestrator.ConversationID(d.one(values.Key))
		case "user_id":
			user.ID = d.one(values.PersonID)
		case "user_name":
			user.Name = d.kept(values.PersonName)
		case "user_email":
			user.Email = d.kept(values.Email)
		default:
			d.flatRequest()
		}
	}
	d.require(hasConversation, "conversation_id")
	if user.ID != "" || user.Name != "" || user.Email != "" {
		if user.ID == "" {
			user.ID = d.ev.External // all that is known of them
		}
		d.ev.Customer = &user
	}
}

// notAnEvent refuses an event of our envelope, of which a flat request would be made without anybody having asked for a person.
func (d *decoder) notAnEvent() {
	name, _ := d.String()
	if kind := kindOf(name); kind != kindNone && kind != kindRequested {
		d.Problem("is an event: post it to /events")
	}
}

// flatRequest reads what in the nested form lies one level down.
func (d *decoder) flatRequest() {
	switch string(d.Name()) {
	case "queue", "skills", "agent_id", "priority":
		d.where()
	case "sequence", "epoch", "handoff":
		d.number()
	case "transcript_text":
		text, _ := d.String()
		d.ev.Transcript = spokenLines(string(text))
	case "queue_timeout_seconds":
		d.queueTimeout()
	case "reply_context":
		d.ev.Reply = d.replyContext()
	default:
		d.asked()
	}
}
