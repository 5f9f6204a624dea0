package icws

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"

	"handoff/connectors/internal/once"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// customerSeat opens web chats for customers and relays. Its "session" is the server that is used: who holds it polls.
type customerSeat struct {
	*base
	opened chan struct{} // a chat was opened in this process
}

// errorIds of web chats.
const (
	unknownParticipant = "error.request.webChat.invalidParticipantId"
	unknownChat        = "error.request.webChat.invalidChatId"
)

func (s *customerSeat) manifest(m *orchestrator.Manifest) {
	m.History = orchestrator.HistoryNote
	if s.config.Context == ContextMessage {
		m.History = orchestrator.HistoryMessages
	}
}

// webNote is what is kept of a web chat when it is opened. Participant is its only credential.
type webNote struct {
	Conversation orchestrator.ConversationID `json:"conversation"`
	Participant  string                      `json:"participant"`
	Queue        orchestrator.QueueName      `json:"queue"`
}

// Names of what is kept.
const (
	keptChat  = "chat"
	keptHeard = "heard" // by the process that listens
	keptOver  = "over"  // the chat is over for us
)

// startRequest is startChatRequest. Its containers for attributes, routing contexts and history have names that no source
// tells, so the context goes into the notes.
type startRequest struct {
	Type       string `json:"__type"`
	Name       string `json:"participantName"`
	Target     string `json:"targetName"`
	TargetType string `json:"targetType"`
	Language   string `json:"language,omitempty"`
	Notes      string `json:"notes,omitempty"`
}

type startResponse struct {
	Participant string `json:"participantId"`
	Chat        string `json:"chatId"`
}

// open starts a web chat. One that waits already is left as it is, unless it waits in another queue: web chats cannot be
// moved, so it is left and another one is started.
func (s *customerSeat) open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
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
	if err := s.inSession(ctx, func(*session) *request {
		return &request{op: "open", method: http.MethodPost, path: "/icws/web-chat/start", body: start, into: &started}
	}); err != nil {
		return "", err
	}
	if started.Chat == "" || started.Participant == "" {
		return "", s.Unknown("open", "answer-unreadable", errors.New("the answer names no chat"))
	}
	note := webNote{Conversation: cmd.Conversation, Participant: started.Participant, Queue: cmd.Waiting.Queue}
	if err := s.remember(ctx, cmd, started.Chat, &note); err != nil {
		return "", err
	}
	if s.config.Context == ContextMessage && about.text != "" {
		if err := s.post(ctx, started.Chat, &note, cmd.ID, about.text); err != nil {
			return "", err
		}
	}
	select {
	case s.opened <- struct{}{}:
	default:
	}
	return started.Chat, nil
}

// remember keeps what a chat was opened with. If that fails the chat is left at once: nobody would ever speak in it.
func (s *customerSeat) remember(ctx context.Context, cmd *orchestrator.Command, ref string, note *webNote) error {
	err := s.Keep(ctx, ref, keptChat, note)
	if err == nil {
		err = s.Keep(ctx, openedBy(cmd.ID), keptChat, ref)
	}
	if err == nil {
		return nil
	}
	_ = s.leave(context.WithoutCancel(ctx), note.Participant) // the server lets go of who stops polling
	return s.Broken("open", err)
}

// openedBy is the handle under which lies which chat a command has opened, for the case that it comes again because nobody
// heard of it.
func openedBy(id orchestrator.CommandID) string { return openedPrefix + string(id) }

// openedPrefix begins handles that are no chats.
const openedPrefix = "opened/"

// openBefore answers the chat that is open already, if it waits where it is to wait or is served.
func (s *customerSeat) openBefore(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	ref := cmd.To.Ref
	if ref == "" {
		if err := s.read(ctx, openedBy(cmd.ID), map[string]any{keptChat: &ref}); err != nil {
			return "", s.Broken("open", err)
		}
	}
	if ref == "" {
		return "", nil
	}
	var note webNote
	var heard webHeard
	var over bool
	if err := s.read(ctx, ref, map[string]any{keptChat: &note, keptHeard: &heard, keptOver: &over}); err != nil {
		return "", s.Broken("open", err)
	}
	switch {
	case note.Participant == "" || over || heard.Over:
		return "", nil
	case note.Queue == cmd.Waiting.Queue || len(heard.Agents) > 0:
		return ref, nil
	}
	if err := s.Keep(ctx, ref, keptOver, true); err != nil {
		return "", s.Broken("open", err)
	}
	return "", s.leave(ctx, note.Participant)
}

// send posts a word of the customer's side.
func (s *customerSeat) send(ctx context.Context, cmd *orchestrator.Command) error {
	note, err := s.note(ctx, "send", cmd.To.Ref)
	if err != nil {
		return err
	}
	return s.post(ctx, cmd.To.Ref, note, cmd.ID, wording.Text(cmd.Message))
}

// post sends a text in pieces, each once: the chat's own history says whether an unanswered one arrived, where the server
// has it (web-chat 6).
func (s *customerSeat) post(ctx context.Context, ref string, note *webNote, id orchestrator.CommandID, text string) error {
	chat := once.Chat{Post: func(ctx context.Context, piece string) error {
		say := func() error {
			return s.inSession(ctx, func(*session) *request {
				return &request{op: "send", method: http.MethodPost, path: webPath("send-message", note.Participant), body: map[string]string{
					"message": piece, "contentType": "text/plain",
				}}
			})
		}
		err := say()
		if !isGone(err) {
			return err
		}
		if err = s.takeAlong(ctx, ref, note); err == nil { // the servers have changed, and the chat was not taken along yet
			err = say()
		}
		if isGone(err) {
			return s.Over("send")
		}
		return err
	}}
	web, err := s.server(ctx)
	if err != nil {
		return err
	}
	if web.WebChat >= levelChatHistory {
		chat.Posted = func(ctx context.Context) (int, error) { return s.posted(ctx, note) }
	}
	return s.Poster.Send(ctx, ref, id, pieces(text), chat)
}

// takeAlong tells the present server of a chat that began at another one.
func (s *customerSeat) takeAlong(ctx context.Context, ref string, note *webNote) error {
	return s.inSession(ctx, func(*session) *request {
		return &request{
			op: "reconnect", method: http.MethodPost, path: "/icws/web-chat/reconnect", repeats: true,
			body: map[string]string{"chatId": ref, "participantId": note.Participant},
		}
	})
}

// posted counts the texts of our side that the server has.
func (s *customerSeat) posted(ctx context.Context, note *webNote) (int, error) {
	all, err := s.history(ctx, note)
	if err != nil {
		return 0, err
	}
	n := 0
	for i := range all.Messages {
		if m := &all.Messages[i]; m.Type == kindWebText && m.Participant == note.Participant {
			n++
		}
	}
	return n, nil
}

func (s *customerSeat) typing(ctx context.Context, cmd *orchestrator.Command) error {
	note, err := s.note(ctx, "typing", cmd.To.Ref)
	if err != nil {
		return err
	}
	return s.inSession(ctx, func(*session) *request {
		return &request{
			op: "typing", method: http.MethodPost, path: webPath("typing-state", note.Participant), repeats: true,
			body: map[string]bool{"typingIndicator": cmd.Typing},
		}
	})
}

// end leaves the chat. From then on it is not listened to.
func (s *customerSeat) end(ctx context.Context, cmd *orchestrator.Command) error {
	var note webNote
	if err := s.read(ctx, cmd.To.Ref, map[string]any{keptChat: &note}); err != nil {
		return s.Broken("end", err)
	}
	if note.Participant == "" {
		return nil // forgotten: it has ended long since
	}
	if err := s.Keep(ctx, cmd.To.Ref, keptOver, true); err != nil {
		return s.Broken("end", err)
	}
	return s.leave(ctx, note.Participant)
}

// takeBack: nothing begins here that could be taken back.
func (s *customerSeat) takeBack(context.Context, *orchestrator.Command) error {
	return s.Permanent("take_back", "seat", errors.New("in the seat customer no chat begins at the desk"))
}

func (s *customerSeat) leave(ctx context.Context, participant string) error {
	err := s.inSession(ctx, func(*session) *request {
		return &request{op: "end", method: http.MethodPost, path: webPath("exit", participant), repeats: true}
	})
	if isGone(err) {
		return nil
	}
	return err
}

// lastSeen asks the chat's history; a server without it is asked nothing, because a poll would take what others wait for.
func (s *customerSeat) lastSeen(ctx context.Context, ref string) (orchestrator.Liveness, error) {
	var note webNote
	var heard webHeard
	var over bool
	if err := s.read(ctx, ref, map[string]any{keptChat: &note, keptHeard: &heard, keptOver: &over}); err != nil {
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

// note reads what was kept of a chat; a permanent failure if it is over for us.
func (s *customerSeat) note(ctx context.Context, op, ref string) (*webNote, error) {
	var note webNote
	if err := s.read(ctx, ref, map[string]any{keptChat: &note}); err != nil {
		return nil, s.Broken(op, err)
	}
	if note.Participant == "" {
		return nil, s.noChat(op)
	}
	return &note, nil
}

// server is the server that is used now, and what it can do.
func (s *customerSeat) server(ctx context.Context) (*session, error) {
	raw, _, err := s.Keeper.Ready(ctx)
	if err != nil {
		return nil, err
	}
	return parseSession(raw)
}

func (s *customerSeat) history(ctx context.Context, note *webNote) (*webAnswer, error) {
	var all webAnswer
	err := s.inSession(ctx, func(*session) *request {
		return &request{op: "history", method: http.MethodGet, path: webPath("message-history", note.Participant), into: &all, repeats: true}
	})
	return &all, err
}

func webPath(what, participant string) string {
	return "/icws/web-chat/" + what + "/" + url.PathEscape(participant)
}

// isGone: the server has no such chat. At ICWS that is a 400.
func isGone(err error) bool {
	code := codeOf(err)
	return err != nil && (code == unknownParticipant || code == unknownChat)
}
