package web

import (
	"handoff/orchestrator"
)

// emptyBody is {}: an action without words.
type emptyBody struct{}

// person is the caller as whom an event is about.
func (c *call) person() *orchestrator.Agent {
	a := c.who.user.Agent()
	return &a
}

// plain decodes an empty body and finds the conversation.
func (s *Server) plain(c *call) (*orchestrator.Conversation, error) {
	if err := decode(c, &emptyBody{}); err != nil {
		return nil, err
	}
	return s.conversation(c)
}

// acceptConversation answers POST …/accept: the caller takes what waits or rings, or joins or takes over where asked.
func (s *Server) acceptConversation(c *call) error {
	conversation, err := s.plain(c)
	if err != nil {
		return err
	}
	return s.act(c, conversation, orchestrator.Event{Type: acceptance(conversation, c.who.user.ID()), Agent: c.person()})
}

// acceptance is what accepting means for this person now.
func acceptance(c *orchestrator.Conversation, id orchestrator.AgentID) orchestrator.EventType {
	if p, in := c.Participant(id); in && p.Role == orchestrator.RoleInvited {
		return orchestrator.EventAgentJoined
	}
	if c.Transfer != nil && c.Transfer.To.ID == id {
		return orchestrator.EventTransferAccepted
	}
	return orchestrator.EventAccepted
}

type declineBody struct {
	Reason string `json:"reason"`
}

// reasonDeclined is the reason where the caller gives none.
const reasonDeclined = "declined"

// declineConversation answers POST …/decline: an offer, an invitation or a transfer to the caller.
func (s *Server) declineConversation(c *call) error {
	var body declineBody
	if err := decode(c, &body); err != nil {
		return err
	}
	var f checks
	f.atMost("/reason", body.Reason, MaxName)
	if err := f.err(); err != nil {
		return err
	}
	conversation, err := s.conversation(c)
	if err != nil {
		return err
	}
	if body.Reason == "" {
		body.Reason = reasonDeclined
	}
	return s.act(c, conversation, orchestrator.Event{
		Type: declining(conversation, c.who.user.ID()), Agent: c.person(), Reason: body.Reason,
	})
}

// declining is what declining means for this person now.
func declining(c *orchestrator.Conversation, id orchestrator.AgentID) orchestrator.EventType {
	if p, in := c.Participant(id); in && p.Role == orchestrator.RoleInvited {
		return orchestrator.EventAgentLeft
	}
	if c.Transfer != nil && c.Transfer.To.ID == id {
		return orchestrator.EventTransferFailed
	}
	return orchestrator.EventDeclined
}

type inviteBody struct {
	Agent string `json:"agent"`
	Queue string `json:"queue"`
}

// inviteColleague answers POST …/invite.
func (s *Server) inviteColleague(c *call) error {
	var body inviteBody
	if err := decode(c, &body); err != nil {
		return err
	}
	target, err := s.target(c, "", body.Agent, body.Queue)
	if err != nil {
		return err
	}
	conversation, err := s.conversation(c)
	if err != nil {
		return err
	}
	ev := orchestrator.Event{Type: orchestrator.EventInvited, Agent: target.agent}
	if target.queue != "" {
		ev.Target = &orchestrator.Target{Queue: target.queue}
	}
	return s.act(c, conversation, ev)
}

// leaveConversation answers POST …/leave.
func (s *Server) leaveConversation(c *call) error {
	conversation, err := s.plain(c)
	if err != nil {
		return err
	}
	return s.act(c, conversation, orchestrator.Event{Type: orchestrator.EventAgentLeft, Agent: c.person()})
}

type transferBody struct {
	To   inviteBody `json:"to"`
	Note string     `json:"note"`
}

// transferConversation answers POST …/transfer: to a person, who is rung while the first still serves, or to a queue.
func (s *Server) transferConversation(c *call) error {
	var body transferBody
	if err := decode(c, &body); err != nil {
		return err
	}
	var f checks
	f.atMost("/note", body.Note, MaxText)
	if err := f.err(); err != nil {
		return err
	}
	target, err := s.target(c, "/to", body.To.Agent, body.To.Queue)
	if err != nil {
		return err
	}
	conversation, err := s.conversation(c)
	if err != nil {
		return err
	}
	if target.queue != "" {
		return s.act(c, conversation, orchestrator.Event{
			Type: orchestrator.EventTransferredToQueue, Target: &orchestrator.Target{Queue: target.queue}, Note: body.Note,
		})
	}
	return s.act(c, conversation, orchestrator.Event{
		Type: orchestrator.EventTransferRequested, Agent: target.agent, Note: body.Note,
	})
}

// target is where to: a person or a queue.
type target struct {
	agent *orchestrator.Agent
	queue orchestrator.QueueName
}

// target checks the two names of a body, of which exactly one is given.
func (s *Server) target(c *call, at, agent, queue string) (target, error) {
	switch {
	case (agent == "") == (queue == ""):
		return target{}, orchestrator.Invalid(at+"/agent", "name an agent or a queue, and not both")
	case queue != "":
		name := orchestrator.QueueName(queue)
		if _, ok := s.queues[name]; !ok {
			return target{}, &orchestrator.InputError{
				Status: 422, Code: "unknown-queue", Detail: "there is no such queue",
				Fields: []orchestrator.FieldError{{Pointer: at + "/queue", Detail: "is not a configured queue"}},
			}
		}
		return target{queue: name}, nil
	case s.users[agent] == nil:
		return target{}, orchestrator.Invalid(at+"/agent", "is not a configured user")
	case agent == c.who.user.Name:
		return target{}, orchestrator.Invalid(at+"/agent", "is yourself")
	}
	person := s.users[agent].Agent()
	return target{agent: &person}, nil
}

// acceptTransfer answers POST …/transfer/accept.
func (s *Server) acceptTransfer(c *call) error {
	conversation, err := s.plain(c)
	if err != nil {
		return err
	}
	return s.act(c, conversation, orchestrator.Event{Type: orchestrator.EventTransferAccepted, Agent: c.person()})
}

// declineTransfer answers POST …/transfer/decline.
func (s *Server) declineTransfer(c *call) error {
	conversation, err := s.plain(c)
	if err != nil {
		return err
	}
	return s.act(c, conversation, orchestrator.Event{
		Type: orchestrator.EventTransferFailed, Agent: c.person(), Reason: reasonDeclined,
	})
}
