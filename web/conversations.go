package web

import (
	"errors"
	"net/http"

	"handoff/orchestrator"
)

// getConversation answers GET /v1/conversations/{id}.
func (s *Server) getConversation(c *call) error {
	conversation, err := s.conversation(c)
	if err != nil {
		return err
	}
	if err := s.touch(c, conversation.ID); err != nil {
		return err
	}
	fetched, err := s.store.Fetched(c.ctx(), conversation.ID)
	if err != nil {
		return err
	}
	if fetched > conversation.Fetched {
		conversation = conversation.Clone()
		conversation.Fetched = fetched
	}
	return s.answerConversation(c, http.StatusOK, conversation)
}

// listConversations answers GET /v1/conversations: one page of live conversations that are the caller's business.
func (s *Server) listConversations(c *call) error {
	q := newQuery(c, "state", "queue", "desk", "agent", "bot", "cursor", "limit")
	filter := orchestrator.Filter{
		State: orchestrator.State(q.text("state")), Queue: orchestrator.QueueName(q.text("queue")),
		Desk: orchestrator.ConnectorName(q.text("desk")), Agent: orchestrator.AgentID(q.text("agent")),
		Bot: orchestrator.ConnectorName(q.text("bot")), Cursor: q.text("cursor"),
		Limit: q.number("limit", 1, MaxPage, DefaultPage),
	}
	if filter.State != "" && !filter.State.Valid() {
		q.fail("state", "is not a state")
	}
	if err := q.err(); err != nil {
		return err
	}
	if c.who.role == RoleBot && filter.Bot == "" {
		filter.Bot = c.who.bots[0]
	}
	found, next, err := s.store.List(c.ctx(), filter)
	if err != nil {
		return cursorFault(err)
	}
	var visible []*orchestrator.Conversation
	for _, conversation := range found {
		if c.who.sees(conversation) {
			visible = append(visible, conversation)
		}
	}
	return s.answerList(c, visible, next)
}

// answerList answers conversations; their places in queues are told one by one only.
func (s *Server) answerList(c *call, list []*orchestrator.Conversation, next string) error {
	buf := buffers.Get().(*[]byte) //nolint:forcetypeassert // nothing else is in it
	defer putBuffer(buf)
	b := append((*buf)[:0], `{"items":[`...)
	for i, conversation := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendConversation(b, &shown{Conversation: conversation, inner: true})
	}
	b = append(b, ']')
	b = appendText(appendMember(b, "next_cursor"), next)
	b = append(b, '}')
	*buf = b
	return writeJSON(c, http.StatusOK, b)
}

// touch notes that the customer's client fetched.
func (s *Server) touch(c *call, id orchestrator.ConversationID) error {
	if c.who.role != RoleCustomer {
		return nil
	}
	now := s.now()
	if !s.touches.due(id, now) {
		return nil
	}
	err := s.store.Touch(c.ctx(), id, now)
	if errors.Is(err, orchestrator.ErrNotFound) {
		return nil // it ended meanwhile
	}
	return err
}
