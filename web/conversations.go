package web

import (
	"errors"
	"net/http"
	"strconv"

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
	q := newQuery(c, append([]string{"limit", "order"}, filterNames...)...)
	filter := q.filter()
	filter.Limit = q.number("limit", 1, MaxPage, DefaultPage)
	if order := q.text("order"); order != "" && order != orderLongest {
		q.fail("order", "must be longest")
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

// orderLongest is the order of every list: those first that have waited longest. It need not be asked for any more.
const orderLongest = "longest"

// filterNames are the parameters that select conversations.
var filterNames = []string{"state", "queue", "desk", "agent", "bot", "text", "cursor"}

// filter reads the parameters that select conversations.
func (q *query) filter() orchestrator.Filter {
	f := orchestrator.Filter{
		State: orchestrator.State(q.text("state")), Queue: orchestrator.QueueName(q.text("queue")),
		Desk: orchestrator.ConnectorName(q.text("desk")), Agent: orchestrator.AgentID(q.text("agent")),
		Bot: orchestrator.ConnectorName(q.text("bot")), Text: q.text("text"), Cursor: q.text("cursor"),
	}
	if f.State != "" && !f.State.Valid() {
		q.fail("state", "is not a state")
	}
	if len([]rune(f.Text)) > MaxName {
		q.fail("text", "must have at most "+strconv.Itoa(MaxName)+" characters")
	}
	return f
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
