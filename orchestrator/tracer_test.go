package orchestrator_test

import (
	"context"
	"testing"

	"handoff/orchestrator"
)

// marker is a tracer that gives every command the same mark, and tells of the spans that begin below it.
type marker struct {
	mark   string
	begins chan orchestrator.Traced
	ends   chan error
}

type markerKey struct{}

func (m *marker) Start(ctx context.Context, what orchestrator.Traced) (context.Context, orchestrator.EndSpan) {
	if ctx.Value(markerKey{}) != m.mark {
		return ctx, func(orchestrator.ConversationID, error) {}
	}
	m.begins <- what
	return ctx, func(_ orchestrator.ConversationID, err error) { m.ends <- err }
}

func (m *marker) Mark(context.Context) string { return m.mark }

func (m *marker) Under(ctx context.Context, mark string) context.Context {
	return context.WithValue(ctx, markerKey{}, mark)
}

func newMarker(mark string) *marker {
	return &marker{mark: mark, begins: make(chan orchestrator.Traced, 64), ends: make(chan error, 64)}
}

func TestTraceOfACommandSurvivesTheProcessThatWroteIt(t *testing.T) {
	r := newRig(t)
	r.tracer = newMarker("mark-of-one")
	one := r.start("one")
	held := make(chan struct{})
	r.bot.answers(func(call) error { <-held; return failure(orchestrator.OutcomeRetry) })
	ask := orchestrator.Event{
		ID: "ask", Type: orchestrator.EventHandoffRequested, Bot: "shop", External: "c-1",
		Actor: orchestrator.Actor{Role: orchestrator.ActorBot}, Request: &orchestrator.Request{Priority: 5},
	}
	id := r.take(one, ask).Conversation.ID
	pending, err := r.store.Pending(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if len(pending) == 0 {
		t.Fatal("there are no commands")
	}
	for _, cmd := range pending {
		if cmd.Trace != "mark-of-one" {
			t.Errorf("%s was stored with the mark %q", cmd.Type, cmd.Trace)
		}
	}
	close(held) // the call fails, and the process hands the lane over
	awaitSleeping(r)
	one.stop()
	r.bot.answers(func(call) error { return nil })
	second := newMarker("mark-of-one")
	r.tracer = second
	two := r.start("two")
	r.clock.Advance(orchestrator.DispatchLease)
	if _, err := two.Dispatcher().Claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	for what := range second.begins {
		if what.Command == orchestrator.CommandNotify {
			if what.Name != "call" || what.Connector != "shop" || what.ID == "" || what.Attempt == 0 {
				t.Errorf("the span is of %+v", what)
			}
			break
		}
	}
}

func TestUntracedProcessPaysNothingForSpans(t *testing.T) {
	ctx := t.Context()
	var tracer orchestrator.Tracer = orchestrator.NoTracer{}
	allocs := testing.AllocsPerRun(100, func() {
		within, end := tracer.Start(ctx, orchestrator.Traced{Name: "receive", Event: orchestrator.EventMessage})
		if tracer.Mark(within) != "" || tracer.Under(within, "") != ctx {
			t.Error("a span was begun")
		}
		end("", nil)
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
