package frame

import (
	"errors"
	"fmt"

	"handoff/orchestrator"
)

// Codes of failures that are ours, not the vendor's.
const (
	CodeMemory  = "memory"  // our own memory does not answer
	CodeInvalid = "invalid" // the command cannot be carried out as it is
	CodeNoChat  = "no-chat" // the conversation has no chat here
	CodeUnclear = "not-understood"
)

// Failed is the failure of a call, of which we know what it means.
func (f *Frame) Failed(op, code string, outcome orchestrator.Outcome, why error) error {
	return &orchestrator.ConnectorError{Connector: f.Name, Op: op, Code: code, Outcome: outcome, Err: why}
}

// Permanent is the failure of a call that did not happen and never will.
func (f *Frame) Permanent(op, code string, why error) error {
	return f.Failed(op, code, orchestrator.OutcomePermanent, why)
}

// Over is the failure of a call for a chat that is over at the vendor: the word did not reach anybody. The end itself is told by
// whoever listens.
func (f *Frame) Over(op string) error {
	return f.Permanent(op, orchestrator.CodeChatOver, orchestrator.ErrChatOver)
}

// Retry is the failure of a call that did not happen; trying again can help.
func (f *Frame) Retry(op, code string, why error) error {
	return f.Failed(op, code, orchestrator.OutcomeRetry, why)
}

// Unknown is the failure of a call that may have happened.
func (f *Frame) Unknown(op, code string, why error) error {
	return f.Failed(op, code, orchestrator.OutcomeUnknown, why)
}

// Broken is the failure of our own memory: the call was not made. Nil is none.
func (f *Frame) Broken(op string, why error) error {
	if why == nil {
		return nil
	}
	return f.Retry(op, CodeMemory, fmt.Errorf("memory: %w", why))
}

// Unclear is the failure of a call whose answer is none that the vendor documents: it may have happened.
func (f *Frame) Unclear(op string, why error) error { return f.Unknown(op, CodeUnclear, why) }

// CodeOf is the code of a failed call, the vendor's or ours.
func CodeOf(err error) string {
	if failure, is := errors.AsType[*orchestrator.ConnectorError](err); is {
		return failure.Code
	}
	return ""
}

// StatusOf is the HTTP status of a failed call; 0 if there was none.
func StatusOf(err error) int {
	if failure, is := errors.AsType[*orchestrator.ConnectorError](err); is {
		return failure.Status
	}
	return 0
}

// Refused reports that the vendor will not do what was asked of it, now or later.
func Refused(err error) bool {
	return err != nil && orchestrator.OutcomeOf(err) == orchestrator.OutcomePermanent
}
