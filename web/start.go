package web

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"

	"handoff/orchestrator"
	"handoff/web/pages"
)

type startBody struct {
	Bot      string    `json:"bot"`
	External string    `json:"conversation_id"`
	User     startUser `json:"user"`
	Language string    `json:"language"`
}

type startUser struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Email string `json:"email"`
}

// startConversation answers POST /v1/conversations: a conversation on the web channel. A bot may begin it for a
// customer under its own id, and again. A browser of an allowed origin may begin one under a fresh id only: an origin
// is no credential, so it must not open what exists.
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
	if !byBot {
		if err := s.mustBeNew(c, &body); err != nil {
			return err
		}
	}
	key := ""
	if byBot {
		if key, err = idempotencyKey(c); err != nil {
			return err
		}
	}
	if body.External == "" {
		if body.External, err = s.webID(c, key); err != nil {
			return err
		}
	}
	ev := startEvent(body)
	ev.BodyHash = hashOf(c.body)
	if key != "" {
		ev.ID = orchestrator.EventID("start:" + key)
	}
	return s.answerStart(c, &ev)
}

// webID is the bot's id of a conversation for which none was given: the same for each repetition of a request with a key,
// and for nobody to foresee.
func (s *Server) webID(c *call, key string) (string, error) {
	if key == "" {
		return "web-" + rand.Text(), nil
	}
	secret, err := s.tokens.key(c.ctx())
	if err != nil {
		return "", err
	}
	sum := newSigner(secret).sign([]byte("start:" + key))
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

// identifyStarter finds out whether a bot asks; else a browser does.
func (s *Server) identifyStarter(c *call) (byBot bool, err error) {
	h := c.Request().Header
	if h.Get("Authorization") == "" && h.Get("Webhook-Signature") == "" {
		if wait, ok := s.limits.start.take(c.address()); !ok {
			return false, tooMany(wait)
		}
		return false, nil
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
	f.text("/bot", body.Bot, MaxName)
	if body.External != "" {
		f.id("/conversation_id", body.External)
	}
	f.text("/user/id", body.User.ID, MaxID)
	f.atMost("/user/name", body.User.Name, MaxName)
	f.atMost("/user/email", body.User.Email, MaxName)
	if body.Language != "" && !pages.IsLanguageTag(body.Language) {
		f.fail("/language", "must be a language tag such as en or de-AT")
	}
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

// mustBeNew refuses a browser's conversation_id that the bot has used before.
func (s *Server) mustBeNew(c *call, body *startBody) error {
	if body.External == "" {
		return nil
	}
	_, err := s.store.Find(c.ctx(), orchestrator.ConnectorName(body.Bot), body.External)
	if errors.Is(err, orchestrator.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return refusal(orchestrator.CodeStateConflict, "the conversation_id is taken; leave it out and get a fresh one")
}

func (s *Server) answerStart(c *call, ev *orchestrator.Event) error {
	receipt, err := s.receiveOnce(c, ev)
	if err != nil {
		return err
	}
	if c.who.role != RoleBot && !receipt.Created {
		return refusal(orchestrator.CodeStateConflict, "the conversation_id is taken; leave it out and get a fresh one")
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
	return s.writeBotAnswer(c, status, &v, receipt.Created, false, nil)
}
