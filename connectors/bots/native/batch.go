package native

import (
	"fmt"
	"net/http"

	"handoff/connectors/internal/strictjson"
	"handoff/orchestrator"
)

// DecodeBatch reads the events of one request, each in our own form and with an id of its own: {"events":[…]}. What is wrong with
// one of them is told with that one, at its place in the body; the error is about the whole. Errors: *orchestrator.InputError.
func (b *Bot) DecodeBatch(_ http.Header, body []byte, now orchestrator.Moment) ([]orchestrator.BatchedEvent, error) {
	if len(body) > MaxBody {
		return nil, tooLarge(orchestrator.BoundBody, MaxBody)
	}
	d := decoder{Reader: strictjson.Open(body), bot: b, now: now}
	defer d.Close()
	events, given := []orchestrator.BatchedEvent(nil), false
	if d.Object() {
		for d.Present() {
			if string(d.Name()) != "events" {
				d.Skip()
				continue
			}
			events, given = d.batch(), true
		}
	}
	if !given {
		d.Missing("events")
	}
	if err := d.wellFormed(); err != nil {
		return nil, err
	}
	if len(events) > MaxBatch {
		return nil, &orchestrator.InputError{Status: http.StatusRequestEntityTooLarge, Code: "too-large", Bound: orchestrator.BoundBatch,
			Detail: fmt.Sprintf("a batch has at most %d events", MaxBatch)}
	}
	if wrong := d.Problems(); len(wrong) > 0 {
		return nil, &orchestrator.InputError{Status: http.StatusUnprocessableEntity, Code: "validation",
			Detail: "the batch is not valid", Fields: wrong}
	}
	return events, nil
}

// batch reads at most one event more than may be sent.
func (d *decoder) batch() []orchestrator.BatchedEvent {
	if !d.Array() {
		return nil
	}
	var events []orchestrator.BatchedEvent
	for d.Element() {
		if len(events) > MaxBatch {
			d.Skip()
			continue
		}
		events = append(events, d.batched())
	}
	if len(events) == 0 {
		d.Problem("must have 1 to %d elements", MaxBatch)
	}
	return events
}

// batched reads one event as if it had come alone.
func (d *decoder) batched() orchestrator.BatchedEvent {
	*d = decoder{Reader: d.Reader, bot: d.bot, now: d.now}
	d.ev.Bot = d.bot.name
	begins := d.Mark()
	d.envelope()
	d.require(hasID, "id")
	err := d.refusal(d.TakeProblems())
	if err == nil {
		d.taken("", d.From(begins))
	}
	return orchestrator.BatchedEvent{ID: d.id, Event: d.ev, Err: err}
}
