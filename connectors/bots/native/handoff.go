package native

import (
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

// reasons for which a bot asks for a person.
var reasons = []string{"user_requested", "rule", "max_attempts", "sentiment", "policy", "autonomous", "other"}

// begin makes the event a handoff request with its defaults.
func (d *decoder) begin() {
	d.ev.Type, d.ev.Actor = orchestrator.EventHandoffRequested, d.bot.self()
	d.ev.Request = &orchestrator.Request{Priority: DefaultPriority}
}

func (d *decoder) handoffRequested() {
	d.begin()
	for d.Present() {
		switch string(d.Name()) {
		case "target":
			d.target()
		case "user":
			d.user()
		case "transcript":
			d.ev.Transcript = d.transcript()
		case "reply":
			d.reply()
		case "limits":
			d.limits()
		default:
			d.asked()
		}
	}
}

// asked reads the members that the nested and the flat form have in common, and steps over what is not known.
func (d *decoder) asked() {
	switch string(d.Name()) {
	case "reason":
		d.ev.Request.Reason = d.OneOf(reasons...)
	case "summary":
		d.ev.Request.Summary = d.summary()
	case "language":
		d.ev.Language = d.one(values.Language)
	case "channel":
		d.plain(MaxName) // the platform's own word for where its customer is
	case "attributes":
		d.ev.Attributes = d.attributes(false)
	case "on_end":
		d.ev.OnEnd = d.OneOf(orchestrator.OnEndReturn, orchestrator.OnEndEnd)
	default:
		d.Skip()
	}
}

// where reads the members that say who is wanted, the same in both forms.
func (d *decoder) where() {
	switch string(d.Name()) {
	case "queue":
		d.ev.Request.Queue = orchestrator.QueueName(d.plain(MaxName))
	case "skills":
		d.ev.Request.Skills = d.strings(MaxSkills, MaxName)
	case "agent_id":
		d.ev.Request.Agent = orchestrator.AgentID(d.one(values.PersonID))
	case "priority":
		if n, ok := d.Integer(LeastPriority, MostPriority); ok {
			d.ev.Request.Priority = int(n)
		}
	default:
		d.Skip()
	}
}

func (d *decoder) target() {
	if d.Object() {
		for d.Present() {
			d.where()
		}
	}
}

func (d *decoder) user() {
	if !d.Object() {
		return
	}
	u := &orchestrator.Customer{}
	d.ev.Customer = u
	named := false
	for d.Present() {
		switch string(d.Name()) {
		case "id":
			u.ID, named = d.one(values.PersonID), true
		case "name":
			u.Name = d.kept(values.PersonName)
		case "email":
			u.Email = d.kept(values.Email)
		case "authenticated":
			u.Authenticated, _ = d.Bool()
		case "attributes":
			u.Attributes = d.attributes(false)
		default:
			d.Skip()
		}
	}
	if !named {
		d.Missing("id")
	}
}

// reply reads what is to come back with each callback. The mode is checked and not acted upon: where callbacks go, and
// whether there are any, is configured.
func (d *decoder) reply() {
	if !d.Object() {
		return
	}
	for d.Present() {
		switch string(d.Name()) {
		case "mode":
			d.OneOf("callback", "poll", "sync")
		case "context":
			d.ev.Reply = d.replyContext()
		default:
			d.Skip()
		}
	}
}

func (d *decoder) replyContext() []byte {
	raw := d.Raw()
	if len(raw) > MaxReplyContext {
		d.Problem("must have at most %d bytes", MaxReplyContext)
		return nil
	}
	return append([]byte(nil), raw...)
}

func (d *decoder) limits() {
	if !d.Object() {
		return
	}
	for d.Present() {
		if string(d.Name()) == "queue_timeout_seconds" {
			d.queueTimeout()
			continue
		}
		d.Skip()
	}
}

func (d *decoder) queueTimeout() {
	if n, ok := d.Integer(1, int64(MaxQueueTimeout/time.Second)); ok {
		d.ev.Request.QueueTimeout = n * 1000
	}
}
