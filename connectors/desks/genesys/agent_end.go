package genesys

import (
	"context"
	"slices"

	"handoff/orchestrator"
)

// Reasons of what ends a chat without the bot.
const (
	whyClosed = "the contact centre ended the chat"
	whyTaken  = "the chat was taken from the bot"
	whyAlone  = "the person who was asked did not join in time"
)

// End ends the chat for the customer, and the work on it. In a conference the bot only leaves. A chat that is not with us,
// or is with us again for another conversation, is left as it is.
func (s *agentSeat) End(ctx context.Context, cmd *orchestrator.Command) error {
	chat := cmd.To.Ref
	at, l, err := s.find(ctx, "end", chat)
	if err != nil || at == nil {
		return err
	}
	known, err := s.note(ctx, chat)
	if err != nil {
		return s.Broken("end", err)
	}
	if known.Conversation != "" && known.Conversation != cmd.Conversation {
		return nil
	}
	if err := s.Memory.Keep(ctx, s.Name, chat, noteEnding, []byte(cmd.Conversation)); err != nil {
		return s.Broken("end", err)
	}
	state := at.State
	if state == stateChatting {
		if state, err = s.leave(ctx, at, l.user); err != nil {
			return err
		}
	}
	switch state {
	case stateLeft, stateJoinFailed:
		return s.complete(ctx, "end", chat)
	}
	return nil
}

// Alive asks whether the chat is with us and the customer in it.
func (s *agentSeat) Alive(ctx context.Context, ref string) (orchestrator.Liveness, error) {
	at, _, err := s.find(ctx, "probe", ref)
	return orchestrator.Liveness{Alive: at != nil && at.State == stateChatting && at.customerIn()}, err
}

// leave takes the bot out of a chat and answers how it stands then: LeftChat if that ended the chat.
func (s *agentSeat) leave(ctx context.Context, at *resource, user string) (string, error) {
	chat, name, more := string(at.ID), s.dialect.ends, map[string]string(nil)
	colleague := func(p participant) bool { return p.agent() && p.user() != user }
	if slices.ContainsFunc(at.Participants, colleague) {
		name, more = s.dialect.leaves, s.dialect.leaverData(user)
	}
	outcome := s.expect("end", chat)
	a, err := s.operate(ctx, "end", chat, operation(name, more))
	if err != nil {
		return "", s.unlessGone(ctx, "end", chat, err)
	}
	return outcome.await(ctx, a.ref, stateLeft, stateCompleted)
}

// complete ends the work on a chat.
func (s *agentSeat) complete(ctx context.Context, op, chat string) error {
	if s.config.Disposition != "" {
		if err := s.dispose(ctx, op, chat); err != nil {
			return s.unlessGone(ctx, op, chat, err)
		}
	}
	outcome := s.expect(op, chat)
	a, err := s.operate(ctx, op, chat, operation(opComplete, nil))
	if err != nil {
		return s.unlessGone(ctx, op, chat, err)
	}
	_, err = outcome.await(ctx, a.ref, stateCompleted)
	return err
}

// dispose says what the chat was about, where the site wants that.
func (s *agentSeat) dispose(ctx context.Context, op, chat string) error {
	_, err := s.operate(ctx, op, chat, operation(opDisposition, map[string]string{"disposition": s.config.Disposition}))
	return err
}

// chatEnded: the chat is over for the customer. Unless we have ended it ourselves, the conversation learns it here, and the work
// on the chat is ended: an agent who stays in it is offered no other in its place.
func (c *agentChat) chatEnded(ctx context.Context) error {
	ours, err := c.endedByUs(ctx)
	if err != nil || ours {
		return err
	}
	if err := c.tellCustomerLeft(ctx, whyClosed); err != nil {
		return err
	}
	return c.completeUnjoined(ctx)
}

// tellCustomerLeft tells that the customer's chat is over.
func (c *agentChat) tellCustomerLeft(ctx context.Context, why string) error {
	_, err := c.Report.Tell(ctx, c.addressed(c.ref, c.mark()+":customer-left", orchestrator.Event{
		Type: orchestrator.EventCustomerLeft, Reason: why,
	}))
	return err
}

// endedByUs: the conversation that has the chat has ended it.
func (c *agentChat) endedByUs(ctx context.Context) (bool, error) {
	kept, err := c.Memory.Kept(ctx, c.Name, c.ref)
	by, ended := kept[noteEnding]
	return ended && string(by) == string(c.note.Conversation), err
}
