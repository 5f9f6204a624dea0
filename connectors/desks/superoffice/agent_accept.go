package superoffice

import (
	"context"
	"errors"
	"slices"

	"handoff/orchestrator"
)

// begin finds the conversation of a session, or begins one when the customer is through the form. After one has ended, the
// next begins with the customer's next word.
func (s *agentSeat) begin(ctx context.Context, v *visit) (bool, error) {
	first := v.note.Conversation == ""
	if !first {
		c, err := s.Memory.Load(ctx, v.note.Conversation)
		if nilUnlessBroken(err) != nil {
			return false, err
		}
		if c != nil && err == nil && !c.State.Ended() {
			v.conversation = c
			return true, nil
		}
		if !slices.ContainsFunc(v.messages, func(m message) bool { return m.byCustomer() }) {
			return false, s.rest(ctx, v)
		}
	}
	if v.chat == nil || v.chat.Status.over() {
		return false, nil
	}
	if !s.topics[v.chat.Topic] || first && v.chat.User.agent() != nil {
		s.stranger(v.ref)
		return false, nil
	}
	if !v.throughForm() {
		return false, nil
	}
	if claimed, err := s.claim(ctx, v); err != nil || !claimed && first {
		return false, err
	}
	return s.start(ctx, v)
}

// rest notes that a session whose conversation has ended is over as well, until its customer comes back.
func (s *agentSeat) rest(ctx context.Context, v *visit) error {
	switch {
	case v.chat == nil:
		return v.forget(ctx)
	case !v.chat.Status.over() || v.note.Stand == over:
		return nil
	}
	v.note.Stand, v.note.OverAt, v.note.Agent, v.note.To = over, s.Now(), nil, nil
	return s.write(ctx, v.ref, &v.note)
}

// throughForm: the customer can speak, or has spoken. Before, their name is not known.
func (v *visit) throughForm() bool {
	if slices.Contains([]status{statusInQueue, statusCustomerLast, statusUserLast}, v.chat.Status) {
		return true
	}
	return slices.ContainsFunc(v.messages, func(m message) bool { return m.byCustomer() })
}

// claim takes a session off the people's line before they see it. It fails when one of them was faster.
func (s *agentSeat) claim(ctx context.Context, v *visit) (bool, error) {
	c, err := s.patchUntil(ctx, "claim", v.ref, v.chat, func(c *chat) []operation {
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
	v.chat = c
	return c.User.agent() == nil && !c.Status.over(), nil
}

// start begins a conversation.
func (s *agentSeat) start(ctx context.Context, v *visit) (bool, error) {
	if err := s.keep(ctx, "read", v.ref, handedName, ""); err != nil {
		return false, err
	}
	newest := v.note.Seen
	for i := range v.messages {
		newest = max(newest, v.messages[i].ID)
	}
	v.note.Conversation, v.note.Stand, v.note.OverAt, v.note.Agent, v.note.To = "", withBot, 0, nil, nil
	who := v.chat.customer(s.Name)
	ev := &orchestrator.Event{
		ID:   orchestrator.EventID(string(s.Name) + ":" + v.ref + ":started:" + newest.String()),
		Type: orchestrator.EventStarted, Customer: &who,
		Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: who.ID, Name: who.Name},
	}
	if err := v.tell(ctx, "", ev); err != nil {
		return false, err
	}
	return v.note.Conversation != "", nil
}
