package icws

import (
	"cmp"
	"context"
	"errors"
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

// Open starts a web chat. One that waits already is left as it is, unless it waits in another queue: web chats cannot be
// moved, so it is left and another one is started.
func (s *customerSeat) Open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	ref, err := s.openBefore(ctx, cmd)
	if err != nil || ref != "" {
		return ref, err
	}
	target, err := s.workgroup(cmd.Waiting.Queue)
	if err != nil {
		return "", err
	}
	about, err := s.contextOf(ctx, cmd)
	if err != nil {
		return "", err
	}
	start := startRequest{
		Type: "urn:inin.com:webChat:startChatRequest", Name: cmp.Or(cmd.Customer.Name, "Customer"), Target: target,
		TargetType: "Workgroup", Language: about.language,
	}
	if s.config.Context == ContextNotes {
		start.Notes = about.text
	}
	var started startResponse
	if err := s.inSession(ctx, func(*login) *request {
		return &request{op: "open", method: http.MethodPost, path: "/icws/web-chat/start", body: start, into: &started}
	}); err != nil {
		return "", err
	}
	if started.Chat == "" || started.Participant == "" {
		return "", s.Unclear("open", errors.New("the answer names no chat"))
	}
	note := customerNote{Conversation: cmd.Conversation, Participant: started.Participant, Queue: cmd.Waiting.Queue, Command: cmd.ID}
	if err := s.remember(ctx, cmd, started.Chat, &note); err != nil {
		return "", err
	}
	if s.config.Context == ContextMessage && about.text != "" {
		if err := s.post(ctx, started.Chat, &note, cmd.ID, about.text); err != nil {
			return "", err
		}
	}
	s.chats.Opened(started.Chat)
	return started.Chat, nil
}

// openBefore answers the chat that is open already, if it waits where it is to wait or is served.
func (s *customerSeat) openBefore(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	ref := cmd.To.Ref
	if ref == "" {
		if err := s.Read(ctx, openedBy(cmd.ID), map[string]any{noteChat: &ref}); err != nil {
			return "", s.Broken("open", err)
		}
	}
	if ref == "" {
		return "", nil
	}
	var note customerNote
	var heard customerHeard
	var over bool
	if err := s.Read(ctx, ref, map[string]any{noteChat: &note, noteHeard: &heard, noteOver: &over}); err != nil {
		return "", s.Broken("open", err)
	}
	switch {
	case note.Participant == "" || over || heard.Over:
		return "", nil
	case note.Queue == cmd.Waiting.Queue || len(heard.Agents) > 0:
		return ref, nil
	}
	if err := s.Keep(ctx, ref, noteOver, true); err != nil {
		return "", s.Broken("open", err)
	}
	return "", s.leave(ctx, note.Participant)
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
	code := frame.CodeOf(err)
	return err != nil && (code == unknownParticipant || code == unknownChat)
}
