package wire

import (
	"cmp"

	"handoff/orchestrator"
)

// Data is what is told of everything but words; which members are there depends on the type.
type Data struct {
	Author *Author `json:"author,omitempty"`

	Queue       orchestrator.QueueName `json:"queue,omitzero"`
	Position    int                    `json:"position,omitzero"`
	WaitSeconds int64                  `json:"estimated_wait_seconds,omitzero"`
	Agent       *orchestrator.Agent    `json:"agent,omitempty"`
	From        *orchestrator.Target   `json:"from,omitempty"`
	To          *orchestrator.Target   `json:"to,omitempty"`

	MessageID  string `json:"message_id,omitzero"`
	Controller string `json:"controller,omitzero"`
	Reason     string `json:"reason,omitzero"`
	Retryable  *bool  `json:"retryable,omitempty"` // always told with handoff.failed
	RetryAfter int64  `json:"retry_after_seconds,omitzero"`

	EndedBy     string     `json:"ended_by,omitzero"`
	Resume      string     `json:"resume,omitzero"`
	Disposition string     `json:"disposition,omitzero"`
	Tags        []string   `json:"tags,omitempty"`
	Note        string     `json:"note,omitzero"`
	Notes       []string   `json:"notes,omitempty"`
	Durations   *Durations `json:"durations,omitempty"` // always told with handoff.completed
	Rating      int        `json:"rating,omitzero"`
	ExpiresIn   int64      `json:"expires_in,omitzero"` // seconds, of typing

	FromState orchestrator.State `json:"from_state,omitzero"`
	ToState   orchestrator.State `json:"to_state,omitzero"`

	// What the bot knew, for the people who take over.
	Request    *orchestrator.Request  `json:"request,omitempty"`
	Customer   *orchestrator.Customer `json:"customer,omitempty"`
	Language   string                 `json:"language,omitzero"`
	Attributes map[string]any         `json:"attributes,omitempty"`
	Transcript []orchestrator.Turn    `json:"transcript,omitempty"`

	// What the people said, for a bot that goes on.
	Handback *Handback `json:"handback,omitempty"`
}

// Durations of a handoff's parts, in seconds.
type Durations struct {
	Queue  int64 `json:"queue"`
	Talk   int64 `json:"talk"`
	WrapUp int64 `json:"wrapup"`
}

// Failure is why a handoff comes to nothing: told with handoff.failed, and by the webhook's answer.
type Failure struct {
	Reason     string `json:"reason"`
	Retryable  bool   `json:"retryable"`
	RetryAfter int64  `json:"retry_after_seconds,omitzero"`
}

// FailureOf is the failure that a notice tells, nil if it tells none.
func FailureOf(n *orchestrator.Notice) *Failure {
	if n == nil || n.Type != Failed {
		return nil
	}
	return &Failure{Reason: n.Reason, Retryable: n.Retryable, RetryAfter: Seconds(n.RetryAfterMS)}
}

// NoticeData is the data of a notice, without what the people said.
func NoticeData(n *orchestrator.Notice) *Data {
	d := &Data{
		Queue: n.Queue, Position: n.Position, WaitSeconds: Seconds(n.WaitMS), Agent: n.Agent, From: n.From, To: n.To,
		MessageID: n.MessageID, Controller: string(n.Controller), Reason: n.Reason, EndedBy: n.EndedBy, Resume: n.Resume,
		Disposition: n.Disposition, Tags: n.Tags, Notes: n.Notes, FromState: n.FromState, ToState: n.ToState,
	}
	if n.Author != nil {
		author := AuthorOf(*n.Author)
		d.Author = &author
	}
	if f := FailureOf(n); f != nil {
		d.Retryable, d.RetryAfter = &f.Retryable, f.RetryAfter
	}
	if n.Type == Completed {
		d.Durations = &Durations{Queue: Seconds(n.QueueMS), Talk: Seconds(n.TalkMS), WrapUp: Seconds(n.WrapUpMS)}
	}
	return d
}

// StepData is the data of a step: what its notice says, or else what its event does.
func StepData(e *orchestrator.Entry) *Data {
	if n := NoticeOf(e); n != nil {
		return NoticeData(n)
	}
	ev := &e.Event
	d := &Data{
		Agent: ev.Agent, FromState: e.From, ToState: e.To, Reason: ev.Reason, Disposition: ev.Disposition, Tags: ev.Tags,
		Position: ev.Position,
	}
	if ev.Target != nil {
		d.Queue, d.To = ev.Target.Queue, ev.Target
	}
	d.AddContext(e)
	return d
}

// AddContext adds what the event itself brought, for people who may see all of it.
func (d *Data) AddContext(e *orchestrator.Entry) {
	ev := &e.Event
	d.Reason, d.Disposition = cmp.Or(d.Reason, ev.Reason), cmp.Or(d.Disposition, ev.Disposition)
	if d.Agent == nil {
		d.Agent = ev.Agent
	}
	d.Rating, d.Request, d.Customer, d.Language = ev.Rating, ev.Request, ev.Customer, ev.Language
	d.Attributes, d.Transcript = ev.Attributes, ev.Transcript
	if len(d.Notes) == 0 {
		d.Note = ev.Note
	}
}

// ForCustomer keeps what a customer may know: place, who serves, that it is over, and which word did not arrive.
func (d *Data) ForCustomer() *Data {
	return &Data{
		Queue: d.Queue, Position: d.Position, WaitSeconds: d.WaitSeconds, Agent: d.Agent, From: d.From, To: d.To,
		FromState: d.FromState, ToState: d.ToState, EndedBy: d.EndedBy, Resume: d.Resume, Rating: d.Rating, MessageID: d.MessageID,
	}
}

// Seconds rounds milliseconds up, so that a short time does not read as none.
func Seconds(ms int64) int64 { return (ms + 999) / 1000 }

// TypingData is the data of somebody's typing, which ends by itself after the given milliseconds; 0: it has ended.
func TypingData(author orchestrator.Actor, leftMS int64) *Data {
	a := AuthorOf(author)
	return &Data{Author: &a, ExpiresIn: Seconds(leftMS)}
}
