package genesys

import (
	"context"
	"errors"

	"handoff/orchestrator"
)

// Open requests a chat in the queue's service. A chat that waits there already is left in its place; one that waits in
// another service is ended first, because a customer cannot be moved.
func (s *customerSeat) Open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	service := s.target(cmd.Waiting.Queue)
	if cmd.To.Ref != "" {
		switch known, err := s.note(ctx, "open", cmd.To.Ref); {
		case err != nil:
			return "", err
		case known != nil && known.Service == service:
			return cmd.To.Ref, nil
		case known != nil:
			if err := s.End(ctx, cmd); err != nil {
				return "", err
			}
		}
	}
	mine, err := s.Memory.Kept(ctx, s.Name, openedBy+string(cmd.ID))
	if err != nil {
		return "", s.Broken("open", err)
	}
	if ref := string(mine[noteChat]); ref != "" {
		return ref, nil
	}
	return s.request(ctx, cmd, service)
}

// request asks for a chat and keeps its credentials. A chat whose answer is lost stays with nobody and is ended by the
// vendor after its flex-disconnect-timeout.
func (s *customerSeat) request(ctx context.Context, cmd *orchestrator.Command, service string) (string, error) {
	form, err := s.introduction(ctx, cmd)
	if err != nil {
		return "", err
	}
	t, err := s.post(ctx, "open", servicePath(service), form)
	if err != nil {
		return "", err
	}
	ref := string(t.Chat)
	if !validID(ref) || t.Key == "" {
		return "", s.Unknown("open", "not-understood", errors.New("the vendor gave the chat no id or no key"))
	}
	note := customerNote{User: string(t.User), Key: string(t.Key), Alias: string(t.Alias), Service: service, Command: cmd.ID}
	if err := s.Keep(ctx, ref, noteChat, note); err != nil {
		return "", s.Broken("open", err)
	}
	if err := s.Memory.Keep(ctx, s.Name, openedBy+string(cmd.ID), noteChat, []byte(ref)); err != nil {
		return "", s.Broken("open", err)
	}
	s.chats.Opened(ref)
	return ref, nil
}
