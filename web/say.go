package web

import (
	"crypto/rand"
	"net/http"
	"strconv"

	"handoff/orchestrator"
	"handoff/orchestrator/values"
)

type messageBody struct {
	Text  string  `json:"text"`
	ID    *string `json:"id"`    // left out: the idempotency key, or one of ours
	Epoch *int64  `json:"epoch"` // left out: none is quoted
}

// postMessage answers POST /v1/conversations/{id}/messages: a word of whoever calls.
func (s *Server) postMessage(c *call) error {
	var body messageBody
	if err := decode(c, &body); err != nil {
		return err
	}
	var f checks
	body.Text = f.text("/text", body.Text)
	id := f.optional("/id", body.ID, values.MessageID)
	epoch := f.epoch("/epoch", body.Epoch)
	if err := f.err(); err != nil {
		return err
	}
	conversation, err := s.contested(c)
	if err != nil {
		return err
	}
	if id == "" {
		if id, err = idempotencyKey(c); err != nil {
			return err
		}
	}
	if id == "" {
		id = "msg_" + rand.Text()
	}
	receipt, err := s.receiveAction(c, conversation, orchestrator.Event{
		ID: orchestrator.EventID(c.who.space() + "m:" + id), Type: orchestrator.EventMessage,
		Actor: speaker(c, conversation), Epoch: epoch,
		Message: &orchestrator.Message{ID: id, Text: body.Text},
	})
	if err != nil {
		return err
	}
	c.set("Etag", etag(receipt.Conversation.Version))
	b := appendString([]byte(`{"message_id":`), id)
	b = strconv.AppendUint(appendMember(b, "sequence"), receipt.Sequence, 10)
	return writeJSON(c, taken(c, receipt.Repeated, http.StatusAccepted), append(b, '}'))
}

// speaker is who speaks. A supervisor who took the conversation speaks as the person who serves.
func speaker(c *call, conversation *orchestrator.Conversation) orchestrator.Actor {
	actor := c.who.actor(conversation)
	if actor.Role == orchestrator.ActorSupervisor {
		if _, in := conversation.Participant(c.who.user.ID()); in {
			actor.Role = orchestrator.ActorAgent
		}
	}
	return actor
}

type typingBody struct {
	Typing *bool `json:"typing"`
}

// postTyping answers POST /v1/conversations/{id}/typing. Nothing is stored.
func (s *Server) postTyping(c *call) error {
	var body typingBody
	if err := decode(c, &body); err != nil {
		return err
	}
	if body.Typing == nil {
		return orchestrator.Invalid("/typing", "is required: true or false")
	}
	conversation, err := s.acted(c)
	if err != nil {
		return err
	}
	if _, err := s.receiveAction(c, conversation, orchestrator.Event{
		Type: orchestrator.EventTyping, Actor: speaker(c, conversation), Typing: *body.Typing,
	}); err != nil {
		return err
	}
	return c.NoContent(http.StatusNoContent)
}

type ratingBody struct {
	Rating  int    `json:"rating"`
	Comment string `json:"comment"`
}

// rateConversation answers POST /v1/conversations/{id}/rating.
func (s *Server) rateConversation(c *call) error {
	var body ratingBody
	if err := decode(c, &body); err != nil {
		return err
	}
	var f checks
	if body.Rating < 1 || body.Rating > 5 {
		f.fail("/rating", "must be 1 to 5")
	}
	body.Comment = f.mayText("/comment", body.Comment)
	if err := f.err(); err != nil {
		return err
	}
	conversation, err := s.conversation(c)
	if err != nil {
		return err
	}
	return s.act(c, conversation, orchestrator.Event{
		Type: orchestrator.EventRated, Actor: ratedBy(conversation), Rating: body.Rating, Note: body.Comment,
	})
}

// ratedBy: a rating is the customer's, also where the bot's platform brings it.
func ratedBy(c *orchestrator.Conversation) orchestrator.Actor {
	return orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: c.Customer.ID, Name: c.Customer.Name}
}

type noteBody struct {
	Text string `json:"text"`
}

// postNote answers POST /v1/conversations/{id}/notes. A note stays among the people of the desk.
func (s *Server) postNote(c *call) error {
	var body noteBody
	if err := decode(c, &body); err != nil {
		return err
	}
	var f checks
	body.Text = f.text("/text", body.Text)
	if err := f.err(); err != nil {
		return err
	}
	conversation, err := s.acted(c)
	if err != nil {
		return err
	}
	return s.act(c, conversation, orchestrator.Event{Type: orchestrator.EventNote, Note: body.Text})
}
