package native

import (
	"crypto/sha256"
	"net/http"
	"time"

	"handoff/connectors/internal/strictjson"
	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

// kind is a type of event that bots send.
type kind uint8

const (
	kindNone kind = iota
	kindRequested
	kindMessage
	kindTypingStarted
	kindTypingStopped
	kindRead
	kindContext
	kindCancelled
	kindEnded
)

// kindOf names no kind for a type that is not known.
func kindOf(name []byte) kind {
	switch string(name) {
	case "message.created":
		return kindMessage
	case "handoff.requested":
		return kindRequested
	case "typing.started":
		return kindTypingStarted
	case "typing.stopped":
		return kindTypingStopped
	case "message.read":
		return kindRead
	case "context.updated":
		return kindContext
	case "handoff.cancelled":
		return kindCancelled
	case "conversation.ended":
		return kindEnded
	}
	return kindNone
}

// has is a set of the envelope's required members.
type has uint8

const (
	hasType has = 1 << iota
	hasTime
	hasConversation
	hasData
	hasVersion
	hasSource
	hasID
)

// decoder reads one event.
type decoder struct {
	*strictjson.Reader
	bot     *Bot
	now     orchestrator.Moment
	ev      orchestrator.Event
	kind    kind
	strange bool // the type is not known
	has     has
	id      string // as the envelope gives it
	late    *strictjson.Mark
}

// Decode reads one event that was authenticated. Everything that is wrong with it is answered at once.
// Errors: *orchestrator.InputError.
func (b *Bot) Decode(header http.Header, body []byte, now orchestrator.Moment) (orchestrator.Event, error) {
	form, err := formOf(header, body)
	if err != nil {
		return orchestrator.Event{}, err
	}
	key, err := keyOf(header)
	if err != nil {
		return orchestrator.Event{}, err
	}
	d := decoder{Reader: strictjson.Open(body), bot: b, now: now}
	defer d.Close()
	switch form {
	case formPlain:
		d.envelope()
	case formStructured:
		d.cloudEvent()
	case formBinary:
		d.binaryCloudEvent(header)
	}
	return d.event(header, key, body)
}

// envelope reads our own form.
func (d *decoder) envelope() {
	if !d.Object() {
		return
	}
	for d.Present() {
		switch string(d.Name()) {
		case "id":
			d.has |= hasID
			d.id = d.one(values.Key)
		case "type":
			d.typeName()
		case "timestamp":
			d.has |= hasTime
			d.ev.At = d.moment()
		case "conversation_id":
			d.has |= hasConversation
			d.ev.External = d.one(values.ConversationID)
		case "handoff_id":
			d.ev.Conversation = orchestrator.ConversationID(d.one(values.Key))
		case "data":
			d.dataMember()
		default:
			d.number()
		}
	}
	d.readLate()
	d.require(hasType, "type")
	d.require(hasTime, "timestamp")
	d.require(hasConversation, "conversation_id")
	d.require(hasData, "data")
}

// number reads the envelope's numbers, and steps over what is not known.
func (d *decoder) number() {
	switch string(d.Name()) {
	case "sequence":
		if n, ok := d.Integer(0, strictjson.MaxInteger); ok {
			d.ev.BotSequence = n + 1
		}
	case "epoch":
		if n, ok := d.Integer(1, values.MaxNumber); ok {
			d.ev.Epoch = uint64(n) //nolint:gosec // not negative
		}
	case "handoff":
		if n, ok := d.Integer(1, maxHandoff); ok {
			d.ev.Handoff = int(n)
		}
	default:
		d.Skip()
	}
}

// maxHandoff is the greatest ordinal of a handoff that is looked at.
const maxHandoff = 1 << 30

func (d *decoder) typeName() {
	d.has |= hasType
	name, ok := d.String()
	if !ok {
		return
	}
	d.kindIs(name)
	if d.strange {
		d.Problem("is not a type of event that is taken here")
	}
}

func (d *decoder) kindIs(name []byte) {
	d.kind = kindOf(name)
	d.strange = d.kind == kindNone && len(name) <= MaxType
	if d.kind == kindNone && !d.strange {
		d.Problem("must have at most %d characters", MaxType)
	}
}

// dataMember reads the data, or leaves it for later when the type has not been read yet: members have no order.
func (d *decoder) dataMember() {
	d.has |= hasData
	if d.has&hasType == 0 {
		mark := d.Mark()
		d.late = &mark
		d.Skip()
		return
	}
	d.data()
}

func (d *decoder) readLate() {
	if d.late != nil {
		d.Again(*d.late, d.data)
	}
}

func (d *decoder) require(member has, name string) {
	if d.has&member == 0 {
		d.Missing(name)
	}
}

// event answers what was read, or what is wrong with it.
func (d *decoder) event(header http.Header, key string, body []byte) (orchestrator.Event, error) {
	if len(body) > MaxBody && d.kind != kindRequested {
		return orchestrator.Event{}, tooLarge(orchestrator.BoundBody, MaxBody)
	}
	if d.id != "" && first(header, headerID) != "" && d.id != key {
		d.ProblemAt("/id", "must be the same as webhook-id")
	}
	if err := d.problems(); err != nil {
		return orchestrator.Event{}, err
	}
	d.taken(key, body)
	return d.ev, nil
}

// taken completes an event in which nothing is wrong; text is what was sent.
func (d *decoder) taken(key string, text []byte) {
	d.name(key)
	d.ev.Bot = d.bot.name
	sum := sha256.Sum256(text)
	copy(d.ev.BodyHash[:], sum[:])
}

func (d *decoder) problems() error {
	if err := d.wellFormed(); err != nil {
		return err
	}
	return d.refusal(d.Problems())
}

func (d *decoder) wellFormed() error {
	if err := d.End(); err != nil {
		return &orchestrator.InputError{Status: http.StatusBadRequest, Code: "malformed-json", Detail: "the body is not JSON: " + err.Error()}
	}
	return nil
}

// refusal is what an event with such problems is answered with; nil if there are none.
func (d *decoder) refusal(problems []orchestrator.FieldError) error {
	if len(problems) == 0 {
		return nil
	}
	refused := &orchestrator.InputError{Status: http.StatusUnprocessableEntity, Code: "validation",
		Detail: "the event is not valid", Fields: problems}
	if d.strange {
		refused.Code, refused.Detail = "unknown-event-type", "there is no such type of event"
	}
	return refused
}

// name gives the event its id. Typing has none, because it is not stored. A message that came without any key goes by its
// own id, so that posting it twice says it once.
func (d *decoder) name(key string) {
	switch {
	case d.ev.Type == orchestrator.EventTyping:
		return
	case key != "":
		d.ev.ID = orchestrator.EventID(key)
	case d.id != "":
		d.ev.ID = orchestrator.EventID(d.id)
	case d.ev.Message != nil:
		d.ev.ID = orchestrator.EventID("message:" + d.ev.Message.ID)
	}
}

// moment reads an RFC 3339 time, with any offset and any number of digits of the second.
func (d *decoder) moment() orchestrator.Moment {
	text, ok := d.String()
	if !ok {
		return 0
	}
	at, ok := parseMoment(text)
	if !ok {
		d.Problem("must be an RFC 3339 time such as 2026-11-21T20:15:00.123Z")
	}
	return at
}

// parseMoment is false for what is no RFC 3339 time, and for times before 1970, when nobody chatted.
func parseMoment(text []byte) (orchestrator.Moment, bool) {
	var t time.Time
	if err := t.UnmarshalText(text); err != nil || t.UnixMilli() <= 0 {
		return 0, false
	}
	return orchestrator.MomentOf(t), true
}
