package superoffice

import (
	"context"

	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// follow tells what is new in a session, in the order in which it happened as far as the vendor lets us know: who serves it
// before their words, then the words, then what has become of it.
func (v *visit) follow(ctx context.Context) error {
	if v.chat == nil {
		return v.lost(ctx)
	}
	if v.note.Stand == over && !v.chat.stand().live() {
		return nil
	}
	for i := range v.messages {
		m := &v.messages[i]
		if m.ID <= v.note.Seen {
			continue
		}
		if err := v.hear(ctx, m); err != nil {
			return err
		}
		v.note.Seen = m.ID
	}
	if err := v.serve(ctx); err != nil {
		return err
	}
	if err := v.settle(ctx); err != nil {
		return err
	}
	v.note.Topic = v.chat.Topic
	return v.mend(ctx)
}

func (s stand) live() bool { return s != over }

// hear tells one message. A person's words need that person to be in the conversation.
func (v *visit) hear(ctx context.Context, m *message) error {
	switch m.Special {
	case specialClosedByUser, specialClosedByCustomer, specialClosedByIdle:
		v.closedBy = m.Special
	case specialReopened:
		if err := v.revive(ctx); err != nil {
			return err
		}
	case specialTransfered: // whoever has it now speaks from here on
		if err := v.serve(ctx); err != nil {
			return err
		}
	}
	ev := v.seat.says(v, m)
	if ev == nil {
		return nil
	}
	if ev.Actor.Role == orchestrator.ActorAgent {
		user := v.chat.User.agent()
		if v.note.Stand != served || user != nil && user.Name == m.Author && v.note.Agent.ID != user.ID {
			if err := v.serve(ctx); err != nil {
				return err
			}
		}
		ev.Actor = v.author(m)
	}
	ev.ID = orchestrator.EventID(string(v.Name) + ":" + v.ref + ":m:" + m.ID.String())
	ev.At = orchestrator.Moment(m.Posted)
	return v.tell(ctx, "", ev)
}

// author is who wrote a message to the customer: the person who serves, under the name in the message. Where nobody serves
// it is what the desk itself says.
func (v *visit) author(m *message) orchestrator.Actor {
	if v.note.Stand != served || v.note.Agent == nil {
		return orchestrator.Actor{Role: orchestrator.ActorDesk, ID: string(v.Name), Name: m.Author}
	}
	who := orchestrator.Actor{Role: orchestrator.ActorAgent, ID: string(v.note.Agent.ID), Name: v.note.Agent.Name}
	if m.Author != "" {
		who.Name = m.Author
	}
	return who
}

// serve tells who serves the session, if that is news.
func (v *visit) serve(ctx context.Context) error {
	user := v.chat.User.agent()
	if user == nil {
		return nil
	}
	switch {
	case v.note.Stand != served:
		if err := v.await(ctx); err != nil {
			return err
		}
		if err := v.tell(ctx, drift.Accepted, &orchestrator.Event{Type: orchestrator.EventAccepted, Agent: user}); err != nil {
			return err
		}
	case v.note.Agent == nil || v.note.Agent.ID != user.ID:
		if v.note.To == nil || v.note.To.ID != user.ID {
			if err := v.tell(ctx, "", &orchestrator.Event{Type: orchestrator.EventTransferRequested, Agent: user}); err != nil {
				return err
			}
		}
		if err := v.tell(ctx, drift.OtherAgent, &orchestrator.Event{Type: orchestrator.EventTransferAccepted, Agent: user}); err != nil {
			return err
		}
		v.note.To = nil
	}
	v.note.Stand, v.note.Agent = served, user
	return nil
}

// await brings a conversation that waits for nobody as far as we know into a queue, so that it can be accepted: people took
// the session although nobody had asked them, or the customer came back to it.
func (v *visit) await(ctx context.Context) error {
	c, err := v.record(ctx)
	switch {
	case err != nil || c == nil:
		return err
	case c.State == orchestrator.StateWrapUp:
		return v.tell(ctx, "", &orchestrator.Event{Type: orchestrator.EventCustomerReturned})
	case c.State != orchestrator.StateBot || v.config.Seat != SeatAgent:
		return nil
	}
	// From here on no word of ours may be posted.
	if err := v.keep(ctx, "read", v.ref, handedName, "taken"); err != nil {
		return err
	}
	ask := &orchestrator.Event{Type: orchestrator.EventHandoffRequested, Reason: "taken by people at the desk"}
	if queue := v.queueOf(v.chat.Topic); queue != "" {
		ask.Request = &orchestrator.Request{Queue: queue, Priority: middlePriority}
	}
	return v.tell(ctx, "", ask)
}

// record is our record as it stands; nil where there is none.
func (v *visit) record(ctx context.Context) (*orchestrator.Conversation, error) {
	if v.unheard && v.note.Conversation != "" { // facts that were missed are told without an answer
		c, err := v.Memory.Load(ctx, v.note.Conversation)
		if err != nil {
			return nil, nilUnlessBroken(err)
		}
		v.conversation = c
	}
	return v.conversation, nil
}

// middlePriority is that of a request that names none.
const middlePriority = 5

// settle tells what has become of the session: a transfer that rings or failed, waiting again, the end.
func (v *visit) settle(ctx context.Context) error {
	now := v.chat.stand()
	switch now {
	case served:
		return v.ring(ctx)
	case waiting:
		return v.wait(ctx)
	case withBot:
		v.note.Stand, v.note.Agent, v.note.To = withBot, nil, nil
	case offline:
		if v.note.Stand == waiting || v.config.Seat == SeatCustomer && v.note.Stand != over {
			v.note.Stand = offline
			return v.tell(ctx, drift.Ended, &orchestrator.Event{
				Type: orchestrator.EventDeskFailed, Reason: "nobody is there: the customer is shown the offline form",
			})
		}
	case over:
		return v.finish(ctx)
	}
	return nil
}

// ring tells of a transfer that rings at somebody, or does so no more although the first still has it.
func (v *visit) ring(ctx context.Context) error {
	to := v.chat.TransferTo.agent()
	if v.note.To != nil && (to == nil || to.ID != v.note.To.ID) {
		if err := v.tell(ctx, "", &orchestrator.Event{
			Type: orchestrator.EventTransferFailed, Agent: v.note.To, Reason: "declined or called off at the desk",
		}); err != nil {
			return err
		}
		v.note.To = nil
	}
	if to != nil && v.note.To == nil && to.ID != v.note.Agent.ID {
		if err := v.tell(ctx, "", &orchestrator.Event{Type: orchestrator.EventTransferRequested, Agent: to}); err != nil {
			return err
		}
		v.note.To = to
	}
	return nil
}

// wait tells that the session waits again: in another topic's line, or in its own.
func (v *visit) wait(ctx context.Context) error {
	was := v.note.Stand
	v.note.Stand = waiting
	if was != served {
		return nil
	}
	v.note.Agent, v.note.To = nil, nil
	ev := &orchestrator.Event{Type: orchestrator.EventRequeued, Reason: "put back into the queue at the desk"}
	if queue := v.queueOf(v.chat.Topic); queue != "" && v.chat.Topic != v.note.Topic {
		ev.Type, ev.Target = orchestrator.EventTransferredToQueue, &orchestrator.Target{Desk: v.Name, Queue: queue}
	}
	return v.tell(ctx, drift.Requeued, ev)
}

// finish tells the end.
func (v *visit) finish(ctx context.Context) error {
	if v.note.Stand == over {
		return nil
	}
	ev := v.seat.ended(v)
	kind := drift.Ended
	if ev.Type == orchestrator.EventCustomerLeft {
		kind = drift.CustomerOut
	}
	if err := v.tell(ctx, kind, ev); err != nil {
		return err
	}
	v.note.Stand, v.note.OverAt, v.note.Agent, v.note.To = over, v.Now(), nil, nil
	return nil
}

// howEnded is how the vendor says that a session ended.
func (v *visit) howEnded() string {
	switch v.closedBy {
	case specialClosedByUser:
		return "ended at the desk"
	case specialClosedByCustomer:
		return "ended by the customer"
	case specialClosedByIdle:
		return "closed by the desk: the customer's client did not fetch"
	}
	if v.chat == nil {
		return "the desk does not know the session any more"
	}
	return "status " + v.chat.Status.String()
}

// revive: the customer is back in a session that was finished.
func (v *visit) revive(ctx context.Context) error {
	if v.note.Stand != over {
		return nil
	}
	v.note.Stand, v.note.OverAt = waiting, 0
	if c, err := v.record(ctx); err != nil || c == nil || c.State != orchestrator.StateWrapUp {
		return err
	}
	return v.tell(ctx, "", &orchestrator.Event{Type: orchestrator.EventCustomerReturned})
}

// lost: the vendor has no such session any more.
func (v *visit) lost(ctx context.Context) error {
	if v.note.Stand == over {
		return nil
	}
	ev := v.seat.ended(v)
	if v.note.Stand != withBot {
		ev = &orchestrator.Event{Type: orchestrator.EventDeskFailed, Reason: "the desk does not know the session any more"}
	}
	if err := v.tell(ctx, drift.Lost, ev); err != nil {
		return err
	}
	v.note.Stand, v.note.OverAt = over, v.Now()
	return nil
}
