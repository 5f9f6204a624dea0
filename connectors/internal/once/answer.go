package once

import (
	"errors"

	"handoff/orchestrator"
)

// Answer is what came of a post. Only the functions below make one that counts: the zero value is the answer that nobody has read,
// and leaves open whether the word has arrived.
type Answer struct {
	read bool
	err  error
}

// errUnread: the connector did not say what the vendor's answer means.
var errUnread = errors.New("the answer was not read")

// Delivered: the people, or the customer, have the word.
func Delivered() Answer { return Answer{read: true} }

// ChatOver: the chat is over at the vendor, so nobody reads the word. The cause is the vendor's refusal; nil where it did not refuse.
func ChatOver(cause error) Answer {
	over := &orchestrator.ConnectorError{Op: "send", Code: orchestrator.CodeChatOver}
	if ce, ok := errors.AsType[*orchestrator.ConnectorError](cause); ok {
		copied := *ce
		over, cause = &copied, ce.Err
	}
	over.Outcome, over.Err = orchestrator.OutcomePermanent, orchestrator.ErrChatOver
	if cause != nil && !errors.Is(cause, orchestrator.ErrChatOver) {
		over.Err = errors.Join(orchestrator.ErrChatOver, cause)
	}
	return Answer{read: true, err: over}
}

// Failed: the error's outcome says whether the word was refused, was not sent, or may have arrived.
func Failed(err error) Answer {
	if err == nil {
		return Answer{}
	}
	return Answer{read: true, err: err}
}

// Read is the answer of a call that fails unless the word was delivered.
func Read(err error) Answer {
	switch {
	case err == nil:
		return Delivered()
	case errors.Is(err, orchestrator.ErrChatOver):
		return ChatOver(err)
	}
	return Failed(err)
}

// failure is the error for whoever sends, nil for a word that was delivered.
func (a Answer) failure(desk orchestrator.ConnectorName) error {
	if !a.read {
		return &orchestrator.ConnectorError{
			Connector: desk, Op: "send", Code: "not-understood", Outcome: orchestrator.OutcomeUnknown, Err: errUnread,
		}
	}
	if ce, ok := a.err.(*orchestrator.ConnectorError); ok && ce.Connector == "" { //nolint:errorlint // one that was made above
		ce.Connector = desk
	}
	return a.err
}
