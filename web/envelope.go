package web

import (
	"cmp"
	"encoding/json"

	"handoff/orchestrator"
)

// envelope is a timeline entry on the wire. A transient one has no sequence.
type envelope struct {
	Sequence  uint64               `json:"sequence,omitzero"`
	ID        orchestrator.EventID `json:"id,omitzero"`
	Type      string               `json:"type"`
	Timestamp orchestrator.Moment  `json:"timestamp"`
	Epoch     uint64               `json:"epoch"`
	Data      payload              `json:"data"`
	Why       *wireWhy             `json:"why,omitempty"`
}

// wireWhy explains a step to people who may see all.
type wireWhy struct {
	Cause    string             `json:"cause"`
	Actor    orchestrator.Actor `json:"actor"`
	Rule     string             `json:"rule"`
	LookedAt map[string]any     `json:"looked_at,omitempty"`
}

// payload is the data of every type; which members are there depends on it.
type payload struct {
	Message *wireText           `json:"message,omitempty"`
	Author  *orchestrator.Actor `json:"author,omitempty"`

	Queue       orchestrator.QueueName `json:"queue,omitzero"`
	Position    int                    `json:"position,omitzero"`
	WaitSeconds int64                  `json:"estimated_wait_seconds,omitzero"`
	Agent       *orchestrator.Agent    `json:"agent,omitempty"`
	From        *orchestrator.Target   `json:"from,omitempty"`
	To          *orchestrator.Target   `json:"to,omitempty"`
	FromState   orchestrator.State     `json:"from_state,omitzero"`
	ToState     orchestrator.State     `json:"to_state,omitzero"`

	Reason      string     `json:"reason,omitzero"`
	EndedBy     string     `json:"ended_by,omitzero"`
	Resume      string     `json:"resume,omitzero"`
	Durations   *durations `json:"durations,omitempty"` // always told with handoff.completed
	Disposition string     `json:"disposition,omitzero"`
	Tags        []string   `json:"tags,omitempty"`
	RetryAfter  int64      `json:"retry_after_seconds,omitzero"`
	Note        string     `json:"note,omitzero"`
	Notes       []string   `json:"notes,omitempty"`
	Rating      int        `json:"rating,omitzero"`
	MessageID   string     `json:"message_id,omitzero"`
	Controller  string     `json:"controller,omitzero"`
	ExpiresIn   int64      `json:"expires_in,omitzero"` // seconds

	// What the bot knew, for the people who take over.
	Request    *orchestrator.Request  `json:"request,omitempty"`
	Customer   *orchestrator.Customer `json:"customer,omitempty"`
	Language   string                 `json:"language,omitzero"`
	Attributes map[string]any         `json:"attributes,omitempty"`
	Transcript []orchestrator.Turn    `json:"transcript,omitempty"`

	// What the people said, for a bot that goes on.
	Handback *wireHandback `json:"handback,omitempty"`
}

// durations of a handoff's parts, in seconds, as callbacks have them.
type durations struct {
	Queue  int64 `json:"queue"`
	Talk   int64 `json:"talk"`
	WrapUp int64 `json:"wrapup"`
}

type wireText struct {
	ID          string                    `json:"id"`
	Text        string                    `json:"text"`
	Format      string                    `json:"format"`
	Attachments []orchestrator.Attachment `json:"attachments,omitempty"`
}

// appendEnvelope appends an entry as a reader may see it.
func (l *lens) appendEnvelope(b []byte, e *orchestrator.Entry) ([]byte, error) {
	out := envelope{
		Sequence: e.Sequence, ID: e.Event.ID, Type: wireType(e), Timestamp: e.At, Epoch: e.Epoch, Data: payloadOf(e),
	}
	if l.role == RoleCustomer {
		out.ID, out.Data = "", out.Data.forCustomer()
	}
	if l.explains(e) {
		out.Why = &wireWhy{Cause: e.Why.Cause, Actor: e.Event.Actor, Rule: e.Why.Rule, LookedAt: e.Why.LookedAt}
	}
	if l.handback != nil && out.Data.Resume == resumeBot {
		handback, err := l.handback(e)
		if err != nil {
			return b, err
		}
		out.Data.Handback = handback
	}
	encoded, err := json.Marshal(&out)
	if err != nil {
		return b, err
	}
	return append(b, encoded...), nil
}

// Who goes on after handoff.ended.
const (
	resumeBot  = "bot"
	resumeNone = "none"
)

// payloadOf is the data of an entry, for readers who may see all of it.
func payloadOf(e *orchestrator.Entry) payload {
	ev := &e.Event
	p := payload{
		Agent: ev.Agent, FromState: e.From, ToState: e.To, Reason: ev.Reason, Disposition: ev.Disposition,
		Tags:   ev.Tags,
		Rating: ev.Rating, Position: ev.Position, Request: ev.Request, Customer: ev.Customer, Language: ev.Language,
		Attributes: ev.Attributes, Transcript: ev.Transcript, Note: ev.Note,
	}
	if t := ev.Target; t != nil {
		p.Queue = t.Queue
		p.To = t
	}
	switch wireType(e) {
	case wireMessage:
		p.Message, p.Author = wireTextOf(ev.Message), &ev.Actor
	case wireRefused, wireUndelivered:
		p.refused(e)
	case wireQueued:
		p.queued(e)
	case wirePosition:
		p.expects(e)
	case wireTransferred:
		p.transferred(e)
	case wireFailed:
		p.RetryAfter = (opensIn(e) + 999) / 1000
	case wireEnded:
		p.ended(e)
	case wireCompleted:
		p.ended(e)
		p.Durations = &durations{Queue: sawSeconds(e, "queue_ms"), Talk: sawSeconds(e, "talk_ms"), WrapUp: sawSeconds(e, "wrap_up_ms")}
		if p.Note != "" {
			p.Note, p.Notes = "", []string{ev.Note}
		}
	}
	return p
}

// ended tells who ended the chat and whether the bot goes on.
func (p *payload) ended(e *orchestrator.Entry) {
	if e.From == orchestrator.StateWrapUp {
		return // it had ended before
	}
	p.EndedBy, p.Resume = endedByActor(e.Event.Actor.Role), resumeNone
	if e.To == orchestrator.StateBot || (e.To == orchestrator.StateWrapUp &&
		saw(e, "on_end") == orchestrator.OnEndReturn) {
		p.Resume = resumeBot
	}
}

// transferred tells from whom to whom.
func (p *payload) transferred(e *orchestrator.Entry) {
	from := saw(e, "from")
	if from == "" {
		from = saw(e, "owner")
	}
	if from != "" {
		p.From = &orchestrator.Target{Agent: orchestrator.AgentID(from)}
	}
	if e.Event.Agent != nil {
		p.To = &orchestrator.Target{Agent: e.Event.Agent.ID}
	}
}

// saw is a name that the decision looked at; empty if it did not.
func saw(e *orchestrator.Entry, name string) string {
	if e.Why == nil {
		return ""
	}
	s, _ := e.Why.LookedAt[name].(string)
	return s
}

// sawSeconds is a time in milliseconds that the decision looked at, in whole seconds.
func sawSeconds(e *orchestrator.Entry, name string) int64 {
	if e.Why == nil {
		return 0
	}
	ms, _ := number(e.Why.LookedAt[name])
	return (int64(ms) + 999) / 1000
}

func wireTextOf(m *orchestrator.Message) *wireText {
	if m == nil {
		return nil
	}
	t := &wireText{ID: m.ID, Text: m.Text, Format: m.Format, Attachments: m.Attachments}
	if t.Format == "" {
		t.Format = "text"
	}
	return t
}

// refused tells whose word did not get through and who controls; the word itself was not stored.
func (p *payload) refused(e *orchestrator.Entry) {
	if e.Event.Message != nil {
		p.MessageID = e.Event.Message.ID
	}
	p.Author, p.Controller = &e.Event.Actor, saw(e, "controller")
}

// queued tells where a request began to wait.
func (p *payload) queued(e *orchestrator.Entry) {
	p.Queue = orchestrator.QueueName(cmp.Or(saw(e, "to_queue"), saw(e, "queue")))
	if line := e.Event.Line(); line != nil {
		p.Position = line.Waiting + 1
	}
	p.expects(e)
}

// expects tells how long it takes, as the desk said when it told the place.
func (p *payload) expects(e *orchestrator.Entry) {
	if line := e.Event.Line(); line != nil {
		p.WaitSeconds = (line.WaitMS + 999) / 1000
	}
}

// forCustomer keeps what a customer may know: words, position, who serves, and that it is over.
func (p payload) forCustomer() payload {
	return payload{
		Message: p.Message, Author: p.Author, Queue: p.Queue, Position: p.Position, WaitSeconds: p.WaitSeconds,
		Agent: p.Agent,
		From:  p.From, To: p.To, FromState: p.FromState, ToState: p.ToState, EndedBy: p.EndedBy, Resume: p.Resume,
		Rating: p.Rating,
	}
}

// endedByActor is who ended a chat, in the words of the wire.
func endedByActor(role orchestrator.ActorRole) string {
	switch role {
	case orchestrator.ActorCustomer:
		return "user"
	case orchestrator.ActorBot:
		return "bot"
	case orchestrator.ActorAgent, orchestrator.ActorSupervisor, orchestrator.ActorDesk:
		return "agent"
	case orchestrator.ActorSystem:
		return "system"
	}
	return "system"
}
