package superoffice

import (
	"context"
	"errors"
	"slices"

	"handoff/orchestrator"
)

// begin finds the conversation of a session, or begins one when the customer is through the form. After one has ended, the
// next begins with the customer's next word.
func (s *agentSeat) begin(ctx context.Context, r *reading) (bool, error) {
	first := r.note.Conversation == ""
	if !first {
		c, err := s.Record(ctx, r.note.Conversation)
		if err != nil {
			return false, err
		}
		if c != nil && !c.State.Ended() {
			r.conversation = c
			return true, nil
		}
		if !slices.ContainsFunc(r.messages, func(m message) bool { return m.byCustomer() }) {
			return false, s.noteOver(ctx, r)
		}
	}
	if r.chat == nil || r.chat.Status.over() {
		return false, nil
	}
	if !s.topics[r.chat.Topic] || first && r.chat.User.agent() != nil {
		s.noteNotOurs(r.ref)
		return false, nil
	}
	if !r.throughForm() {
		return false, nil
	}
	if claimed, err := s.accept(ctx, r); err != nil || !claimed && first {
		return false, err
	}
	return s.start(ctx, r)
}

// noteOver notes that a session whose conversation has ended is over as well, until its customer comes back.
func (s *agentSeat) noteOver(ctx context.Context, r *reading) error {
	switch {
	case r.chat == nil:
		return r.forget(ctx)
	case !r.chat.Status.over() || r.note.Stand == over:
		return nil
	}
	r.note.Stand, r.note.OverAt, r.note.Agent, r.note.To = over, s.Now(), nil, nil
	return s.write(ctx, r.ref, &r.note)
}

// throughForm: the customer can speak, or has spoken. Before, their name is not known.
func (r *reading) throughForm() bool {
	if slices.Contains([]status{statusInQueue, statusCustomerLast, statusUserLast}, r.chat.Status) {
		return true
	}
	return slices.ContainsFunc(r.messages, func(m message) bool { return m.byCustomer() })
}

// accept takes a session off the people's line before they see it. It fails when one of them was faster.
func (s *agentSeat) accept(ctx context.Context, r *reading) (bool, error) {
	c, err := s.patchUntil(ctx, "claim", r.ref, r.chat, func(c *chat) []operation {
		if c.User.agent() != nil || c.Status.over() {
			return nil
		}
		if todo := switching(c, true); todo != nil {
			return slices.Insert(todo, 0, test("Status", c.Status))
		}
		return nil
	})
	if errors.Is(err, errNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	r.chat = c
	return c.User.agent() == nil && !c.Status.over(), nil
}

// start begins a conversation.
func (s *agentSeat) start(ctx context.Context, r *reading) (bool, error) {
	if err := s.keep(ctx, "read", r.ref, noteHanded, ""); err != nil {
		return false, err
	}
	newest := r.note.Seen
	for i := range r.messages {
		newest = max(newest, r.messages[i].ID)
	}
	r.note.Conversation, r.note.Stand, r.note.OverAt, r.note.Agent, r.note.To = "", withBot, 0, nil, nil
	who := r.chat.customer(s.Name)
	ev := &orchestrator.Event{
		ID:   orchestrator.EventID(string(s.Name) + ":" + r.ref + ":started:" + newest.String()),
		Type: orchestrator.EventStarted, Customer: &who,
		Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: who.ID, Name: who.Name},
	}
	if err := r.tell(ctx, "", ev); err != nil {
		return false, err
	}
	return r.note.Conversation != "", nil
}
