package once

import (
	"context"
	"errors"
	"testing"

	"handoff/orchestrator"
)

// TestEachAnswerOfAPostHasOneMeaning: what a sender is told of each, and whether the word counts as posted.
func TestEachAnswerOfAPostHasOneMeaning(t *testing.T) {
	failed := func(outcome orchestrator.Outcome) error {
		return &orchestrator.ConnectorError{Connector: "desk", Op: "send", Code: "CONFLICT", Status: 409, Outcome: outcome, Err: errLost}
	}
	over := &orchestrator.ConnectorError{Code: orchestrator.CodeChatOver, Outcome: orchestrator.OutcomePermanent, Err: orchestrator.ErrChatOver}
	for name, row := range map[string]struct {
		answer  Answer
		outcome orchestrator.Outcome
		over    bool
		done    bool
	}{
		"delivered":                {answer: Delivered(), done: true},
		"delivered, read":          {answer: Read(nil), done: true},
		"over":                     {answer: ChatOver(nil), outcome: orchestrator.OutcomePermanent, over: true},
		"over, refused":            {answer: ChatOver(failed(orchestrator.OutcomeUnknown)), outcome: orchestrator.OutcomePermanent, over: true},
		"over, read":               {answer: Read(over), outcome: orchestrator.OutcomePermanent, over: true},
		"refused":                  {answer: Read(failed(orchestrator.OutcomePermanent)), outcome: orchestrator.OutcomePermanent},
		"not sent":                 {answer: Failed(failed(orchestrator.OutcomeRetry)), outcome: orchestrator.OutcomeRetry},
		"unknown":                  {answer: Failed(failed(orchestrator.OutcomeUnknown)), outcome: orchestrator.OutcomeUnknown},
		"an error of another kind": {answer: Failed(errLost), outcome: orchestrator.OutcomeUnknown},
		"a failure that is none":   {answer: Failed(nil), outcome: orchestrator.OutcomeUnknown},
		"not read":                 {answer: Answer{}, outcome: orchestrator.OutcomeUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			posts := 0
			chat := Chat{Post: func(context.Context, string) Answer { posts++; return row.answer }}
			p := New(&notebook{values: map[string][]byte{}}, "desk")
			err := p.Send(t.Context(), "r", "c.1.0", []string{"one"}, chat)
			if err != nil && orchestrator.OutcomeOf(err) != row.outcome || (err == nil) != row.done {
				t.Errorf("it is told %v, outcome %s", err, orchestrator.OutcomeOf(err))
			}
			if errors.Is(err, orchestrator.ErrChatOver) != row.over {
				t.Errorf("over: %v", err)
			}
			var ce *orchestrator.ConnectorError
			if errors.As(err, &ce) && row.over && (ce.Connector != "desk" && ce.Connector != "" || ce.Code == "") {
				t.Errorf("the failure names desk %q, code %q", ce.Connector, ce.Code)
			}
			_ = p.Send(t.Context(), "r", "c.1.0", []string{"one"}, chat) // repeated
			if want := map[bool]int{true: 1, false: 2}[row.done]; posts != want {
				t.Errorf("repeated, it was posted %d times, want %d", posts, want)
			}
		})
	}
}
