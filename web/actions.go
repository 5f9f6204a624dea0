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
	return s.acted(c)
}

// self is the caller as a person of the desk, also where a supervisor acts for themselves: then they have no more
// rights than the person whom it rings at.
func (c *call) self() orchestrator.Actor {
	return orchestrator.Actor{Role: orchestrator.ActorAgent, ID: c.who.user.Name, Name: c.who.user.shown()}
}

// acceptConversation answers POST …/accept: the caller takes what waits or rings, or joins or takes over where asked.
func (s *Server) acceptConversation(c *call) error {
	if err := decode(c, &emptyBody{}); err != nil {
		return err
	}
	conversation, err := s.contestedOfBot(c)
	if err != nil {
		return err
	}
	return s.act(c, conversation, orchestrator.Event{Type: orchestrator.EventAccepted, Actor: c.self(),
		Agent: c.person()})
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
	f.mayLine("/reason", body.Reason)
	if err := f.err(); err != nil {
		return err
	}
	conversation, err := s.contested(c)
	if err != nil {
		return err
	}
	if body.Reason == "" {
		body.Reason = reasonDeclined
	}
	return s.act(c, conversation, orchestrator.Event{
		Type: orchestrator.EventDeclined, Actor: c.self(), Agent: c.person(), Reason: body.Reason,
	})
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
	if err := target(c, "", body); err != nil {
		return err
	}
	conversation, err := s.acted(c)
	if err != nil {
		return err
	}
	return s.act(c, conversation, orchestrator.Event{Type: orchestrator.EventInvited, Agent: s.person(body),
		Target: body.target()})
}

// leaveConversation answers POST …/leave.
func (s *Server) leaveConversation(c *call) error {
	conversation, err := s.plain(c)
	if err != nil {
		return err
	}
	return s.act(c, conversation, orchestrator.Event{Type: orchestrator.EventAgentLeft, Actor: c.self(),
		Agent: c.person()})
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
	body.Note = f.mayText("/note", body.Note)
	if err := f.err(); err != nil {
		return err
	}
	if err := target(c, "/to", body.To); err != nil {
		return err
	}
	conversation, err := s.acted(c)
	if err != nil {
		return err
	}
	ev := orchestrator.Event{Type: orchestrator.EventTransferRequested, Agent: s.person(body.To), Note: body.Note}
	if body.To.Queue != "" {
		ev.Type, ev.Target = orchestrator.EventTransferredToQueue, body.To.target()
	}
	return s.act(c, conversation, ev)
}

// target checks the two names of a body, of which exactly one is given. Whether they exist the flow knows: people of
// other desks are configured there.
func target(c *call, at string, body inviteBody) error {
	var f checks
	f.mayLine(at+"/agent", body.Agent)
	f.mayLine(at+"/queue", body.Queue)
	switch {
	case (body.Agent == "") == (body.Queue == ""):
		f.fail(at+"/agent", "name an agent or a queue, and not both")
	case body.Agent == c.who.user.Name:
		f.fail(at+"/agent", "is yourself")
	}
	return f.err()
}

// person is the named colleague, nil if a queue is named. The name that others see is known for people of ours.
func (s *Server) person(body inviteBody) *orchestrator.Agent {
	if body.Agent == "" {
		return nil
	}
	if u := s.present().users[body.Agent]; u != nil {
		a := u.Agent()
		return &a
	}
	return &orchestrator.Agent{ID: orchestrator.AgentID(body.Agent)}
}

func (b *inviteBody) target() *orchestrator.Target {
	if b.Queue == "" {
		return nil
	}
	return &orchestrator.Target{Queue: orchestrator.QueueName(b.Queue)}
}

// acceptTransfer answers POST …/transfer/accept.
func (s *Server) acceptTransfer(c *call) error {
	conversation, err := s.plain(c)
	if err != nil {
		return err
	}
	return s.act(c, conversation, orchestrator.Event{
		Type: orchestrator.EventTransferAccepted, Actor: c.self(), Agent: c.person(),
	})
}

// declineTransfer answers POST …/transfer/decline.
func (s *Server) declineTransfer(c *call) error {
	conversation, err := s.plain(c)
	if err != nil {
		return err
	}
	return s.act(c, conversation, orchestrator.Event{
		Type: orchestrator.EventTransferFailed, Actor: c.self(), Agent: c.person(), Reason: reasonDeclined,
	})
}
