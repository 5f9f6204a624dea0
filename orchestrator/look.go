package orchestrator

import (
	"context"
	"time"
)

// lookTimeout bounds asking who is there, at all desks together. A desk that does not answer in time is one of which nothing is
// known.
const lookTimeout = 2 * time.Second

// look asks who is there, where the decision depends on it, and writes the answers into the event: what was looked at belongs
// to the timeline, and the decision stays pure. An event that brings its own answers (a repetition of the loop) keeps them.
func (e *Engine) look(ctx context.Context, flow Flow, c *Conversation, ev *Event) {
	if ev.Looked != nil || ev.Elsewhere != nil {
		return
	}
	here, elsewhere := flow.Wants(c, ev)
	if here.Desk == "" && len(elsewhere) == 0 {
		return // nearly every event; the limit below costs a timer
	}
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	if here.Desk != "" {
		if ev.Looked = e.ask(ctx, here); ev.Looked == nil || !ev.Looked.Nobody() {
			return
		}
	}
	for _, at := range elsewhere {
		said := e.ask(ctx, at)
		if said == nil {
			return // a desk that cannot tell may have somebody
		}
		ev.Elsewhere = append(ev.Elsewhere, LookedAt{Desk: at.Desk, Queue: at.Queue, Said: *said})
		if !said.Nobody() {
			return
		}
	}
}

// ask answers what a desk says of a queue; nil where it cannot tell.
func (e *Engine) ask(ctx context.Context, at Sought) *Looked {
	desk, ok := e.desks[at.Desk].(Availability)
	if !ok {
		return nil
	}
	looked, err := desk.Look(ctx, at.Queue, at.Skills)
	if err != nil {
		e.log.WarnContext(ctx, "cannot tell who is there", "desk", at.Desk, "queue", at.Queue, "error", err)
		return nil
	}
	return &looked
}
