package sim

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"handoff/orchestrator"
)

// Client is the sending side of a bot. Secret or Token is required; with both it signs.
type Client struct {
	URL    string // of the service, without a path
	Bot    string // the bot's name in the path
	Secret string // "whsec_…"
	Token  string
	Clock  orchestrator.Clock
	HTTP   *http.Client
}

// Outgoing is one event to be posted. An empty ID is filled in; zero numbers are left out.
type Outgoing struct {
	ID             string `json:"id"`
	Type           string `json:"type"`
	Timestamp      string `json:"timestamp"`
	ConversationID string `json:"conversation_id"`
	HandoffID      string `json:"handoff_id,omitempty"`
	Handoff        int    `json:"handoff,omitzero"`
	Epoch          uint64 `json:"epoch,omitzero"`
	Sequence       int64  `json:"sequence,omitzero"`
	Data           any    `json:"data"`
}

// Answer is what the service said.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
	// Conversation is filled in from a success, Problem from a failure.
	Conversation struct {
		ID             string `json:"id"`
		ConversationID string `json:"conversation_id"`
		State          string `json:"state"`
		Version        uint64 `json:"version"`
		Epoch          uint64 `json:"epoch"`
		Controller     string `json:"controller"`
		Handoff        int    `json:"handoff"`
		Created        bool   `json:"created"`
		Token          string `json:"conversation_token"`
		EventsURL      string `json:"events_url"`
	}
	Problem struct {
		Code   string                    `json:"code"`
		Detail string                    `json:"detail"`
		Errors []orchestrator.FieldError `json:"errors"`
	}
}

// Request writes an event down as it goes over the wire: headers with the signature, and the body.
func (c *Client) Request(ev Outgoing) (http.Header, []byte, error) {
	if ev.ID == "" {
		ev.ID = "evt_" + rand.Text()
	}
	if ev.Timestamp == "" {
		ev.Timestamp = orchestrator.MomentOf(c.Clock.Now()).String()
	}
	if ev.Data == nil {
		ev.Data = struct{}{}
	}
	body, err := json.Marshal(ev)
	if err != nil {
		return nil, nil, err
	}
	header, err := c.Sign(ev.ID, "application/json", body)
	return header, body, err
}

// Sign answers the headers of a body: signed with the secret if there is one, else with the token.
func (c *Client) Sign(id, contentType string, body []byte) (http.Header, error) {
	header := http.Header{}
	header.Set("Content-Type", contentType)
	if c.Secret == "" {
		header.Set("Authorization", "Bearer "+c.Token)
		header.Set("Idempotency-Key", strconv.Quote(id))
		return header, nil
	}
	hook, err := webhooks.NewWebhook(c.Secret)
	if err != nil {
		return nil, err
	}
	now := c.Clock.Now()
	signature, err := hook.Sign(id, now, body)
	if err != nil {
		return nil, err
	}
	header.Set(webhooks.HeaderWebhookID, id)
	header.Set(webhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	header.Set(webhooks.HeaderWebhookSignature, signature)
	return header, nil
}

// Post sends one event. A refusal is an Answer, not an error.
func (c *Client) Post(ctx context.Context, ev Outgoing) (Answer, error) {
	header, body, err := c.Request(ev)
	if err != nil {
		return Answer{}, err
	}
	return c.Send(ctx, "/events", header, body)
}

// Send posts a body below the bot's path, "/events" or "/handoffs".
func (c *Client) Send(ctx context.Context, path string, header http.Header, body []byte) (Answer, error) {
	url := strings.TrimSuffix(c.URL, "/") + "/v1/bots/" + c.Bot + path
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	req.Header = header
	res, err := c.HTTP.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close() //nolint:errcheck // nothing was written
	answer := Answer{Status: res.StatusCode, Header: res.Header}
	if answer.Body, err = io.ReadAll(io.LimitReader(res.Body, maxBody)); err != nil {
		return answer, err
	}
	into := any(&answer.Conversation)
	if res.StatusCode >= 300 {
		into = &answer.Problem
	}
	if len(answer.Body) == 0 {
		return answer, nil
	}
	if err := json.Unmarshal(answer.Body, into); err != nil {
		return answer, fmt.Errorf("HTTP %d with a body that is not JSON: %w", res.StatusCode, err)
	}
	return answer, nil
}

// RequestHandoff asks for a person. The data is that of handoff.requested; nil asks for the default queue.
func (c *Client) RequestHandoff(ctx context.Context, conversation string, data any) (Answer, error) {
	return c.Post(ctx, Outgoing{Type: "handoff.requested", ConversationID: conversation, Data: data})
}

// CustomerSays passes the customer's word on.
func (c *Client) CustomerSays(ctx context.Context, conversation, text string) (Answer, error) {
	return c.Post(ctx, Outgoing{Type: "message.created", ConversationID: conversation, Data: Said("user", text)})
}

// BotSays says something as the bot, at the epoch at which it believes to be in control; 0 quotes none.
func (c *Client) BotSays(ctx context.Context, conversation, text string, epoch uint64) (Answer, error) {
	return c.Post(ctx, Outgoing{Type: "message.created", ConversationID: conversation, Epoch: epoch, Data: Said("bot", text)})
}

// CustomerTypes tells that the customer types or stopped.
func (c *Client) CustomerTypes(ctx context.Context, conversation string, typing bool) (Answer, error) {
	kind := "typing.stopped"
	if typing {
		kind = "typing.started"
	}
	return c.Post(ctx, Outgoing{Type: kind, ConversationID: conversation, Data: map[string]any{"author": map[string]string{"role": "user"}}})
}

// Cancel takes a handoff back.
func (c *Client) Cancel(ctx context.Context, conversation, reason string) (Answer, error) {
	return c.Post(ctx, Outgoing{Type: "handoff.cancelled", ConversationID: conversation, Data: map[string]string{"reason": reason}})
}

// End ends the conversation; with the reason user_left it was the customer who went.
func (c *Client) End(ctx context.Context, conversation, reason string) (Answer, error) {
	return c.Post(ctx, Outgoing{Type: "conversation.ended", ConversationID: conversation, Data: map[string]string{"reason": reason}})
}

// Said is the data of message.created, under a fresh message id.
func Said(role, text string) any {
	return map[string]any{
		"message": map[string]string{"id": "m-" + rand.Text(), "text": text},
		"author":  map[string]string{"role": role},
	}
}
