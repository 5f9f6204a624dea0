package web

import (
	"cmp"
	"errors"
	"slices"

	"handoff/orchestrator"
)

// listMyConversations answers GET /v1/me/conversations: what the caller serves, what rings at them and what they still
// have work with, by their seats at the house desk and by the index for those at other desks.
func (s *Server) listMyConversations(c *call) error {
	if err := newQuery(c).err(); err != nil {
		return err
	}
	mine, err := s.seated(c)
	if err != nil {
		return err
	}
	found, next, err := s.store.List(c.ctx(), orchestrator.Filter{Agent: c.who.user.ID(), Limit: MaxPage})
	if err != nil {
		return err
	}
	seen := map[orchestrator.ConversationID]bool{}
	for _, conversation := range mine {
		seen[conversation.ID] = true
	}
	for _, conversation := range found {
		if !seen[conversation.ID] {
			mine = append(mine, conversation)
		}
	}
	slices.SortStableFunc(mine, func(a, b *orchestrator.Conversation) int {
		return cmp.Or(cmp.Compare(a.ListedFrom(), b.ListedFrom()), cmp.Compare(a.ID, b.ID))
	})
	return s.answerList(c, mine, next)
}

// seated are the conversations in which the caller has a seat and that concern them: a seat that is just being given
// back is left out.
func (s *Server) seated(c *call) ([]*orchestrator.Conversation, error) {
	if s.attendance == nil {
		return nil, nil
	}
	seats, err := s.attendance.Seats(c.ctx(), orchestrator.SeatFilter{Agent: c.who.user.ID()})
	if err != nil {
		return nil, err
	}
	var mine []*orchestrator.Conversation
	for i := range seats {
		seat := &seats[i]
		conversation, err := s.store.Load(c.ctx(), seat.Conversation)
		if errors.Is(err, orchestrator.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if conversation.Concerns(seat.Agent) && !conversation.State.Ended() {
			mine = append(mine, conversation)
		}
	}
	return mine, nil
}
