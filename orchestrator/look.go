package orchestrator

import (
	"context"
	"time"
)

// lookTimeout bounds asking a desk who is there. A desk that does not answer in time is one of which nothing is known.
const lookTimeout = 2 * time.Second

// look asks the desk who is there, where the decision depends on it, and writes the answer into the event: what was looked
// at belongs to the timeline, and the decision stays pure. An event that brings its own answer (a repetition of the loop)
// keeps it.
func (e *Engine) look(ctx context.Context, flow Flow, c *Conversation, ev *Event) {
	if ev.Looked != nil {
		return
	}
	name, queue, skills, wants := flow.Wants(c, ev)
	if !wants {
		return
	}
	desk, ok := e.desks[name].(Availability)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	looked, err := desk.Look(ctx, queue, skills)
	if err != nil {
		e.log.WarnContext(ctx, "cannot tell who is there", "desk", name, "queue", queue, "error", err)
		return
	}
	ev.Looked = &looked
}
