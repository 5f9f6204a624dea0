package icws

import (
	"context"
	"net/http"
	"net/url"

	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// customerSeat opens web chats for customers and relays. Its "session" is the server that is used: who holds it polls.
type customerSeat struct {
	*base
	chats *frame.Chats
}

// errorIds of web chats.
const (
	unknownParticipant = "error.request.webChat.invalidParticipantId"
	unknownChat        = "error.request.webChat.invalidChatId"
)

// Manifest: after-call work is not seen.
func (s *customerSeat) Manifest() orchestrator.Manifest {
	m := orchestrator.Manifest{
		Kind: "icws", Seats: []string{SeatCustomer}, TypingIn: true, TypingOut: true, Liveness: true, LongestText: LongestText,
		History: orchestrator.HistoryNote,
	}
	if s.config.Context == ContextMessage {
		m.History = orchestrator.HistoryMessages
	}
	return m
}

// server is the server that is used now, and what it can do.
func (s *customerSeat) server(ctx context.Context) (*login, error) {
	raw, _, err := s.Keeper.Ready(ctx)
	if err != nil {
		return nil, err
	}
	return readLogin(raw)
}

func (s *customerSeat) history(ctx context.Context, note *customerNote) (*webAnswer, error) {
	var all webAnswer
	err := s.inSession(ctx, func(*login) *request {
		return &request{op: "history", method: http.MethodGet, path: webPath("message-history", note.Participant), into: &all, repeats: true}
	})
	return &all, err
}

// takeAlong tells the present server of a chat that began at another one.
func (s *customerSeat) takeAlong(ctx context.Context, ref string, note *customerNote) error {
	return s.inSession(ctx, func(*login) *request {
		return &request{
			op: "reconnect", method: http.MethodPost, path: "/icws/web-chat/reconnect", repeats: true,
			body: map[string]string{"chatId": ref, "participantId": note.Participant},
		}
	})
}

func webPath(what, participant string) string {
	return "/icws/web-chat/" + what + "/" + url.PathEscape(participant)
}

// isGone: the server has no such chat. At ICWS that is a 400.
func isGone(err error) bool {
	code := codeOf(err)
	return err != nil && (code == unknownParticipant || code == unknownChat)
}
