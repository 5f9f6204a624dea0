package web

import (
	"strconv"

	"handoff/orchestrator"
)

// endConversation answers POST …/end. What it means depends on who ends it: a customer leaves; a person ends the chat
// for the customer and keeps the after-call work; a supervisor may end whatever is live.
func (s *Server) endConversation(c *call) error {
	conversation, err := s.plain(c)
	if err != nil {
		return err
	}
	return s.act(c, conversation, orchestrator.Event{Type: ending(c.who.role, conversation.State),
		Reason: "ended_by_" + endedBy(c.who.role)})
}

func endedBy(role Role) string {
	switch role {
	case RoleCustomer:
		return "user"
	case RoleBot:
		return "bot"
	case RoleAgent:
		return "agent"
	case RoleSupervisor, RoleAdmin:
		return "supervisor"
	}
	return "system"
}

// ending is the event by which a role ends a conversation in a state.
func ending(role Role, state orchestrator.State) orchestrator.EventType {
	switch role {
	case RoleCustomer:
		return orchestrator.EventCustomerLeft
	case RoleBot:
		return orchestrator.EventCompleted
	case RoleAgent:
		return orchestrator.EventChatEnded
	case RoleSupervisor, RoleAdmin:
		switch state { //nolint:exhaustive // an ended one is refused by the flow, whatever is asked
		case orchestrator.StateQueued, orchestrator.StateOffered:
			return orchestrator.EventAbandoned
		case orchestrator.StateBot, orchestrator.StateWrapUp:
			return orchestrator.EventCompleted
		}
	}
	return orchestrator.EventChatEnded
}

type completeBody struct {
	Disposition string   `json:"disposition"`
	Notes       string   `json:"notes"`
	Tags        []string `json:"tags"`
}

// completeConversation answers POST …/complete: the after-call work is done; on a live chat, the chat is over too.
func (s *Server) completeConversation(c *call) error {
	var body completeBody
	if err := decode(c, &body); err != nil {
		return err
	}
	var f checks
	f.mayLine("/disposition", body.Disposition)
	body.Notes = f.mayText("/notes", body.Notes)
	if len(body.Tags) > MaxTags {
		f.fail("/tags", "must have at most "+strconv.Itoa(MaxTags)+" elements")
	}
	for i, tag := range body.Tags {
		f.line("/tags/"+strconv.Itoa(i), tag)
	}
	if err := f.err(); err != nil {
		return err
	}
	conversation, err := s.acted(c)
	if err != nil {
		return err
	}
	return s.act(c, conversation, orchestrator.Event{
		Type: orchestrator.EventCompleted, Disposition: body.Disposition, Note: body.Notes, Tags: body.Tags,
	})
}

type returnBody struct {
	Reason      string `json:"reason"`
	Disposition string `json:"disposition"`
}

// returnToBot answers POST …/return-to-bot.
func (s *Server) returnToBot(c *call) error {
	var body returnBody
	if err := decode(c, &body); err != nil {
		return err
	}
	var f checks
	f.line("/reason", body.Reason)
	f.mayLine("/disposition", body.Disposition)
	if err := f.err(); err != nil {
		return err
	}
	conversation, err := s.acted(c)
	if err != nil {
		return err
	}
	return s.act(c, conversation, orchestrator.Event{
		Type: orchestrator.EventReturnedToBot, Reason: body.Reason, Disposition: body.Disposition,
	})
}
