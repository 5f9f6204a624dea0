package icws

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"handoff/connectors/internal/once"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// agentSeat is our bot as a user of PureConnect. The chats begin there; see watch.go for how they are heard.
type agentSeat struct {
	*base
	recounted broadcast // somebody's words were counted here
}

func (s *agentSeat) manifest(m *orchestrator.Manifest) {
	m.OneSession, m.WrapUpSeen, m.TakeBack = true, true, true
	m.History = orchestrator.HistoryData
}

// chatNote is what is kept of a chat that began at the desk.
type chatNote struct {
	// Now is the chat's id if PureConnect has given it another one since (interactionMorphedMessage).
	Now string `json:"now,omitempty"`
	// Stint counts the conversations that began with this chat: people can send it back to the bot after its end. Begun says
	// that the newest one was told, and Conversation which one it is.
	Stint        int                         `json:"stint"`
	Begun        bool                        `json:"begun"`
	Conversation orchestrator.ConversationID `json:"conversation,omitempty"`
	// Name is the customer's as it was heard first: ICWS gives the customer no id, and words are known by who said them.
	Name string `json:"name,omitempty"`
	// Skip is how many words at the beginning of the chat belong to conversations before.
	Skip int `json:"skip,omitempty"`
	// Told counts the moves that were told, so that each has an id of its own.
	Told int `json:"told,omitempty"`
}

// Names of our attributes in a chat: names of one's own are free, and travel with it.
const (
	attributePrefix = "Handoff_"
	attributeMark   = "Handoff_Mark"
)

// idOf is the chat's present id at the desk.
func (s *agentSeat) idOf(ctx context.Context, op, ref string) (string, error) {
	var note chatNote
	if err := s.read(ctx, ref, map[string]any{keptChat: &note}); err != nil {
		return "", s.Broken(op, err)
	}
	return cmp.Or(note.Now, ref), nil
}

// open hands the chat over by a blind transfer to the workgroup behind the queue, with the context written before. A chat that
// our user does not have any more was handed over already, or is served, and is left as it is.
func (s *agentSeat) open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	ref := cmd.To.Ref
	if ref == "" {
		return "", s.Permanent("open", "seat", errors.New("in the seat agent a chat begins at the desk; this one came another way"))
	}
	target, err := s.workgroup(cmd.Waiting.Queue)
	if err != nil {
		return "", err
	}
	id, err := s.idOf(ctx, "open", ref)
	if err != nil {
		return "", err
	}
	had, err := s.look(ctx, "open", id)
	if err != nil {
		return "", err
	}
	if had.over() {
		return "", s.Permanent("open", "chat-ended", errors.New("the chat has ended at the desk"))
	}
	if !had.heldBy(s.config.Username) {
		return ref, nil
	}
	beside := *cmd
	beside.History = cmd.History.Told() // who picks a chat up reads all that was said in it
	about, err := s.contextOf(ctx, &beside)
	if err != nil {
		return "", err
	}
	if err := s.write(ctx, id, about.fields); err != nil {
		return "", err
	}
	return ref, s.transfer(ctx, id, target)
}

// send says a word of the bot's; the same call clears its typing indicator, which is a required field.
func (s *agentSeat) send(ctx context.Context, cmd *orchestrator.Command) error {
	ref := cmd.To.Ref
	return s.Poster.Send(ctx, ref, cmd.ID, pieces(wording.Text(cmd.Message)), once.Chat{
		Post: func(ctx context.Context, piece string) error {
			return s.at(ctx, "send", ref, func(in *session, id string) *request {
				return &request{
					op: "send", method: http.MethodPost, path: in.path("/interactions/%s/chat/messages", id),
					body: map[string]any{"text": piece, "clearTypingIndicator": true},
				}
			})
		},
		Posted: func(ctx context.Context) (int, error) {
			id, err := s.idOf(ctx, "send", ref)
			if err != nil {
				return 0, err
			}
			return s.recount(ctx, ref, id)
		},
	})
}

// at makes a call about a chat under its present id. A chat that is not there under it may have been given another one just
// now, of which the session tells: that is awaited, not for long. Errors: CodeOver, if the chat is really gone.
func (s *agentSeat) at(ctx context.Context, op, ref string, build func(in *session, id string) *request) error {
	id, err := s.idOf(ctx, op, ref)
	if err != nil {
		return err
	}
	call := func(id string) error {
		return s.inSession(ctx, func(in *session) *request { return build(in, id) })
	}
	if err = call(id); statusOf(err) != http.StatusNotFound {
		return err
	}
	late := make(chan struct{})
	defer s.Clock.AfterFunc(morphWait, func() { close(late) })()
	for {
		told := s.recounted.next()
		now, err := s.idOf(ctx, op, ref)
		if err != nil {
			return err
		}
		if now != id {
			if err = call(now); statusOf(err) == http.StatusNotFound {
				return s.Over(op)
			}
			return err
		}
		select {
		case <-late:
			return s.Over(op)
		case <-ctx.Done():
			return s.Retry(op, "cancelled", ctx.Err())
		default:
			rest(ctx, s.Clock, recountLook, told)
		}
	}
}

func (s *agentSeat) typing(ctx context.Context, cmd *orchestrator.Command) error {
	return s.at(ctx, "typing", cmd.To.Ref, func(in *session, id string) *request {
		return &request{
			op: "typing", method: http.MethodPut, path: in.path("/interactions/%s/chat/typing-indicator", id), repeats: true,
			body: map[string]bool{"on": cmd.Typing},
		}
	})
}

// end ends the chat, whoever has it.
func (s *agentSeat) end(ctx context.Context, cmd *orchestrator.Command) error {
	id, err := s.idOf(ctx, "end", cmd.To.Ref)
	if err != nil {
		return err
	}
	had, err := s.look(ctx, "end", id)
	if err != nil || had.over() {
		return err
	}
	err = s.inSession(ctx, func(in *session) *request {
		return &request{op: "end", method: http.MethodPost, path: in.path("/interactions/%s/disconnect", id), repeats: true}
	})
	if statusOf(err) == http.StatusNotFound {
		return nil
	}
	return err
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
	err = s.inSession(ctx, func(in *session) *request {
		return &request{op: "take_back", method: http.MethodPost, path: in.path("/interactions/%s/pickup", id), repeats: true}
	})
	if statusOf(err) == http.StatusNotFound {
		return nil
	}
	return err
}

// lastSeen asks for the chat's state.
func (s *agentSeat) lastSeen(ctx context.Context, ref string) (orchestrator.Liveness, error) {
	id, err := s.idOf(ctx, "look", ref)
	if err != nil {
		return orchestrator.Liveness{}, err
	}
	had, err := s.look(ctx, "look", id)
	return orchestrator.Liveness{Alive: err == nil && !had.over()}, err
}
