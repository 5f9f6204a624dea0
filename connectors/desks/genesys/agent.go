package genesys

import (
	"context"
	"errors"
	"strings"
	"sync"

	"handoff/connectors/internal/bayeux"
	"handoff/connectors/internal/frame"
	"handoff/connectors/internal/wording"
	"handoff/orchestrator"
)

// agentSeat is our bot as an agent of GWS.
type agentSeat struct {
	*base
	dialect *dialect

	guard   sync.Mutex // of everything below, and of what the chats share
	current *liveLogin
	channel *bayeux.Client
	serving context.Context       // of the present Serve, in which the chats are worked on; nil while this process does not listen
	chats   map[string]*agentChat // by chat, while this process listens
	wg      sync.WaitGroup        // the chats that are worked on
}

func (s *agentSeat) Manifest() orchestrator.Manifest {
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
func (s *agentSeat) list(ctx context.Context, l *liveLogin) ([]resource, error) {
	a, err := s.in(ctx, l, call{op: "list", path: s.dialect.list, query: "fields=*"})
	return s.listed("list", a, err)
}

// listed are the chats of an answer. One that holds no list says nothing: least of all that no chat is there.
func (s *agentSeat) listed(op string, a answer, err error) ([]resource, error) {
	if err == nil && !a.lists() {
		err = s.Unclear(op, errors.New("the answer holds no list of chats"))
	}
	return a.chats(), err
}

// find reads one of the agent's chats; nil if it is not with us.
func (s *agentSeat) find(ctx context.Context, op, chat string) (*resource, *liveLogin, error) {
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

// unlessGone is nil where the vendor refused because there is no such chat: it has ended, which was the aim. 8.5.1 refuses some
// operations without a number, so the chat is looked for.
func (s *agentSeat) unlessGone(ctx context.Context, op, chat string, err error) error {
	switch frame.CodeOf(err) {
	case codeName(codeNotFound):
		return nil
	case codeName(codeFailed):
	default:
		return err
	}
	at, _, lookErr := s.find(ctx, op, chat)
	if lookErr == nil && at == nil {
		return nil
	}
	return err
}

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

// customerOf is who the customer of a chat is.
func customerOf(chat string, at *resource) orchestrator.Customer {
	data := at.UserData
	c := orchestrator.Customer{
		ID: data["ContactId"], Email: data["EmailAddress"],
		Name: strings.TrimSpace(data["FirstName"] + " " + data["LastName"]),
	}
	for _, p := range at.Participants {
		if p.customer() && c.Name == "" {
			c.Name = string(p.Nickname)
		}
	}
	if c.ID == "" {
		c.ID = chat
	}
	if subject := data["Subject"]; subject != "" {
		c.Attributes = map[string]any{"subject": wording.Clip(subject, wording.LongestValue)}
	}
	return c
}

// addressed addresses a fact about a chat that began here.
func (s *agentSeat) addressed(chat, id string, ev orchestrator.Event) orchestrator.Event {
	ev.ID = orchestrator.EventID(id)
	s.OfChat(s.config.Bot, chat, &ev)
	return ev
}
