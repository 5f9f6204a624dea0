package icws

import (
	"context"
	"errors"
	"net/http"

	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// End ends the chat, whoever has it.
func (s *agentSeat) End(ctx context.Context, cmd *orchestrator.Command) error {
	id, err := s.idOf(ctx, "end", cmd.To.Ref)
	if err != nil {
		return err
	}
	had, err := s.look(ctx, "end", id)
	if err != nil || had.over() {
		return err
	}
	err = s.inSession(ctx, func(in *login) *request {
		return &request{op: "end", method: http.MethodPost, path: in.path("/interactions/%s/disconnect", id), repeats: true}
	})
	if frame.StatusOf(err) == http.StatusNotFound {
		return nil
	}
	return err
}

// Alive asks for the chat's state.
func (s *agentSeat) Alive(ctx context.Context, ref string) (orchestrator.Liveness, error) {
	id, err := s.idOf(ctx, "look", ref)
	if err != nil {
		return orchestrator.Liveness{}, err
	}
	had, err := s.look(ctx, "look", id)
	return orchestrator.Liveness{Alive: err == nil && !had.over()}, err
}

// takeBack picks the chat up out of the people's workgroup. ICWS lets a user do so who has the right to that workgroup's
// queue. A person who was faster keeps it: they are in the chat, which the session tells as their acceptance.
func (s *agentSeat) takeBack(ctx context.Context, cmd *orchestrator.Command) error {
	id, err := s.idOf(ctx, "take_back", cmd.To.Ref)
	if err != nil {
		return err
	}
	had, err := s.look(ctx, "take_back", id)
	switch {
	case err != nil, had.over(), had.heldBy(s.config.Username):
		return err
	case had.connected():
		return s.Permanent("take_back", "served", errors.New("a person has the chat"))
	}
	err = s.inSession(ctx, func(in *login) *request {
		return &request{op: "take_back", method: http.MethodPost, path: in.path("/interactions/%s/pickup", id), repeats: true}
	})
	if frame.StatusOf(err) == http.StatusNotFound {
		return nil
	}
	return err
}
