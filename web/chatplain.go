package web

import (
	"crypto/rand"
	"net/http"
	"strings"

	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

// plainChat is the customer's page without script: what was said so far, and a form that carries the token.
type plainChat struct {
	Token    string
	Next     string // the id of the word that the form sends: posted twice, it is one word
	State    orchestrator.State
	Headline string
	Said     []plainWord
}

type plainWord struct {
	ID, From, By, Text string
	At                 orchestrator.Moment
	Undelivered        bool
}

// maxPlainWords is how many of the newest entries of a timeline the page without script looks at.
const maxPlainWords = 500

// maxPlainBytes is how much of the newest that was said the page without script shows.
const maxPlainBytes = 64 << 10

// postChatPage answers POST /chat/{bot}: the form of the page without script. The first word begins the conversation; a
// form without words looks for answers.
func (s *Server) postChatPage(c *call) error {
	bot, widget, err := s.chatBot(c)
	if err != nil {
		return err
	}
	var failed error
	conversation, token, err := s.plainConversation(c, bot)
	if err != nil {
		if problemOf(err).Code != codeInvalidToken {
			return err
		}
		failed = err // the page is shown as it was before the first word
	}
	if text := c.form.Get("text"); text != "" && conversation != nil {
		conversation, failed = s.plainSay(c, conversation, text)
	}
	if c.form.Get("ask") != "" && conversation != nil && failed == nil {
		conversation, failed = s.plainAsk(c, conversation)
	}
	plain, err := s.plainTalk(c, conversation, token)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil {
		status = problemFor(failed, c.Request()).Status
	}
	return s.showChat(c, status, bot, widget, plain, failed)
}

// plainConversation is the one of the form's token, or a new one if there is something to say; nil if there is not.
func (s *Server) plainConversation(c *call, bot orchestrator.ConnectorName) (*orchestrator.Conversation, string, error) {
	if token := c.form.Get("token"); token != "" {
		address := c.address()
		if err := s.limits.refused.spent(address); err != nil {
			return nil, "", err
		}
		who, err := s.identifyCustomer(c.ctx(), token)
		if err != nil {
			s.countRefused(err, address)
			return nil, "", err
		}
		c.who = who
		if err := s.withinRate(c); err != nil {
			return nil, "", err
		}
		conversation, err := s.store.Load(c.ctx(), who.conversation)
		if err != nil {
			return nil, "", err
		}
		if conversation.Bot != bot {
			return nil, "", errUnknownConversation()
		}
		return conversation, token, s.touch(c, conversation.ID)
	}
	if c.form.Get("text") == "" {
		return nil, "", nil
	}
	return s.plainBegin(c, bot)
}

func (s *Server) plainBegin(c *call, bot orchestrator.ConnectorName) (*orchestrator.Conversation, string, error) {
	if err := s.limits.start.take(c.address()); err != nil {
		return nil, "", err
	}
	if err := s.withinBytes(c); err != nil {
		return nil, "", err
	}
	ev := startEvent(startBody{Bot: string(bot), External: browserID(), User: startUser{ID: "web-" + rand.Text()},
		Language: languageOf(c).Asked})
	s.byBrowser(c, &ev)
	receipt, err := s.receiveOnce(c, &ev)
	if err != nil {
		return nil, "", err
	}
	quoted, err := s.tokens.appendToken(c.ctx(), nil, receipt.Conversation)
	if err != nil {
		return nil, "", err
	}
	c.who = principal{role: RoleCustomer, conversation: receipt.Conversation.ID}
	return receipt.Conversation, string(quoted[1 : len(quoted)-1]), nil
}

func (s *Server) plainSay(c *call, conversation *orchestrator.Conversation, text string) (*orchestrator.Conversation, error) {
	var f checks
	text = f.text("/text", text)
	id := c.form.Get("message")
	if id == "" {
		id = "msg_" + rand.Text()
	}
	f.check("/message", values.MessageID(id))
	if err := f.err(); err != nil {
		return conversation, err
	}
	receipt, err := s.receiveAction(c, conversation, orchestrator.Event{
		ID: orchestrator.EventID(c.who.space() + "m:" + id), Type: orchestrator.EventMessage,
		Actor: c.who.actor(conversation), Message: &orchestrator.Message{ID: id, Text: text},
		BodyHash: hashOf([]byte(text)),
	})
	if err != nil {
		return conversation, err
	}
	return receipt.Conversation, nil
}

// plainAsk asks for a person. Where none will come, the service has said so in the chat.
func (s *Server) plainAsk(c *call, conversation *orchestrator.Conversation) (*orchestrator.Conversation, error) {
	receipt, err := s.receiveAsking(c, conversation, customerAsks(""))
	if err != nil {
		return conversation, err
	}
	return receipt.Conversation, nil
}

// plainTalk is what the customer may see of what was said.
func (s *Server) plainTalk(c *call, conversation *orchestrator.Conversation, token string) (plainChat, error) {
	words := languageOf(c).Words
	plain := plainChat{Token: token, Next: "msg_" + rand.Text(), Headline: words["glad"]}
	if conversation == nil {
		return plain, nil
	}
	plain.State, plain.Headline = conversation.State, plainHeadline(conversation, words)
	from := uint64(0)
	if conversation.Sequence > maxPlainWords {
		from = conversation.Sequence - maxPlainWords
	}
	entries, err := s.store.Timeline(c.ctx(), conversation.ID, from, maxPlainWords)
	if err != nil {
		return plain, err
	}
	for i := range entries {
		ev := &entries[i].Event
		switch {
		case ev.Type == orchestrator.EventMessage && ev.Message != nil:
			plain.Said = append(plain.Said, plainWord{
				ID: ev.Message.ID, From: plainFrom(ev.Actor.Role), By: plainBy(&ev.Actor, words), Text: ev.Message.Text, At: entries[i].At,
			})
		case ev.FailedWord():
			plain.undelivered(ev.Message.ID)
		case ev.Type == orchestrator.EventAccepted && entries[i].Moved():
			plain.readByPeople()
		}
	}
	plain.cut()
	return plain, nil
}

// cut leaves the newest words that the page has room for.
func (p *plainChat) cut() {
	room := maxPlainBytes
	for i := len(p.Said) - 1; i >= 0; i-- {
		if room -= len(p.Said[i].Text); room < 0 {
			p.Said = p.Said[i+1:]
			return
		}
	}
}

// undelivered marks a word of hers that did not arrive.
func (p *plainChat) undelivered(id string) {
	for i := range p.Said {
		p.Said[i].Undelivered = p.Said[i].Undelivered || (p.Said[i].ID == id && p.Said[i].From == "me")
	}
}

// readByPeople: whoever comes reads all that was said.
func (p *plainChat) readByPeople() {
	for i := range p.Said {
		p.Said[i].Undelivered = false
	}
}

func plainFrom(role orchestrator.ActorRole) string {
	if role == orchestrator.ActorCustomer {
		return "me"
	}
	return string(role)
}

func plainBy(a *orchestrator.Actor, words map[string]string) string {
	switch a.Role {
	case orchestrator.ActorCustomer:
		return words["you"]
	case orchestrator.ActorBot:
		return words["assistant"]
	case orchestrator.ActorAgent, orchestrator.ActorSupervisor, orchestrator.ActorDesk:
		if a.Name != "" {
			return a.Name
		}
		return words["colleague"]
	case orchestrator.ActorSystem:
	}
	return ""
}

func plainHeadline(c *orchestrator.Conversation, words map[string]string) string {
	switch {
	case c.State.Ended(), c.State == orchestrator.StateWrapUp && c.Controller() == orchestrator.ControllerNobody:
		return words["ended"]
	case c.State.Served():
		return strings.ReplaceAll(words["talks"], "{names}", c.Owner().Name)
	case waiting(c.State):
		return words["waiting"]
	}
	return words["bot_talks"]
}
