package web

import "handoff/orchestrator"

type requeueBody struct {
	Queue  string `json:"queue"`
	Desk   string `json:"desk"`
	Reason string `json:"reason"`
}

// requeueConversation answers POST …/requeue: a supervisor puts a conversation back, into its queue, another, or one at
// another desk.
func (s *Server) requeueConversation(c *call) error {
	var body requeueBody
	if err := decode(c, &body); err != nil {
		return err
	}
	var f checks
	f.mayLine("/reason", body.Reason)
	f.mayLine("/queue", body.Queue)
	f.mayLine("/desk", body.Desk)
	if err := f.err(); err != nil {
		return err
	}
	conversation, err := s.conversation(c)
	if err != nil {
		return err
	}
	ev := orchestrator.Event{Type: orchestrator.EventRequeued, Reason: body.Reason}
	if body.Queue != "" || body.Desk != "" {
		ev.Target = &orchestrator.Target{Queue: orchestrator.QueueName(body.Queue), Desk: orchestrator.ConnectorName(body.Desk)}
	}
	return s.act(c, conversation, ev)
}

// takeConversation answers POST …/take: the caller serves from now on what the bot has, what waits, or, as a supervisor, what
// rings at or is served by somebody else.
func (s *Server) takeConversation(c *call) error {
	if err := decode(c, &emptyBody{}); err != nil {
		return err
	}
	agent := c.who.role == RoleAgent
	conversation, err := s.contestedOfBot(c)
	if err != nil {
		return err
	}
	if flow, err := s.engine.Flow(conversation); err != nil {
		return err
	} else if agent && !flow.Policy().AgentsMayTake {
		return refusal(codeNotAllowed, "agents may not take conversations (agents_may_take)")
	}
	version, err := ifMatch(c.Request().Header)
	if err != nil {
		return err
	}
	ev := orchestrator.Event{Type: orchestrator.EventAccepted, Agent: c.person(), Reason: orchestrator.ReasonTaken}
	if version == 0 { // from whoever has it now: of several who take it at once, one wins
		ev.Epoch = conversation.Epoch
	}
	return s.act(c, conversation, ev)
}

// reopenConversation answers POST …/reopen: the person of the wrap-up goes on with the customer.
func (s *Server) reopenConversation(c *call) error {
	conversation, err := s.plain(c)
	if err != nil {
		return err
	}
	return s.act(c, conversation, orchestrator.Event{Type: orchestrator.EventReopened, Actor: c.self(), Agent: c.person()})
}
