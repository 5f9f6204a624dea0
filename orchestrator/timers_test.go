package orchestrator_test

import (
	"context"
	"testing"
	"time"

	"handoff/orchestrator"
)

// askedContext tells when its end is asked for: whoever asks is about to wait, and the context of a request then starts a timer.
type askedContext struct {
	context.Context
	asked func()
}

func (c *askedContext) Deadline() (time.Time, bool) { c.asked(); return c.Context.Deadline() }

func (c *askedContext) Done() <-chan struct{} { c.asked(); return c.Context.Done() }

func TestAWordThatWaitsForNothingStartsNoTimer(t *testing.T) {
	r := newRig(t)
	p := r.start("a")
	r.take(p, word("evt-1", "c-1"))
	ctx := &askedContext{t.Context(), func() { t.Error("the end of the request was asked for") }}
	if _, err := p.Receive(ctx, word("evt-2", "c-1")); err != nil {
		t.Fatal(err)
	}
}

// word is a customer's word that the bot brings.
func word(id orchestrator.EventID, external string) orchestrator.Event {
	return orchestrator.Event{
		ID: id, Type: orchestrator.EventMessage, Bot: "shop", External: external,
		Actor:   orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u-1"},
		Message: &orchestrator.Message{ID: "m-" + string(id), Text: "hello"},
	}
}
