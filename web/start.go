package web

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

type startBody struct {
	Bot      string    `json:"bot"`
	Named    *string   `json:"conversation_id"`
	External string    `json:"-"` // Named, or what we call it when it is left out
	User     startUser `json:"user"`
	Language string    `json:"language"`
}

type startUser struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// startConversation answers POST /v1/conversations: a conversation on the web channel. A bot may begin it for a
// customer under its own id, and again. A browser of an allowed origin may begin one too, in a space of ids of its own.
func (s *Server) startConversation(c *call) error {
	byBot, err := s.identifyStarter(c)
	if err != nil {
		return err
	}
	body, err := s.decodeStart(c)
	if err != nil {
		return err
	}
	if err := s.mayStart(c, body, byBot); err != nil {
		return err
	}
	key := ""
	if byBot {
		key, err = s.namedByBot(c, &body)
	} else {
		err = s.namedByBrowser(c, &body)
	}
	if err != nil {
		return err
	}
	ev := startEvent(body)
	if !byBot {
		s.byBrowser(c, &ev)
	}
	ev.BodyHash = hashOf(c.body)
	if key != "" {
		ev.ID = orchestrator.EventID("start:" + key)
	}
	return s.answerStart(c, &ev)
}

// namedByBot gives a conversation the id under which a bot begins it: its own, or a new one. It answers the idempotency key.
func (s *Server) namedByBot(c *call, body *startBody) (key string, err error) {
	if strings.HasPrefix(body.External, orchestrator.BrowserSpace) {
		return "", orchestrator.Invalid("/conversation_id", "must not begin with %s: browsers begin those conversations",
			orchestrator.BrowserSpace)
	}
	if key, err = idempotencyKey(c); err == nil && body.External == "" {
		body.External, err = s.webID(c, key)
	}
	return key, err
}

// namedByBrowser gives a conversation an id in the space of browsers, with what the browser calls it or a random text. One that
// is there already is not opened: an origin is no credential.
func (s *Server) namedByBrowser(c *call, body *startBody) error {
	if most := values.MaxID - len(orchestrator.BrowserSpace); utf8.RuneCountInString(body.External) > most {
		return orchestrator.Invalid("/conversation_id", "%s", values.TooLong(most))
	}
	if body.External == "" {
		body.External = browserID()
		return nil
	}
	body.External = orchestrator.BrowserSpace + body.External
	_, err := s.store.Find(c.ctx(), orchestrator.ConnectorName(body.Bot), body.External)
	switch {
	case errors.Is(err, orchestrator.ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return errTaken()
}

func errTaken() error {
	return refusal(orchestrator.CodeStateConflict, "the conversation_id is taken; leave it out and get a fresh one")
}

// browserID is the id of a conversation that a browser begins without calling it anything.
func browserID() string { return orchestrator.BrowserSpace + rand.Text() }

// webID is the bot's id of a conversation for which none was given: the same for each repetition of a request with a key,
// and for nobody to foresee.
func (s *Server) webID(c *call, key string) (string, error) {
	if key == "" {
		return "web-" + rand.Text(), nil
	}
	secret, err := s.tokens.keys.current(c.ctx())
	if err != nil {
		return "", err
	}
	sum := newSigner(secret.secret).sign([]byte("start:" + key))
	return "web-" + hex.EncodeToString(sum[:16]), nil
}

// startEvent is the beginning of a conversation on the web channel.
func startEvent(body startBody) orchestrator.Event {
	return orchestrator.Event{
		ID: orchestrator.EventID("start:" + rand.Text()), Type: orchestrator.EventStarted,
		Bot:      orchestrator.ConnectorName(body.Bot),
		External: body.External, Channel: orchestrator.ChannelWeb,
		Customer: &orchestrator.Customer{ID: body.User.ID, Name: body.User.Name, Email: body.User.Email},
		Actor:    orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: body.User.ID, Name: body.User.Name},
		Language: body.Language,
	}
}

// byBrowser counts a conversation that a browser begins by its address: for how many of them a person is fetched when their bot
// fails.
func (s *Server) byBrowser(c *call, ev *orchestrator.Event) {
	ev.OverAskLimit = s.limits.rescue.take(c.address()) != nil
}

// identifyStarter finds out whether a bot asks; else a browser does.
func (s *Server) identifyStarter(c *call) (byBot bool, err error) {
	h := c.Request().Header
	if h.Get("Authorization") == "" && h.Get("Webhook-Signature") == "" {
		if err := s.limits.start.take(c.address()); err != nil {
			return false, err
		}
		return false, s.withinBytes(c)
	}
	if err := s.identified(c); err != nil {
		return false, err
	}
	if c.who.role != RoleBot {
		return false, refusal(codeNotAllowed, "a conversation is begun by a bot or from an allowed origin")
	}
	return true, s.withinRate(c)
}

func (s *Server) decodeStart(c *call) (startBody, error) {
	var body startBody
	if err := decode(c, &body); err != nil {
		return body, err
	}
	var f checks
	f.line("/bot", body.Bot)
	body.External = f.optional("/conversation_id", body.Named, values.ConversationID)
	f.need("/user/id", values.PersonID(body.User.ID))
	var fault string
	body.User.Name, fault = values.PersonName(body.User.Name)
	f.check("/user/name", fault)
	body.User.Email, fault = values.Email(body.User.Email)
	f.check("/user/email", fault)
	f.check("/language", values.Language(body.Language))
	return body, f.err()
}

// mayStart checks the bot, in the same words whether it does not exist or has no web channel for this caller.
func (s *Server) mayStart(c *call, body startBody, byBot bool) error {
	name := orchestrator.ConnectorName(body.Bot)
	widget, web := s.options.Widgets[name]
	if byBot {
		if web && slices.Contains(c.who.bots, name) {
			return nil
		}
		return refusal(codeNotAllowed, "this bot has no web channel, or it is not yours")
	}
	origin := c.Request().Header.Get("Origin")
	if origin == "" {
		return refusal(codeNotSignedIn, "a bot's key or an allowed origin is needed")
	}
	if !web || (!slices.Contains(widget.Origins, origin) && !s.fromOurPage(c)) {
		return refusal(codeNotAllowed, "this origin may not begin conversations of this bot")
	}
	return nil
}

// fromOurPage reports whether a page of our own asks: the customer's chat.
func (s *Server) fromOurPage(c *call) bool { return s.crossOrigin.Check(c.Request()) == nil }

func (s *Server) answerStart(c *call, ev *orchestrator.Event) error {
	receipt, err := s.receiveOnce(c, ev)
	if err != nil {
		return err
	}
	if c.who.role != RoleBot && !receipt.Created {
		return errTaken()
	}
	role := RoleCustomer
	if c.who.role == RoleBot {
		role = RoleBot
	}
	v := s.view(c.ctx(), receipt.Conversation, role)
	status := http.StatusCreated
	if !receipt.Created || receipt.Repeated {
		status = taken(c, receipt.Repeated, http.StatusOK)
	}
	return s.writeBotAnswer(c, &botAnswer{shown: v, status: status, created: receipt.Created})
}
