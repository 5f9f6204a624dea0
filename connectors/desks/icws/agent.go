package icws

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"handoff/connectors/internal/once"
	"handoff/orchestrator"
)

// agentSeat is our bot as a user of PureConnect. The chats begin there; see watch.go for how they are heard.
type agentSeat struct {
	*Desk
	recounted broadcast // somebody's words were counted here
}

func (s *agentSeat) manifest(m *orchestrator.Manifest) {
	m.OneSession, m.WrapUpSeen = true, true
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
	// Skip is how many words at the beginning of the chat belong to conversations before.
	Skip int `json:"skip,omitempty"`
	// Told counts the moves that were told, so that each has an id of its own.
	Told int `json:"told,omitempty"`
}

// count is how many words of ours a chat held when the process that listens came by a mark.
type count struct {
	Ours int    `json:"ours"`
	Mark string `json:"mark"`
}

// keptCount is the name under which a count lies.
const keptCount = "count"

// Names of our attributes in a chat: names of one's own are free, and travel with it.
const (
	attributePrefix = "Handoff_"
	attributeMark   = "Handoff_Mark"
)

// idOf is the chat's present id at the desk.
func (s *agentSeat) idOf(ctx context.Context, op, ref string) (string, error) {
	var note chatNote
	if err := s.read(ctx, ref, map[string]any{keptChat: &note}); err != nil {
		return "", s.broken(op, err)
	}
	return orElse(note.Now, ref), nil
}

// open hands the chat over by a blind transfer to the workgroup behind the queue, with the context written before. A chat that
// our user does not have any more was handed over already, or is served, and is left as it is.
func (s *agentSeat) open(ctx context.Context, cmd *orchestrator.Command) (string, error) {
	ref := cmd.To.Ref
	if ref == "" {
		return "", s.client.failed("open", "seat", orchestrator.OutcomePermanent,
			errors.New("in the seat agent a chat begins at the desk; this one came another way"))
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
		return "", s.client.failed("open", "chat-ended", orchestrator.OutcomePermanent, errors.New("the chat has ended at the desk"))
	}
	if !had.heldBy(s.config.Username) {
		return ref, nil
	}
	about, err := s.contextOf(ctx, cmd)
	if err != nil {
		return "", err
	}
	if err := s.write(ctx, id, about.fields); err != nil {
		return "", err
	}
	return ref, s.transfer(ctx, id, target)
}

// write puts the context into the chat's attributes.
func (s *agentSeat) write(ctx context.Context, id string, fields map[string]string) error {
	attributes := make(map[string]string, len(fields))
	for name, value := range fields {
		attributes[attributePrefix+attributeName(name)] = value
	}
	return s.inSession(ctx, func(in *session) *request {
		return &request{
			op: "open", method: http.MethodPost, path: in.path("/interactions/%s", id), repeats: true,
			body: map[string]any{"attributes": attributes},
		}
	})
}

// attributeName keeps what an attribute's name may surely hold.
func attributeName(name string) string {
	return strings.Map(func(r rune) rune {
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '_'
	}, name)
}

type queueID struct {
	Type int    `json:"queueType"`
	Name string `json:"queueName"`
}

// transfer sends a chat to a workgroup. Servers before interactions 13 know a scoped name only, and some refuse the workgroup
// in the newer form, so that a 400 is answered with the older one.
func (s *agentSeat) transfer(ctx context.Context, id, workgroup string) error {
	old := false
	err := s.inSession(ctx, func(in *session) *request {
		if old = in.Interactions < levelQueueID; old {
			return transferByName(in, id, workgroup)
		}
		return &request{
			op: "open", method: http.MethodPost, path: in.path("/interactions/%s/blind-transfer", id),
			body: map[string]queueID{"queueID": {queueWorkgroup, workgroup}},
		}
	})
	if old || statusOf(err) != http.StatusBadRequest {
		return err
	}
	return s.inSession(ctx, func(in *session) *request { return transferByName(in, id, workgroup) })
}

func transferByName(in *session, id, workgroup string) *request {
	return &request{
		op: "open", method: http.MethodPost, path: in.path("/interactions/%s/blind-transfer", id),
		body: map[string]string{"target": "Workgroup Queue:" + workgroup},
	}
}

// send says a word of the bot's; the same call clears its typing indicator, which is a required field.
func (s *agentSeat) send(ctx context.Context, cmd *orchestrator.Command) error {
	ref := cmd.To.Ref
	id, err := s.idOf(ctx, "send", ref)
	if err != nil {
		return err
	}
	return s.poster.Send(ctx, ref, cmd.ID, pieces(wordsOf(cmd.Message)), once.Chat{
		Post: func(ctx context.Context, piece string) error {
			return s.inSession(ctx, func(in *session) *request {
				return &request{
					op: "send", method: http.MethodPost, path: in.path("/interactions/%s/chat/messages", id),
					body: map[string]any{"text": piece, "clearTypingIndicator": true},
				}
			})
		},
		Posted: func(ctx context.Context) (int, error) { return s.recount(ctx, ref, id) },
	})
}

// recount answers how many words of ours the chat has. ICWS has no resource for that; the process that listens knows it. So a
// mark is set in the chat's attributes, and when that process hears of the mark it has heard of every word before it, because the
// messages of a session come in order.
func (s *agentSeat) recount(ctx context.Context, ref, id string) (int, error) {
	mark := rand.Text()
	err := s.inSession(ctx, func(in *session) *request {
		return &request{
			op: "send", method: http.MethodPost, path: in.path("/interactions/%s", id), repeats: true,
			body: map[string]any{"attributes": map[string]string{attributeMark: mark}},
		}
	})
	if err != nil {
		return 0, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	defer s.clock.AfterFunc(recountWait, stop)()
	for {
		told := s.recounted.next()
		var now count
		if err := s.read(ctx, ref, map[string]any{keptCount: &now}); err != nil {
			return 0, s.broken("send", err)
		}
		if now.Mark == mark {
			return now.Ours, nil
		}
		rest(ctx, s.clock, recountLook, told)
		if err := ctx.Err(); err != nil {
			return 0, s.client.failed("send", "not-counted", orchestrator.OutcomeRetry, err)
		}
	}
}

func (s *agentSeat) typing(ctx context.Context, cmd *orchestrator.Command) error {
	id, err := s.idOf(ctx, "typing", cmd.To.Ref)
	if err != nil {
		return err
	}
	return s.inSession(ctx, func(in *session) *request {
		return &request{
			op: "typing", method: http.MethodPut, path: in.path("/interactions/%s/chat/typing-indicator", id), repeats: true,
			body: map[string]bool{"on": cmd.Typing},
		}
	})
}

// end ends the chat that our user has. Where the conversation goes on elsewhere, the chat is taken back from the workgroup's
// queue instead: its customer is still here, and other people's words go through us.
func (s *agentSeat) end(ctx context.Context, cmd *orchestrator.Command) error {
	id, err := s.idOf(ctx, "end", cmd.To.Ref)
	if err != nil {
		return err
	}
	goesOn, err := s.goesOn(ctx, cmd.Conversation)
	if err != nil {
		return err
	}
	had, err := s.look(ctx, "end", id)
	switch {
	case err != nil:
		return err
	case had.over():
		return nil
	case had.connected() && goesOn:
		return nil // our user has it again, or a person does
	}
	what := "disconnect"
	if goesOn {
		what = "pickup"
	}
	err = s.inSession(ctx, func(in *session) *request {
		return &request{op: "end", method: http.MethodPost, path: in.path("/interactions/%s/"+what, id), repeats: true}
	})
	if status := statusOf(err); status == http.StatusNotFound || goesOn && status == http.StatusBadRequest {
		return nil // it ended, or a person was faster
	}
	return err
}

// goesOn: the conversation is not over, so its customer is still to be spoken to.
func (s *agentSeat) goesOn(ctx context.Context, id orchestrator.ConversationID) (bool, error) {
	c, err := s.memory.Load(ctx, id)
	if errors.Is(err, orchestrator.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, s.broken("end", err)
	}
	waits := c.State == orchestrator.StateQueued || c.State == orchestrator.StateOffered
	return (waits || c.State.Served()) && c.Desk != s.config.Name || c.State == orchestrator.StateBot, nil
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

// look reads what a chat's attributes say; a chat that does not exist any more is over.
func (s *agentSeat) look(ctx context.Context, op, id string) (attributes, error) {
	var said struct {
		Attributes attributes `json:"attributes"`
	}
	err := s.inSession(ctx, func(in *session) *request { return lookAt(in, op, id, &said) })
	if statusOf(err) == http.StatusNotFound {
		return attributes{attrState: stateOurEnd}, nil
	}
	return said.Attributes.folded(), err
}

func lookAt(in *session, op, id string, into any) *request {
	return &request{
		op: op, method: http.MethodGet, path: in.path("/interactions/%s", id) + "?select=" + strings.Join(watched, ","),
		into: into, repeats: true,
	}
}

// attributes of a chat, by names in small letters: ICWS does not tell them apart by case.
type attributes map[string]string

// Attributes that are watched, as ICWS spells them, and as they are looked up here.
var watched = []string{"Eic_State", "Eic_UserName", "Eic_WorkgroupName", "Eic_RemoteName", "Eic_ObjectType", attributeMark}

const (
	attrState     = "eic_state"
	attrUser      = "eic_username"
	attrWorkgroup = "eic_workgroupname"
	attrRemote    = "eic_remotename"
	attrObject    = "eic_objecttype"
	attrMark      = "handoff_mark"
)

// Characters of Eic_State that matter. It has a number and another numbering when a chat is made; neither comes over ICWS.
const (
	stateAlerting  = "A"
	stateConnected = "C"
	stateHeld      = "H"
	stateOurEnd    = "I" // ended from inside
	stateTheirEnd  = "E" // ended by the customer
)

func (a attributes) folded() attributes {
	folded := make(attributes, len(a))
	for name, value := range a {
		folded[strings.ToLower(name)] = value
	}
	return folded
}

func (a attributes) over() bool {
	return slices.Contains([]string{stateOurEnd, stateTheirEnd}, a[attrState])
}

func (a attributes) connected() bool {
	return slices.Contains([]string{stateConnected, stateHeld}, a[attrState])
}

// heldBy: somebody has picked the chat up, and it is this user.
func (a attributes) heldBy(user string) bool {
	return a.connected() && strings.EqualFold(a[attrUser], user)
}
