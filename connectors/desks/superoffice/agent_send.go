package superoffice

import (
	"context"
	"errors"

	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

func (s *agentSeat) words(cmd *orchestrator.Command) (map[string]any, func(m *message) bool) {
	author := s.config.Nickname
	if role := cmd.Author.Role; cmd.Author.Name != "" && (role == orchestrator.ActorAgent || role == orchestrator.ActorSupervisor) {
		author = cmd.Author.Name // people of another desk, who serve this customer
	}
	return map[string]any{"Type": typeToCustomer, "SpecialType": specialBotMessage, "Author": wording.Clip(author, maxCustomerName)}, ours
}

// ours: every bot message is, because no other bot speaks in the topics of ours.
func ours(m *message) bool { return m.Type == typeToCustomer && m.Special == specialBotMessage }

// mayPost refuses a word in a session that people have: it would take the session off their line. Where the handoff is over
// and the bot has the conversation again, or people of another desk, the session is taken back first: nothing else tells us. The
// vendor also takes words for a session that is over, so it is looked at before each.
func (s *agentSeat) mayPost(ctx context.Context, cmd *orchestrator.Command) error {
	k, err := s.read(ctx, cmd.To.Ref)
	if err != nil {
		return s.Broken("send", err)
	}
	if k.handed != "" {
		conversation, err := s.Record(ctx, cmd.Conversation)
		if err != nil {
			return s.Broken("send", err)
		}
		if conversation == nil || !s.goesOn(conversation) {
			return s.Permanent("send", "handed-over", errors.New("people have the session: a word of ours would take it off the queue"))
		}
	}
	c, err := s.chatOf(ctx, "send", cmd.To.Ref)
	switch {
	case errors.Is(err, errNotFound) || err == nil && c.Status.over():
		return s.Over("send")
	case err != nil || k.handed == "":
		return err
	}
	return s.takeBack(ctx, "send", cmd.To.Ref, c)
}

func (s *agentSeat) goesOn(c *orchestrator.Conversation) bool {
	return !c.State.Ended() && c.Channel == string(s.Name) &&
		(c.Controller() == orchestrator.ControllerBot || c.Desk != s.Name)
}
