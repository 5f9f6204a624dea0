package web

import "handoff/orchestrator"

type requeueBody struct {
	Queue  string `json:"queue"`
	Reason string `json:"reason"`
}

// requeueConversation answers POST …/requeue: a supervisor puts a conversation back, into its queue or another.
func (s *Server) requeueConversation(c *call) error {
	var body requeueBody
	if err := decode(c, &body); err != nil {
		return err
	}
	var f checks
	f.mayLine("/reason", body.Reason)
	f.mayLine("/queue", body.Queue)
	if err := f.err(); err != nil {
		return err
	}
	conversation, err := s.conversation(c)
	if err != nil {
		return err
	}
	ev := orchestrator.Event{Type: orchestrator.EventRequeued, Reason: body.Reason}
	if body.Queue != "" {
		ev.Target = &orchestrator.Target{Queue: orchestrator.QueueName(body.Queue)}
	}
	return s.act(c, conversation, ev)
}

// takeConversation answers POST …/take: a supervisor takes what waits, what rings at somebody, or the place of whoever
// serves.
func (s *Server) takeConversation(c *call) error {
	conversation, err := s.plain(c)
	if err != nil {
		return err
	}
	return s.act(c, conversation, orchestrator.Event{Type: orchestrator.EventAccepted, Agent: c.person()})
}
