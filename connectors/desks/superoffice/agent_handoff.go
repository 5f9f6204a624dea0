package superoffice

import (
	"context"
	"errors"

	"handoff/orchestrator"
)

// Open hands the bot's session over to people: it is put into the line of the topic by the vendor's own Reset. What was to be
// said is said already. Where people have the session, there is nothing left to do.
func (s *agentSeat) Open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	ref := cmd.To.Ref
	topic, err := s.target("open", cmd.Waiting.Queue)
	if err != nil {
		return "", err
	}
	k, err := s.read(ctx, ref)
	if err != nil {
		return "", s.Broken("open", err)
	}
	c, err := s.chatOf(ctx, "open", ref)
	switch {
	case errors.Is(err, errNotFound) || err == nil && c.Status.over():
		if k.handed != "" { // people had it: its end is told by itself
			return ref, nil
		}
		return "", s.Permanent("open", "gone", errors.New("the session is over"))
	case err != nil:
		return "", err
	case c.User.agent() != nil, k.handed != "" && c.stand() == waiting && c.Topic == topic:
		return ref, s.keep(ctx, "open", ref, noteHanded, string(cmd.ID))
	}
	return ref, s.handOver(ctx, ref, c, topic, cmd.ID)
}

// handOver moves the session to the topic and resets it, and takes it back where nobody is there.
func (s *agentSeat) handOver(ctx context.Context, ref string, c *chat, topic number, id orchestrator.CommandID) error {
	if _, err := s.moveTo(ctx, "open", ref, c, topic); err != nil {
		return err
	}
	c, err := s.reset(ctx, "open", ref)
	switch {
	case err != nil:
		return err
	case c.Status == statusOfflineForm:
		if err := s.switchBot(ctx, "open", ref, c, true); err != nil {
			return err
		}
		return s.Permanent("open", "offline-form", errors.New("nobody is there: the vendor shows the offline form"))
	case c.Status.over():
		return s.Permanent("open", "gone", errors.New("the session is over"))
	}
	defer s.pending.add(ref)
	return s.keep(ctx, "open", ref, noteHanded, string(id))
}
