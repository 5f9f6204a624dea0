package superoffice

import (
	"context"
	"time"

	"handoff/orchestrator"
)

// begin finds the conversation for which the session was created. One that has moved on, to another session or another desk,
// does not want to hear of this one.
func (s *customerSeat) begin(ctx context.Context, r *reading) (bool, error) {
	c, err := s.Record(ctx, r.note.Conversation)
	if err != nil || c == nil {
		return false, err
	}
	if c.Desk != s.Name || c.DeskRef != "" && c.DeskRef != r.ref || c.State.Ended() {
		if r.chat == nil || r.chat.Status.over() {
			return false, r.forget(ctx)
		}
		return false, nil
	}
	r.conversation = c
	return true, s.keepFetched(ctx, r)
}

// keepFetched sets WhenFetched anew: our customer is there as long as the conversation lives, and the vendor would close the
// session otherwise.
func (s *customerSeat) keepFetched(ctx context.Context, r *reading) error {
	if r.chat == nil || r.chat.Status.over() || s.Now().Sub(orchestrator.Moment(r.chat.WhenFetched)) < s.config.KeepFetched {
		return nil
	}
	_, err := s.patch(ctx, "fetch", r.ref, set("WhenFetched", s.Clock.Now().UTC().Format(time.RFC3339)))
	if err != nil { // it is tried again with the next reading
		s.Log.InfoContext(ctx, "WhenFetched cannot be set", "ref", r.ref, "error", err)
	}
	return ctx.Err()
}

func (s *customerSeat) says(_ *reading, m *message) *orchestrator.Event {
	if !m.toCustomer() {
		return nil
	}
	text := m.plain()
	if text == "" {
		return nil
	}
	return &orchestrator.Event{
		Type: orchestrator.EventMessage, Actor: orchestrator.Actor{Role: orchestrator.ActorAgent},
		Message: &orchestrator.Message{ID: m.ID.String(), Text: text},
	}
}

// ended: who served ended it; while nobody did, the vendor gave the customer up, and the policy decides.
func (s *customerSeat) ended(r *reading) *orchestrator.Event {
	why := r.howEnded()
	if r.note.Stand == served {
		return &orchestrator.Event{Type: orchestrator.EventChatEnded, Reason: why}
	}
	return &orchestrator.Event{Type: orchestrator.EventDeskFailed, Reason: "the desk ended the chat before anybody took it: " + why}
}
