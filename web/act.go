package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"

	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

// act gives the engine one event about the conversation of the path and answers the conversation after it. The event's
// id comes from the Idempotency-Key; without one, from If-Match, so that a repeated request is answered again and done
// once; without either, each request is an event of its own.
func (s *Server) act(c *call, conversation *orchestrator.Conversation, ev orchestrator.Event) error {
	receipt, err := s.receiveAction(c, conversation, ev)
	if err != nil {
		return err
	}
	if c.acted != nil {
		return c.acted(receipt)
	}
	return s.answerConversation(c, taken(c, receipt.Repeated, http.StatusOK), receipt.Conversation)
}

func (s *Server) receiveAction(c *call, conversation *orchestrator.Conversation,
	ev orchestrator.Event) (orchestrator.Receipt, error) {
	version, err := ifMatch(c.Request().Header)
	if err != nil {
		return orchestrator.Receipt{}, err
	}
	ev.Conversation, ev.IfVersion = conversation.ID, version
	if ev.Actor == (orchestrator.Actor{}) {
		ev.Actor = c.who.actor(conversation)
	}
	if ev.Type != orchestrator.EventTyping {
		if ev.BodyHash == ([8]byte{}) {
			ev.BodyHash = actionHash(c.route.operation, c.body)
		}
		if ev.ID == "" {
			if ev.ID, err = actionID(c, &ev); err != nil {
				return orchestrator.Receipt{}, err
			}
		}
	}
	receipt, err := s.receiveOnce(c, &ev)
	if err == nil {
		s.seen(c, receipt.Conversation)
	}
	return receipt, orchestrator.Placed(err, c.route.member)
}

// actionHash tells a repetition of a request from another request under the same key: another operation is another request,
// also with the same body.
func actionHash(operation string, body []byte) (h [8]byte) {
	sum := sha256.New()
	sum.Write([]byte(operation))
	sum.Write([]byte{0})
	sum.Write(body)
	copy(h[:], sum.Sum(nil))
	return h
}

// actionID names the event of an action. Callers have name spaces of their own: nobody can repeat another's event.
func actionID(c *call, ev *orchestrator.Event) (orchestrator.EventID, error) {
	key, err := idempotencyKey(c)
	if err != nil {
		return "", err
	}
	if key != "" {
		return orchestrator.EventID(c.who.space() + key), nil
	}
	if ev.IfVersion != 0 {
		return orchestrator.EventID(c.who.space() + c.route.operation + ":" + strconv.FormatUint(ev.IfVersion, 10) +
			":" +
			hex.EncodeToString(ev.BodyHash[:])), nil
	}
	return freshID(), nil
}

// idempotencyKey reads the header, with or without the quotes of a structured field. Of what is signed, the signed id
// counts: whoever sends it again must not make another request of it by a header.
func idempotencyKey(c *call) (string, error) {
	h := c.Request().Header
	name, key := "Idempotency-Key", h.Get("Idempotency-Key")
	if c.who.role == RoleBot && h.Get("Webhook-Signature") != "" {
		name, key = "Webhook-Id", h.Get("Webhook-Id")
	}
	if len(key) >= 2 && key[0] == '"' && key[len(key)-1] == '"' {
		key = key[1 : len(key)-1]
	}
	if key == "" {
		return "", nil
	}
	if fault := values.Key(key); fault != "" {
		return "", refusal(codeMalformedHeader, name+" "+fault)
	}
	return key, nil
}

// ifMatch reads the version out of If-Match: "17"; 0 where there is none or any will do.
func ifMatch(h http.Header) (uint64, error) {
	value := strings.TrimSpace(h.Get("If-Match"))
	if value == "" || value == "*" {
		return 0, nil
	}
	digits, ok := strings.CutPrefix(value, `"`)
	digits, closed := strings.CutSuffix(digits, `"`)
	version, err := strconv.ParseUint(digits, 10, 63)
	if !ok || !closed || err != nil || version == 0 {
		return 0, refusal(codeMalformedHeader, `If-Match wants one version in quotes, as the ETag has it: "17"`)
	}
	return version, nil
}
