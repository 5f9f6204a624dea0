package web

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"

	"handoff/orchestrator"
)

// postBotEvent answers POST /v1/bots/{bot}/events: one event of a bot, or a batch of them.
func (s *Server) postBotEvent(c *call) error {
	if isBatch(c.Request().Header) {
		return s.receiveBatch(c)
	}
	return s.receiveFromBot(c, orchestrator.BotReceiver.Decode, false)
}

// postBotHandoff answers POST /v1/bots/{bot}/handoffs: the flat twin of handoff.requested.
func (s *Server) postBotHandoff(c *call) error {
	return s.receiveFromBot(c, orchestrator.BotReceiver.DecodeHandoff, true)
}

type botDecoder func(orchestrator.BotReceiver, http.Header, []byte, orchestrator.Moment) (orchestrator.Event, error)

// receiveFromBot goes in the one safe order: the raw body is verified before anything in it is looked at.
func (s *Server) receiveFromBot(c *call, decode botDecoder, flat bool) error {
	b, err := s.admitBot(c)
	if err != nil {
		return err
	}
	header := c.Request().Header
	if err := wantJSON(header, "application/cloudevents+json"); err != nil {
		return err
	}
	wait, err := preferredWait(header)
	if err != nil {
		return err
	}
	ev, err := decode(b.receiver, header, c.body, s.now())
	if err != nil {
		return err
	}
	complete(&ev, b.name, c.body)
	receipt, err := s.receiveOnce(c, &ev)
	if err != nil {
		if id := s.conversationOf(c, &ev); id != "" {
			c.Set(conversationKey, id) // for the log
		}
		return orchestrator.Placed(err, func(f orchestrator.Field) string { return b.member(header, flat, f) })
	}
	if receipt.Created || receipt.Moved {
		c.Set(conversationKey, receipt.Conversation.ID)
	}
	return s.answerBot(c, &ev, receipt, wait)
}

// admitBot checks who calls, and counts the call.
func (s *Server) admitBot(c *call) (botReceiver, error) {
	b, err := s.authenticateBot(c)
	if err != nil {
		return b, err
	}
	c.who = b.who
	return b, s.withinRate(c)
}

// member is where a field stands in a request of the bot.
func (b *botReceiver) member(header http.Header, flat bool, f orchestrator.Field) string {
	if namer, ok := b.receiver.(orchestrator.MemberNamer); ok {
		return namer.Member(header, flat, f)
	}
	return "/" + string(f)
}

// conversationOf is the conversation of an event that was refused, where there is one.
func (s *Server) conversationOf(c *call, ev *orchestrator.Event) orchestrator.ConversationID {
	if ev.Conversation != "" || ev.External == "" {
		return ev.Conversation
	}
	id, err := s.store.Find(c.ctx(), ev.Bot, ev.External)
	if err != nil {
		return "" // the line goes without
	}
	return id
}

// authenticateBot checks the credentials against the bot of the path. An unknown bot is checked against another one and
// refused in the same words after the same work.
func (s *Server) authenticateBot(c *call) (botReceiver, error) {
	address := c.address()
	if err := s.limits.refused.spent(address); err != nil {
		return botReceiver{}, err
	}
	header := c.Request().Header
	name := orchestrator.ConnectorName(c.Param("bot"))
	b, known := s.receiver(name)
	var refused error
	if b.receiver != nil {
		refused = b.receiver.Authenticate(header, c.body, s.now())
	}
	if known && refused == nil {
		c.signed = header.Get("Webhook-Signature") != ""
		return b, nil
	}
	err := uniform(header, refused)
	s.countRefused(err, address)
	return botReceiver{}, err
}

// receiver finds a bot by name; for an unknown name it answers some bot and false.
func (s *Server) receiver(name orchestrator.ConnectorName) (botReceiver, bool) {
	for _, b := range s.receivers {
		if b.name == name {
			return b, true
		}
	}
	if len(s.receivers) == 0 {
		return botReceiver{}, false
	}
	return s.receivers[0], false
}

// complete fills in what every event has: its bot, an id, and the hash that tells a repetition from a reuse of the id.
func complete(ev *orchestrator.Event, bot orchestrator.ConnectorName, body []byte) {
	ev.Bot = bot
	if ev.ID == "" && ev.Type != orchestrator.EventTyping {
		ev.ID = freshID()
	}
	if ev.BodyHash == ([8]byte{}) {
		ev.BodyHash = hashOf(body)
	}
}

func freshID() orchestrator.EventID { return orchestrator.EventID("evt_" + rand.Text()) }

func hashOf(body []byte) (h [8]byte) {
	sum := sha256.Sum256(body)
	copy(h[:], sum[:])
	return h
}

// receiveOnce gives the event to the engine, unless the same one is being worked on here: its sender repeats while the
// first attempt still runs, and is told to wait for that.
func (s *Server) receiveOnce(c *call, ev *orchestrator.Event) (orchestrator.Receipt, error) {
	if err := s.usedHere(c); err != nil {
		return orchestrator.Receipt{}, err
	}
	if ev.ID == "" {
		return s.engine.Receive(c.ctx(), *ev)
	}
	key := runningKey{ev.Bot, ev.External, ev.Conversation, ev.ID}
	if !s.running.begin(key) {
		e := refusal(codeInProgress, "the same event is being worked on; ask again")
		e.RetryAfter = retrySoon
		return orchestrator.Receipt{}, e
	}
	defer s.running.end(key)
	return s.engine.Receive(c.ctx(), *ev)
}
