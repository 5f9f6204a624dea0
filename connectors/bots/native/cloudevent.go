package native

import (
	"net/http"
	"net/url"
	"strconv"
	"unicode/utf8"

	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

// specVersion is the version of CloudEvents that is spoken.
const specVersion = "1.0"

// cloudEvent reads structured mode. Our numbers are extension attributes: sequence a string (as the extension of that name
// has it), epoch and handoff a string or an integer, handoffid our id of the conversation.
func (d *decoder) cloudEvent() {
	d.ev.At = d.now // time is optional
	if !d.Object() {
		return
	}
	for d.Present() {
		switch string(d.Name()) {
		case "specversion":
			d.has |= hasVersion
			d.OneOf(specVersion)
		case "id":
			d.has |= hasID
			d.id = d.one(values.Key)
		case "source":
			d.has |= hasSource
			d.OneOf(d.bot.source)
		case "type":
			d.typeName()
		case "time":
			d.ev.At = d.moment()
		case "subject":
			d.has |= hasConversation
			d.ev.External = d.one(values.ConversationID)
		case "handoffid":
			d.ev.Conversation = orchestrator.ConversationID(d.one(values.Key))
		case "data":
			d.dataMember()
		default:
			d.extension()
		}
	}
	d.readLate()
	d.require(hasVersion, "specversion")
	d.require(hasID, "id")
	d.require(hasSource, "source")
	d.require(hasType, "type")
	d.require(hasConversation, "subject")
	d.require(hasData, "data")
}

func (d *decoder) extension() {
	switch name := string(d.Name()); name {
	case "datacontenttype":
		if kind, ok := mediaType(d.Text(1, MaxContentType)); !ok || kind != "application/json" {
			d.Problem("must be application/json")
		}
	case "data_base64":
		d.Problem("is not taken: give data as JSON")
		d.Skip()
	case "sequence", "epoch", "handoff":
		text := string(d.Raw())
		if unquoted, err := strconv.Unquote(text); err == nil {
			text = unquoted
		}
		if fault := d.counter(name, text); fault != "" {
			d.Problem("%s", fault)
		}
	default:
		d.Skip()
	}
}

// counter takes one of the envelope's numbers, which CloudEvents carries as text.
func (d *decoder) counter(name, text string) (fault string) {
	const whole = "must be a whole number"
	n, err := strconv.ParseUint(text, 10, 53)
	switch {
	case err != nil:
		return whole
	case name == "sequence":
		d.ev.BotSequence = int64(n) + 1
	case name == "epoch":
		d.ev.Epoch = n
		return values.Epoch(int64(n))
	case n == 0, n > maxHandoff:
		return whole
	default:
		d.ev.Handoff = int(n)
	}
	return ""
}

// binaryCloudEvent reads binary mode: attributes are ce-* headers, percent-encoded, and the body is the data.
func (d *decoder) binaryCloudEvent(header http.Header) {
	d.ev.At = d.now
	d.attribute(header, "specversion", true, func(v string) string { return unless(v == specVersion, "must be 1.0") })
	d.attribute(header, "id", true, func(v string) string {
		d.id = v
		return values.Key(v)
	})
	d.attribute(header, "source", true, func(v string) string { return unless(v == d.bot.source, "must be one of "+d.bot.source) })
	d.attribute(header, "type", true, func(v string) string {
		d.kind = kindOf([]byte(v))
		d.strange = d.kind == kindNone
		return unless(!d.strange, "is not a type of event that is taken here")
	})
	d.attribute(header, "time", false, func(v string) string {
		at, ok := parseMoment([]byte(v))
		d.ev.At = at
		return unless(ok, "must be an RFC 3339 time such as 2026-11-21T20:15:00.123Z")
	})
	d.attribute(header, "subject", true, func(v string) string {
		d.ev.External = v
		return values.ConversationID(v)
	})
	d.attribute(header, "handoffid", false, func(v string) string {
		d.ev.Conversation = orchestrator.ConversationID(v)
		return values.Key(v)
	})
	for _, name := range []string{"sequence", "epoch", "handoff"} {
		d.attribute(header, name, false, func(v string) string { return d.counter(name, v) })
	}
	d.data()
}

// attribute reads one header. The pointer of a problem with it is the header's name.
func (d *decoder) attribute(header http.Header, name string, required bool, take func(string) string) {
	value := header.Get("ce-" + name)
	switch decoded, err := url.PathUnescape(value); {
	case value == "" && required:
		d.ProblemAt("ce-"+name, "is required")
	case value == "":
	case err != nil || !utf8.ValidString(decoded):
		d.ProblemAt("ce-"+name, "must be percent-encoded UTF-8")
	default:
		if wrong := take(decoded); wrong != "" {
			d.ProblemAt("ce-"+name, "%s", wrong)
		}
	}
}

func unless(fine bool, otherwise string) string {
	if fine {
		return ""
	}
	return otherwise
}
