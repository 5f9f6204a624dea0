package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"handoff/orchestrator"
)

// shown is a conversation with what is looked up beside it.
type shown struct {
	*orchestrator.Conversation
	position int   // in the queue; 0: not known
	waitMS   int64 // expected; 0: not known
	// inner leaves out what is the team's own: a customer sees who serves, not on what desk or after what failure.
	inner bool
}

// view looks up what an answer about c shows beside the record: where it stands in its queue.
func (s *Server) view(ctx context.Context, c *orchestrator.Conversation, role Role) shown {
	v := shown{Conversation: c, inner: role != RoleCustomer}
	if c.State != orchestrator.StateQueued {
		return v
	}
	desk, ok := s.options.Desks[c.Desk].(orchestrator.Availability)
	if !ok {
		return v
	}
	position, waitMS, err := desk.Position(ctx, c.ID)
	switch {
	case err == nil:
		v.position, v.waitMS = position, waitMS
	case errors.Is(err, orchestrator.ErrNotWaiting), errors.Is(err, orchestrator.ErrNotFound):
		// The desk has not been told yet, or rings somebody already.
	default:
		// The answer is about the conversation; a desk that cannot be asked only leaves the numbers out.
		s.log.Warn("position not known", "conversation", c.ID, "desk", c.Desk, "error", err.Error())
	}
	return v
}

// appendConversation appends the conversation as every answer shows it.
func appendConversation(b []byte, v *shown) []byte {
	c := v.Conversation
	b = append(b, `{"id":`...)
	b = appendString(b, string(c.ID))
	return append(appendConversationMembers(b, v), '}')
}

// appendConversationMembers appends all members but the first and the closing brace.
func appendConversationMembers(b []byte, v *shown) []byte {
	c := v.Conversation
	b = appendString(appendMember(b, "conversation_id"), c.External)
	b = appendString(appendMember(b, "bot"), string(c.Bot))
	b = appendString(appendMember(b, "flow"), c.Flow)
	b = appendString(appendMember(b, "channel"), c.Channel)
	b = appendString(appendMember(b, "state"), string(c.State))
	b = strconv.AppendUint(appendMember(b, "version"), c.Version, 10)
	b = strconv.AppendUint(appendMember(b, "epoch"), c.Epoch, 10)
	b = appendString(appendMember(b, "controller"), string(c.Controller()))
	b = strconv.AppendInt(appendMember(b, "handoff"), int64(c.Handoff), 10)
	b = appendQueue(appendMember(b, "queue"), v)
	b = appendServing(b, v)
	b = appendText(appendMember(b, "desk"), string(inner(v, c.Desk)))
	b = appendCustomer(appendMember(b, "customer"), v)
	b = appendMoment(appendMember(b, "deadline"), inner(v, c.Deadline))
	b = appendText(appendMember(b, "deadline_rule"), inner(v, c.DeadlineRule))
	b = appendMoment(appendMember(b, "when_requested"), c.Requested)
	b = appendMoment(appendMember(b, "when_started"), c.Started)
	b = appendMoment(appendMember(b, "when_ended"), c.EndedAt)
	b = appendMoment(appendMember(b, "when_idle"), c.LastMessage)
	b = appendMoment(appendMember(b, "when_fetched"), c.Fetched)
	b = appendCount(appendMember(b, "initial_queue_pos"), int64(c.InitialQueuePos))
	b = appendText(appendMember(b, "last_error"), inner(v, c.LastError))
	return appendText(appendMember(b, "closed_because"), c.ClosedBecause)
}

// inner answers a value that only the team and the bot see; customers see null.
func inner[T any](v *shown, value T) T {
	if v.inner {
		return value
	}
	var none T
	return none
}

func appendQueue(b []byte, v *shown) []byte {
	if v.Queue == "" {
		return append(b, "null"...)
	}
	b = append(b, `{"name":`...)
	b = appendString(b, string(v.Queue))
	b = appendCount(appendMember(b, "position"), int64(v.position))
	b = appendCount(appendMember(b, "estimated_wait_seconds"), (v.waitMS+999)/1000)
	return append(b, '}')
}

func appendServing(b []byte, v *shown) []byte {
	b = appendMember(b, "agent")
	if owner := v.Owner(); owner.ID != "" {
		b = append(appendAgent(b, owner), '}')
	} else {
		b = append(b, "null"...)
	}
	b = append(appendMember(b, "agents"), '[')
	for i, p := range v.Participants {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendAgent(b, p.Agent)
		b = appendString(appendMember(b, "role"), p.Role)
		b = append(b, '}')
	}
	return append(b, ']')
}

// appendAgent leaves the brace open.
func appendAgent(b []byte, a orchestrator.Agent) []byte {
	b = append(b, `{"id":`...)
	b = appendString(b, string(a.ID))
	return appendString(appendMember(b, "name"), a.Name)
}

func appendCustomer(b []byte, v *shown) []byte {
	c := &v.Customer
	b = append(b, `{"id":`...)
	b = appendString(b, c.ID)
	if c.Name != "" {
		b = appendString(appendMember(b, "name"), c.Name)
	}
	if c.Email != "" {
		b = appendString(appendMember(b, "email"), c.Email)
	}
	if c.Authenticated {
		b = append(appendMember(b, "authenticated"), "true"...)
	}
	if len(c.Attributes) > 0 && v.inner {
		if attributes, err := json.Marshal(c.Attributes); err == nil { // strings, numbers and booleans always marshal
			b = append(appendMember(b, "attributes"), attributes...)
		}
	}
	return append(b, '}')
}

// answerConversation answers with a conversation and its version as the ETag.
func (s *Server) answerConversation(c *call, status int, conversation *orchestrator.Conversation) error {
	v := s.view(c.ctx(), conversation, c.who.role)
	buf := buffers.Get().(*[]byte) //nolint:forcetypeassert // nothing else is in it
	defer putBuffer(buf)
	if c.minimal() {
		c.applied(minimalReturn)
		*buf = appendMinimal((*buf)[:0], &v)
	} else {
		*buf = appendConversation((*buf)[:0], &v)
	}
	return writeConversation(c, status, conversation, *buf)
}

func writeConversation(c *call, status int, conversation *orchestrator.Conversation, body []byte) error {
	c.set("Etag", etag(conversation.Version))
	return writeJSON(c, status, body)
}

var jsonType = []string{"application/json"}

func writeJSON(c *call, status int, body []byte) error {
	h := c.Response().Header()
	h["Content-Type"] = jsonType
	c.Response().WriteHeader(status)
	_, err := c.Response().Write(body)
	return err
}

func etag(version uint64) string {
	b := make([]byte, 0, 24)
	b = append(b, '"')
	b = strconv.AppendUint(b, version, 10)
	return string(append(b, '"'))
}

// taken is the status of an event: accepted the first time, answered again for a repetition.
func taken(c *call, repeated bool, first int) int {
	if repeated {
		markReplayed(c)
		return http.StatusOK
	}
	return first
}

func markReplayed(c *call) { c.Response().Header().Set("Idempotent-Replayed", "true") }
