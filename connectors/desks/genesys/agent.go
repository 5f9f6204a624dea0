package genesys

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"handoff/connectors/internal/bayeux"
	"handoff/connectors/internal/once"
	"handoff/connectors/internal/textsplit"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// agentSeat is our bot as an agent of GWS.
type agentSeat struct {
	*base
	dialect *dialect

	guard   sync.Mutex // of everything below, and of what lanes share
	current *live
	channel *bayeux.Client
	serving context.Context  // of the present Serve, in which the lanes work; nil while this process does not listen
	lanes   map[string]*lane // by chat, while this process listens
	wg      sync.WaitGroup   // the lanes at work
}

func (s *agentSeat) manifest() orchestrator.Manifest {
	m := orchestrator.Manifest{
		Kind: "genesys", Seats: []string{SeatAgent}, TypingIn: true, TypingOut: true, TransferQueue: true, Liveness: true,
		OneSession: true, LongestText: LongestText,
	}
	if s.dialect.attach {
		m.History = orchestrator.HistoryData
	}
	return m
}

// operate performs an operation on one of the agent's chats.
func (s *agentSeat) operate(ctx context.Context, op, chat string, body map[string]any) (answer, error) {
	a, _, err := s.do(ctx, call{op: op, path: s.dialect.list + "/" + chat, body: body})
	return a, err
}

// list reads the agent's chats.
func (s *agentSeat) list(ctx context.Context, l *live) ([]resource, error) {
	a, err := s.in(ctx, l, call{op: "list", path: s.dialect.list, query: "fields=*"})
	return s.listed("list", a, err)
}

// listed are the chats of an answer. One that holds no list says nothing: least of all that no chat is there.
func (s *agentSeat) listed(op string, a answer, err error) ([]resource, error) {
	if err == nil && !a.lists() {
		err = s.Unknown(op, "not-understood", errors.New("the answer holds no list of chats"))
	}
	return a.chats(), err
}

// find reads one of the agent's chats; nil if it is not with us.
func (s *agentSeat) find(ctx context.Context, op, chat string) (*resource, *live, error) {
	a, l, err := s.do(ctx, call{op: op, path: s.dialect.list, query: "fields=*"})
	chats, err := s.listed(op, a, err)
	if err != nil {
		return nil, nil, err
	}
	for i := range chats {
		if string(chats[i].ID) == chat {
			return &chats[i], l, nil
		}
	}
	return nil, l, nil
}

// send gives the customer the bot's word, cut where it is too long.
func (s *agentSeat) send(ctx context.Context, cmd *orchestrator.Command) error {
	chat := cmd.To.Ref
	if !validID(chat) {
		return s.Permanent("send", "no-chat", errors.New("the conversation has no chat here"))
	}
	pieces := textsplit.Split(wording.Text(cmd.Message), LongestText, textsplit.Characters)
	return s.Poster.Send(ctx, chat, cmd.ID, pieces, once.Chat{
		Post: func(ctx context.Context, piece string) error {
			_, err := s.operate(ctx, "send", chat, operation(opSay, map[string]string{"text": piece}))
			return err
		},
		Posted: func(ctx context.Context) (int, error) { return s.posted(ctx, chat) },
	})
}

// posted counts the bot's words in the log, from where its present stay in the chat began.
func (s *agentSeat) posted(ctx context.Context, chat string) (int, error) {
	if !s.dialect.history {
		return s.postedByNotice(ctx, chat)
	}
	stay, err := s.leg(ctx, chat)
	if err != nil {
		return 0, s.Broken("send", err)
	}
	a, l, err := s.do(ctx, call{op: "send", path: s.dialect.list + "/" + chat + "/messages"})
	if err != nil {
		return 0, err
	}
	count := 0
	for i := range a.body.Messages {
		if e := &a.body.Messages[i]; e.Index > stay.Joined && ours(e, l.user) {
			count++
		}
	}
	return count, nil
}

// ours: the bot said it.
func ours(e *entry, user string) bool {
	_, says := e.said()
	return says && e.From.agent() && e.From.user() == user
}

// typing shows the customer that the bot writes.
func (s *agentSeat) typing(ctx context.Context, cmd *orchestrator.Command) error {
	name := opTypesNoMore
	if cmd.Typing {
		name = opTypes
	}
	_, err := s.operate(ctx, "typing", cmd.To.Ref, operation(name, nil))
	return err
}

// end ends the chat for the customer, and the work on it. In a conference the bot only leaves. A chat that is not with us,
// or is with us again for another conversation, is left as it is.
func (s *agentSeat) end(ctx context.Context, cmd *orchestrator.Command) error {
	chat := cmd.To.Ref
	if !validID(chat) {
		return nil
	}
	at, l, err := s.find(ctx, "end", chat)
	if err != nil || at == nil {
		return err
	}
	stay, err := s.leg(ctx, chat)
	if err != nil {
		return s.Broken("end", err)
	}
	if stay.Conversation != "" && stay.Conversation != cmd.Conversation {
		return nil
	}
	if err := s.Memory.Keep(ctx, s.Name, chat, noteEnding, []byte(cmd.Conversation)); err != nil {
		return s.Broken("end", err)
	}
	state := at.State
	if state == stateChatting {
		if state, err = s.leave(ctx, at, l.user); err != nil {
			return err
		}
	}
	switch state {
	case stateLeft, stateJoinFailed:
		return s.complete(ctx, "end", chat)
	}
	return nil
}

// leave takes the bot out of a chat and answers how it stands then: LeftChat if that ended the chat.
func (s *agentSeat) leave(ctx context.Context, at *resource, user string) (string, error) {
	chat, name, more := string(at.ID), s.dialect.ends, map[string]string(nil)
	colleague := func(p participant) bool { return p.agent() && p.user() != user }
	if slices.ContainsFunc(at.Participants, colleague) {
		name, more = s.dialect.leaves, s.dialect.leaverData(user)
	}
	outcome := s.expect("end", chat)
	a, err := s.operate(ctx, "end", chat, operation(name, more))
	if err != nil {
		return "", s.unlessGone(ctx, "end", chat, err)
	}
	return outcome.await(ctx, a.ref, stateLeft, stateCompleted)
}

// complete ends the work on a chat.
func (s *agentSeat) complete(ctx context.Context, op, chat string) error {
	if s.config.Disposition != "" {
		if err := s.dispose(ctx, op, chat); err != nil {
			return s.unlessGone(ctx, op, chat, err)
		}
	}
	outcome := s.expect(op, chat)
	a, err := s.operate(ctx, op, chat, operation(opComplete, nil))
	if err != nil {
		return s.unlessGone(ctx, op, chat, err)
	}
	_, err = outcome.await(ctx, a.ref, stateCompleted)
	return err
}

// dispose says what the chat was about, where the site wants that.
func (s *agentSeat) dispose(ctx context.Context, op, chat string) error {
	_, err := s.operate(ctx, op, chat, operation(opDisposition, map[string]string{"disposition": s.config.Disposition}))
	return err
}

// refused reports that the vendor will not do what was asked of it, now or later.
func refused(err error) bool {
	return err != nil && orchestrator.OutcomeOf(err) == orchestrator.OutcomePermanent
}

// unlessGone is nil where the vendor refused because there is no such chat: it has ended, which was the aim. 8.5.1 refuses some
// operations without a number, so the chat is looked for.
func (s *agentSeat) unlessGone(ctx context.Context, op, chat string, err error) error {
	ce, ok := errors.AsType[*orchestrator.ConnectorError](err)
	switch {
	case ok && ce.Code == codeName(codeNotFound):
		return nil
	case !ok || ce.Code != codeName(codeFailed):
		return err
	}
	at, _, lookErr := s.find(ctx, op, chat)
	if lookErr == nil && at == nil {
		return nil
	}
	return err
}

// alive asks whether the chat is with us and the customer in it.
func (s *agentSeat) alive(ctx context.Context, c *orchestrator.Conversation) (bool, error) {
	ref := c.ChannelRef
	if ref == "" {
		ref = c.DeskRef
	}
	at, _, err := s.find(ctx, "probe", ref)
	return at != nil && at.State == stateChatting && at.customerIn(), err
}

// external is the bot's own name of the conversation of a chat.
func (s *agentSeat) external(chat string) string { return string(s.Name) + ":" + chat }

// personOf is the person behind a user id, by the id that our side knows them by.
func (s *agentSeat) personOf(user, nickname string) orchestrator.Agent {
	who := orchestrator.Agent{ID: orchestrator.AgentID(user), Name: nickname}
	for id, known := range s.config.Users {
		if strings.EqualFold(known, user) {
			who.ID = id
		}
	}
	if who.ID == "" {
		who.ID = orchestrator.AgentID(nickname)
	}
	if who.Name == "" {
		who.Name = string(who.ID)
	}
	return who
}
