package web

import (
	"errors"
	"strconv"

	"handoff/orchestrator"
)

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
	f.atMost("/reason", body.Reason, MaxName)
	if _, ok := s.queues[orchestrator.QueueName(body.Queue)]; body.Queue != "" && !ok {
		f.fail("/queue", "is not a configured queue")
	}
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

// takeConversation answers POST …/take: a supervisor takes what waits or rings, or the place of whoever serves. The
// latter are two steps, a transfer and its acceptance, so that somebody serves the customer at every moment.
func (s *Server) takeConversation(c *call) error {
	conversation, err := s.plain(c)
	if err != nil {
		return err
	}
	if conversation.State != orchestrator.StateAgent && conversation.State != orchestrator.StateConference {
		return s.act(c, conversation, orchestrator.Event{Type: taking(conversation.State), Agent: c.person()})
	}
	return s.takeOver(c, conversation)
}

func taking(state orchestrator.State) orchestrator.EventType {
	if state == orchestrator.StateTransferring {
		return orchestrator.EventTransferAccepted
	}
	return orchestrator.EventAccepted
}

func (s *Server) takeOver(c *call, conversation *orchestrator.Conversation) error {
	first, err := s.receiveAction(c, conversation, orchestrator.Event{Type: orchestrator.EventTransferRequested, Agent: c.person()})
	if err != nil {
		return err
	}
	second := orchestrator.Event{
		ID:   orchestrator.EventID("take:" + c.who.user.Name + ":" + strconv.FormatUint(first.Sequence, 10)),
		Type: orchestrator.EventTransferAccepted, Conversation: conversation.ID, Agent: c.person(),
		Actor: c.who.actor(conversation), BodyHash: hashOf(c.body),
	}
	receipt, err := s.receiveOnce(c, &second)
	var rejection *orchestrator.Rejection
	if errors.As(err, &rejection) {
		return rejection
	}
	if err != nil {
		return err
	}
	return s.answerConversation(c, taken(c, first.Repeated, 200), receipt.Conversation)
}
