package native

import (
	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

// data reads the event's data by its kind. What is not known in it is stepped over.
func (d *decoder) data() {
	if d.kind == kindNone {
		d.Skip()
		return
	}
	if !d.Object() {
		return
	}
	switch d.kind {
	case kindMessage:
		d.messageCreated()
	case kindRequested:
		d.handoffRequested()
	case kindTypingStarted, kindTypingStopped:
		d.typing()
	case kindRead:
		d.messageRead()
	case kindContext:
		d.contextUpdated()
	case kindCancelled:
		d.handoffCancelled()
	case kindEnded:
		d.conversationEnded()
	case kindNone:
	}
}

func (d *decoder) messageCreated() {
	d.ev.Type = orchestrator.EventMessage
	said, authored := false, false
	for d.Present() {
		switch string(d.Name()) {
		case "message":
			d.message()
			said = true
		case "author":
			d.author("user", "bot", "system")
			authored = true
		default:
			d.Skip()
		}
	}
	if !said {
		d.Missing("message")
	}
	if !authored {
		d.Missing("author")
	}
}

func (d *decoder) message() {
	if !d.Object() {
		return
	}
	m := &orchestrator.Message{}
	d.ev.Message = m
	named, worded := false, false
	silent := ""
	for d.Present() {
		switch string(d.Name()) {
		case "id":
			m.ID, named = d.one(values.MessageID), true
		case "text":
			m.Text, silent = d.said()
			worded = true
		case "format":
			if m.Format = d.OneOf("text", "markdown"); m.Format == "text" {
				m.Format = "" // the default
			}
		case "attachments":
			m.Attachments = d.attachments()
		case "metadata":
			if d.Object() {
				for d.Member() {
					d.Skip()
				}
			}
		default:
			d.Skip()
		}
	}
	if !named {
		d.Missing("id")
	}
	switch {
	case len(m.Attachments) > 0: // a file says enough
	case !worded:
		d.Missing("text")
	case silent != "":
		d.ProblemAt(d.Pointer()+"/text", "%s without attachments", silent)
	}
}

// said reads a text. That it shows nothing is a fault only if no file comes with it, so it is answered and not noted.
func (d *decoder) said() (text, silent string) {
	text = d.kept(func(s string) (kept, fault string) {
		if kept, fault = values.Text(s, MaxText); fault == values.Empty || fault == values.Blank {
			silent, fault = fault, ""
		}
		return kept, fault
	})
	return text, silent
}

// author reads who said it. What the bot's platform says as "system" is the bot's word: like any other it is taken only
// while the bot controls. Otherwise a platform could talk over the person who serves.
func (d *decoder) author(roles ...string) {
	if !d.Object() {
		return
	}
	var role, id, name string
	given := false
	for d.Present() {
		switch string(d.Name()) {
		case "role":
			role, given = d.OneOf(roles...), true
		case "id":
			id = d.one(values.PersonID)
		case "name":
			name = d.kept(values.PersonName)
		default:
			d.Skip()
		}
	}
	if !given {
		d.Missing("role")
	}
	d.ev.Actor = d.bot.actor(role, id, name)
}

// actor is a role of the wire as ours.
func (b *Bot) actor(role, id, name string) orchestrator.Actor {
	if role == string(orchestrator.ActorCustomer) {
		return orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: id, Name: name}
	}
	if id == "" {
		id = string(b.name)
	}
	return orchestrator.Actor{Role: orchestrator.ActorBot, ID: id, Name: name}
}

// self is the bot as the one who caused something.
func (b *Bot) self() orchestrator.Actor { return b.actor("bot", "", "") }

func (d *decoder) typing() {
	d.ev.Type, d.ev.Typing = orchestrator.EventTyping, d.kind == kindTypingStarted
	authored := false
	for d.Present() {
		if string(d.Name()) == "author" {
			d.author("user", "bot")
			authored = true
			continue
		}
		d.Skip()
	}
	if !authored {
		d.Missing("author")
	}
}

// messageRead becomes the sight of the customer: no desk takes receipts, but whoever reads is there.
func (d *decoder) messageRead() {
	d.ev.Type, d.ev.Actor = orchestrator.EventCustomerSeen, orchestrator.Actor{Role: orchestrator.ActorCustomer}
	d.ev.Fetched = d.now
	given := false
	for d.Present() {
		if string(d.Name()) == "up_to_message_id" {
			d.one(values.MessageID)
			given = true
			continue
		}
		d.Skip()
	}
	if !given {
		d.Missing("up_to_message_id")
	}
}

func (d *decoder) contextUpdated() {
	d.ev.Type, d.ev.Actor = orchestrator.EventContextUpdated, d.bot.self()
	given := false
	for d.Present() {
		if string(d.Name()) == "attributes" {
			d.ev.Attributes = d.attributes(true)
			given = true
			continue
		}
		d.Skip()
	}
	if !given {
		d.Missing("attributes")
	}
}

// userLeft is the reason that makes an end the customer's own.
const userLeft = "user_left"

func (d *decoder) handoffCancelled() {
	d.ev.Type = orchestrator.EventHandoffCancelled
	d.ending(func() string { return d.OneOf(userLeft, "bot_resolved", "user_changed_mind", "timeout") })
}

func (d *decoder) conversationEnded() {
	d.ev.Type = orchestrator.EventCompleted
	d.ending(func() string { return d.plain(MaxReason) })
}

// ending reads why something ends. A customer who left is a fact of its own, wherever the conversation stands.
func (d *decoder) ending(reason func() string) {
	d.ev.Actor = d.bot.self()
	given := false
	for d.Present() {
		if string(d.Name()) == "reason" {
			d.ev.Reason = reason()
			given = true
			continue
		}
		d.Skip()
	}
	if !given {
		d.Missing("reason")
	}
	if d.ev.Reason == userLeft {
		d.ev.Type, d.ev.Actor = orchestrator.EventCustomerLeft, orchestrator.Actor{Role: orchestrator.ActorCustomer}
	}
}
