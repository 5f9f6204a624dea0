package superoffice

import (
	"context"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// tellNews tells what is new in a session, in the order in which it happened as far as the vendor lets us know: who serves it
// before their words, then the words, then what has become of it.
func (r *reading) tellNews(ctx context.Context) error {
	if r.chat == nil {
		return r.tellLost(ctx)
	}
	if r.note.Stand == over && !r.chat.stand().live() {
		return nil
	}
	for i := range r.messages {
		m := &r.messages[i]
		if m.ID <= r.note.Seen {
			continue
		}
		if err := r.hear(ctx, m); err != nil {
			return err
		}
		r.note.Seen = m.ID
	}
	if err := r.tellServing(ctx); err != nil {
		return err
	}
	if err := r.tellStand(ctx); err != nil {
		return err
	}
	r.note.Topic = r.chat.Topic
	return r.compare(ctx)
}

func (s stand) live() bool { return s != over }

// hear tells one message. A person's words need that person to be in the conversation.
func (r *reading) hear(ctx context.Context, m *message) error {
	switch m.Special {
	case specialClosedByUser, specialClosedByCustomer, specialClosedByIdle:
		r.closedBy = m.Special
	case specialReopened:
		if err := r.revive(ctx); err != nil {
			return err
		}
	case specialTransfered: // whoever has it now speaks from here on
		if err := r.tellServing(ctx); err != nil {
			return err
		}
	}
	ev := r.seat.says(r, m)
	if ev == nil {
		return nil
	}
	if ev.Actor.Role == orchestrator.ActorAgent {
		user := r.chat.User.agent()
		if r.note.Stand != served || user != nil && user.Name == m.Author && r.note.Agent.ID != user.ID {
			if err := r.tellServing(ctx); err != nil {
				return err
			}
		}
		ev.Actor = r.author(m)
	}
	ev.ID = orchestrator.EventID(string(r.Name) + ":" + r.ref + ":m:" + m.ID.String())
	ev.At = orchestrator.Moment(m.Posted)
	return r.tell(ctx, "", ev)
}

// author is who wrote a message to the customer: the person who serves, under the name in the message. Where nobody serves
// it is what the desk itself says.
func (r *reading) author(m *message) orchestrator.Actor {
	if r.note.Stand != served || r.note.Agent == nil {
		return orchestrator.Actor{Role: orchestrator.ActorDesk, ID: string(r.Name), Name: m.Author}
	}
	who := orchestrator.Actor{Role: orchestrator.ActorAgent, ID: string(r.note.Agent.ID), Name: r.note.Agent.Name}
	if m.Author != "" {
		who.Name = m.Author
	}
	return who
}

// tellServing tells who serves the session, if that is news.
func (r *reading) tellServing(ctx context.Context) error {
	user := r.chat.User.agent()
	if user == nil {
		return nil
	}
	switch {
	case r.note.Stand != served:
		if err := r.becomeQueued(ctx); err != nil {
			return err
		}
		if err := r.tell(ctx, drift.Accepted, &orchestrator.Event{Type: orchestrator.EventAccepted, Agent: user}); err != nil {
			return err
		}
	case r.note.Agent == nil || r.note.Agent.ID != user.ID:
		if r.note.To == nil || r.note.To.ID != user.ID {
			if err := r.tell(ctx, "", &orchestrator.Event{Type: orchestrator.EventTransferRequested, Agent: user}); err != nil {
				return err
			}
		}
		if err := r.tell(ctx, drift.OtherAgent, &orchestrator.Event{Type: orchestrator.EventTransferAccepted, Agent: user}); err != nil {
			return err
		}
		r.note.To = nil
	}
	r.note.Stand, r.note.Agent = served, user
	return nil
}

// becomeQueued brings a conversation that waits for nobody as far as we know into a queue, so that it can be accepted: people
// took the session although nobody had asked them, or the customer came back to it.
func (r *reading) becomeQueued(ctx context.Context) error {
	c, err := r.record(ctx)
	switch {
	case err != nil || c == nil:
		return err
	case c.State == orchestrator.StateWrapUp:
		return r.tell(ctx, "", &orchestrator.Event{Type: orchestrator.EventCustomerReturned})
	case c.State != orchestrator.StateBot || r.config.Seat != SeatAgent:
		return nil
	}
	// From here on no word of ours may be posted.
	if err := r.keep(ctx, "read", r.ref, noteHanded, "taken"); err != nil {
		return err
	}
	ask := &orchestrator.Event{Type: orchestrator.EventHandoffRequested, Reason: "taken by people at the desk"}
	if queue := r.queueOf(r.chat.Topic); queue != "" {
		ask.Request = &orchestrator.Request{Queue: queue, Priority: middlePriority}
	}
	return r.tell(ctx, "", ask)
}

// record is our record as it stands; nil where there is none.
func (r *reading) record(ctx context.Context) (*orchestrator.Conversation, error) {
	if r.unheard && r.note.Conversation != "" { // facts that were missed are told without an answer
		c, err := r.Record(ctx, r.note.Conversation)
		if err != nil || c == nil {
			return nil, err
		}
		r.conversation = c
	}
	return r.conversation, nil
}

// middlePriority is that of a request that names none.
const middlePriority = 5

// tellStand tells what has become of the session: a transfer that rings or failed, waiting again, the end.
func (r *reading) tellStand(ctx context.Context) error {
	now := r.chat.stand()
	switch now {
	case served:
		return r.tellTransfer(ctx)
	case waiting:
		return r.tellWaiting(ctx)
	case withBot:
		r.note.Stand, r.note.Agent, r.note.To = withBot, nil, nil
	case offline:
		if r.note.Stand == waiting || r.config.Seat == SeatCustomer && r.note.Stand != over {
			r.note.Stand = offline
			return r.tell(ctx, drift.Ended, &orchestrator.Event{
				Type: orchestrator.EventDeskFailed, Reason: "nobody is there: the customer is shown the offline form",
			})
		}
	case over:
		return r.tellEnd(ctx)
	}
	return nil
}

// tellTransfer tells of a transfer that rings at somebody, or does so no more although the first still has it.
func (r *reading) tellTransfer(ctx context.Context) error {
	to := r.chat.TransferTo.agent()
	if r.note.To != nil && (to == nil || to.ID != r.note.To.ID) {
		if err := r.tell(ctx, "", &orchestrator.Event{
			Type: orchestrator.EventTransferFailed, Agent: r.note.To, Reason: "declined or called off at the desk",
		}); err != nil {
			return err
		}
		r.note.To = nil
	}
	if to != nil && r.note.To == nil && to.ID != r.note.Agent.ID {
		if err := r.tell(ctx, "", &orchestrator.Event{Type: orchestrator.EventTransferRequested, Agent: to}); err != nil {
			return err
		}
		r.note.To = to
	}
	return nil
}

// tellWaiting tells that the session waits again: in another topic's line, or in its own.
func (r *reading) tellWaiting(ctx context.Context) error {
	was := r.note.Stand
	r.note.Stand = waiting
	if was != served {
		return nil
	}
	rings := r.note.To != nil // at a colleague: there our record takes no transfer to a queue, but that it waits again
	r.note.Agent, r.note.To = nil, nil
	ev := &orchestrator.Event{Type: orchestrator.EventRequeued, Reason: "put back into the queue at the desk"}
	if queue := r.queueOf(r.chat.Topic); queue != "" && r.chat.Topic != r.note.Topic {
		ev.Target = &orchestrator.Target{Desk: r.Name, Queue: queue}
		if !rings {
			ev.Type = orchestrator.EventTransferredToQueue
		}
	}
	return r.tell(ctx, drift.Requeued, ev)
}

// tellEnd tells the end.
func (r *reading) tellEnd(ctx context.Context) error {
	if r.note.Stand == over {
		return nil
	}
	ev := r.seat.ended(r)
	kind := drift.Ended
	if ev.Type == orchestrator.EventCustomerLeft {
		kind = drift.CustomerOut
	}
	if err := r.tell(ctx, kind, ev); err != nil {
		return err
	}
	r.note.Stand, r.note.OverAt, r.note.Agent, r.note.To = over, r.Now(), nil, nil
	return nil
}

// howEnded is how the vendor says that a session ended.
func (r *reading) howEnded() string {
	switch r.closedBy {
	case specialClosedByUser:
		return "ended at the desk"
	case specialClosedByCustomer:
		return "ended by the customer"
	case specialClosedByIdle:
		return "closed by the desk: the customer's client did not fetch"
	}
	if r.chat == nil {
		return "the desk does not know the session any more"
	}
	return "status " + r.chat.Status.String()
}

// revive: the customer is back in a session that was finished.
func (r *reading) revive(ctx context.Context) error {
	if r.note.Stand != over {
		return nil
	}
	r.note.Stand, r.note.OverAt = waiting, 0
	if c, err := r.record(ctx); err != nil || c == nil || c.State != orchestrator.StateWrapUp {
		return err
	}
	return r.tell(ctx, "", &orchestrator.Event{Type: orchestrator.EventCustomerReturned})
}

// tellLost: the vendor has no such session any more.
func (r *reading) tellLost(ctx context.Context) error {
	if r.note.Stand == over {
		return nil
	}
	ev := r.seat.ended(r)
	if r.note.Stand != withBot {
		ev = &orchestrator.Event{Type: orchestrator.EventDeskFailed, Reason: "the desk does not know the session any more"}
	}
	if err := r.tell(ctx, drift.Lost, ev); err != nil {
		return err
	}
	r.note.Stand, r.note.OverAt = over, r.Now()
	return nil
}
