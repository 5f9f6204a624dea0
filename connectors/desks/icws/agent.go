package icws

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"

	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// agentSeat is our bot as a user of PureConnect. The chats begin there.
type agentSeat struct {
	*base
	recounted broadcast // somebody's words were counted here
}

// Names of our attributes in a chat: names of one's own are free, and travel with it.
const (
	attributePrefix = "Handoff_"
	attributeMark   = "Handoff_Mark"
)

// Manifest: people's after-call work is a status of theirs, which is seen.
func (s *agentSeat) Manifest() orchestrator.Manifest {
	return orchestrator.Manifest{
		Kind: "icws", Seats: []string{SeatAgent}, TypingIn: true, TypingOut: true, Liveness: true, LongestText: LongestText,
		OneSession: true, WrapUpSeen: true, TakeBack: true, History: orchestrator.HistoryData,
	}
}

// idOf is the chat's present id at the desk.
func (s *agentSeat) idOf(ctx context.Context, op, ref string) (string, error) {
	var note agentNote
	if err := s.Read(ctx, ref, map[string]any{noteChat: &note}); err != nil {
		return "", s.Broken(op, err)
	}
	return cmp.Or(note.Now, ref), nil
}

// callChat makes a call about a chat under its present id. A chat that is not there under it may have been given another one just
// now, of which the session tells: that is awaited, not for long. Errors: ErrChatOver, if the chat is really gone.
func (s *agentSeat) callChat(ctx context.Context, op, ref string, build func(in *login, id string) *request) error {
	id, err := s.idOf(ctx, op, ref)
	if err != nil {
		return err
	}
	call := func(id string) error {
		return s.inSession(ctx, func(in *login) *request { return build(in, id) })
	}
	if err = call(id); frame.StatusOf(err) != http.StatusNotFound {
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
			if err = call(now); frame.StatusOf(err) == http.StatusNotFound {
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
			s.Rest(ctx, recountLook, told)
		}
	}
}

// look reads what a chat's attributes say; a chat that does not exist any more is over.
func (s *agentSeat) look(ctx context.Context, op, id string) (attributes, error) {
	var said struct {
		Attributes attributes `json:"attributes"`
	}
	err := s.inSession(ctx, func(in *login) *request { return lookAt(in, op, id, &said) })
	if frame.StatusOf(err) == http.StatusNotFound {
		return attributes{attrState: stateOurEnd}, nil
	}
	had := said.Attributes.folded()
	if _, told := had[attrState]; err == nil && !told {
		err = s.Unclear(op, errors.New("the answer does not tell the chat's state"))
	}
	return had, err
}

func lookAt(in *login, op, id string, into any) *request {
	return &request{
		op: op, method: http.MethodGet, path: in.path("/interactions/%s", id) + "?select=" + strings.Join(watched, ","),
		into: into, repeats: true,
	}
}

// address completes a fact about a chat. The first one names the conversation by the chat, all others by our own id: a word
// that comes after the end must not begin another conversation.
func (l *listener) address(c *agentChat, ev *orchestrator.Event) {
	l.OfChat(l.config.Bot, c.ref, ev)
	ev.Conversation = c.note.Conversation
}

// speaker is who a member is to us; false for our own side and for the system, whose words the customer has read already.
func (l *listener) speaker(c *agentChat, by member) (orchestrator.Actor, bool) {
	switch by.Kind {
	case memberExternal:
		return orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: c.ref, Name: by.Name}, true
	case memberInternal:
		return frame.ByAgent(orchestrator.Agent{ID: orchestrator.AgentID(by.person()), Name: by.Name}), true
	case memberSystem, memberOurs:
	}
	return orchestrator.Actor{}, false
}
