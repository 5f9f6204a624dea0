package icws

import (
	"context"
	"net/http"

	"handoff/orchestrator"
)

// End leaves the chat. From then on it is not listened to.
func (s *customerSeat) End(ctx context.Context, cmd *orchestrator.Command) error {
	var note customerNote
	if err := s.Read(ctx, cmd.To.Ref, map[string]any{noteChat: &note}); err != nil {
		return s.Broken("end", err)
	}
	if note.Participant == "" {
		return nil // forgotten: it has ended long since
	}
	if err := s.Keep(ctx, cmd.To.Ref, noteOver, true); err != nil {
		return s.Broken("end", err)
	}
	return s.leave(ctx, note.Participant)
}

// Alive asks the chat's history; a server without it is asked nothing, because a poll would take what others wait for.
func (s *customerSeat) Alive(ctx context.Context, ref string) (orchestrator.Liveness, error) {
	var note customerNote
	var heard customerHeard
	var over bool
	if err := s.Read(ctx, ref, map[string]any{noteChat: &note, noteHeard: &heard, noteOver: &over}); err != nil {
		return orchestrator.Liveness{}, err
	}
	if note.Participant == "" || over || heard.Over {
		return orchestrator.Liveness{}, nil
	}
	web, err := s.server(ctx)
	if err != nil || web.WebChat < levelChatHistory {
		return orchestrator.Liveness{Alive: err == nil}, err
	}
	all, err := s.history(ctx, &note)
	if isGone(err) {
		return orchestrator.Liveness{}, nil
	}
	return orchestrator.Liveness{Alive: err == nil && !all.leftBy(note.Participant)}, err
}

func (s *customerSeat) leave(ctx context.Context, participant string) error {
	err := s.inSession(ctx, func(*login) *request {
		return &request{op: "end", method: http.MethodPost, path: webPath("exit", participant), repeats: true}
	})
	if isGone(err) {
		return nil
	}
	return err
}
