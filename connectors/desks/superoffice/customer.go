package superoffice

import (
	"context"
	"slices"

	"handoff/orchestrator"
)

// customerSeat creates sessions for customers who are elsewhere.
type customerSeat struct{ *base }

func (s *customerSeat) topicsNow() []number {
	var topics []number
	for _, topic := range s.config.Queues {
		if id := idOf(topic); id != 0 && !slices.Contains(topics, id) {
			topics = append(topics, id)
		}
	}
	slices.Sort(topics)
	return topics
}

func (s *customerSeat) concerns(ctx context.Context, ref string, _ *hook) (bool, error) {
	k, err := s.read(ctx, ref)
	return err == nil && k.note != nil, err
}

func (s *customerSeat) address(r *reading, ev *orchestrator.Event) {
	ev.Conversation = r.note.Conversation
}

// nameOf is how the customer is called in the session.
func nameOf(cmd *orchestrator.Command) string {
	if cmd.Customer.Name != "" {
		return cmd.Customer.Name
	}
	return "Customer"
}
