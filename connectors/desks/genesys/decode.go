package genesys

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"handoff/orchestrator"
)

// States of a chat for the agent who has it (8.5.2 ChatMessageType). Accepted, which one client has seen, is passed over.
const (
	stateInvited    = "Invited"
	stateChatting   = "Chatting"
	stateLeft       = "LeftChat"   // over for the customer, after-call work for the agent
	stateCompleted  = "Completed"  // over for this agent
	stateRevoked    = "Revoked"    // the offer was withdrawn
	stateJoinFailed = "JoinFailed" // accepted, but the chat could not be joined: it is to be completed
)

// resource is one chat as it stands for the agent.
type resource struct {
	ID           text              `json:"id"`
	State        string            `json:"state"`
	Participants each[participant] `json:"participants"`
	UserData     pairs             `json:"userData"`
	Messages     each[entry]       `json:"messages"` // 8.5.1: of its log, in a notification
}

// customerIn: the customer is in the chat.
func (r *resource) customerIn() bool { return slices.ContainsFunc(r.Participants, isCustomer) }

func isCustomer(p participant) bool { return p.customer() }

// answer is what an operation or a read came back with, in any of the vendor's forms: {"statusCode":0}, {"statusCode":"0"},
// {"status":"ok"}, {"status":0}, or nothing at all.
type answer struct {
	code int    // 0: fine
	said bool   // a code or status was there
	ref  number // referenceId; 0: none
	body envelope
}

// envelope is everything that is read of an answer's body.
type envelope struct {
	Code         *number         `json:"statusCode"`
	Status       json.RawMessage `json:"status"`
	Reference    number          `json:"referenceId"`
	User         *user           `json:"user"`
	Chats        each[resource]  `json:"chats"`
	Interactions each[resource]  `json:"interactions"`
	Messages     each[entry]     `json:"messages"`
}

// user is the agent as whom we are logged in.
type user struct {
	ID       text                       `json:"id"`
	Settings map[string]json.RawMessage `json:"settings"`
}

// codeFailed stands for {"status":"error"}, which carries no number.
const codeFailed = -1

// decodeAnswer reads an answer. An error means that the body is none of the vendor's.
func decodeAnswer(body []byte) (answer, error) {
	if len(strings.TrimSpace(string(body))) == 0 {
		return answer{said: true}, nil // Reject and others answer an empty 200
	}
	var a answer
	if err := json.Unmarshal(body, &a.body); err != nil {
		return a, errors.New("the answer is not JSON of the vendor's")
	}
	a.ref = a.body.Reference
	switch status := strings.Trim(string(a.body.Status), `"`); {
	case a.body.Code != nil:
		a.code, a.said = int(*a.body.Code), true
	case status == "ok" || status == "0":
		a.said = true
	case status != "" && status != "null":
		a.code, a.said = codeFailed, true
	}
	return a, nil
}

// lists: the answer holds a list of chats, be it an empty one.
func (a *answer) lists() bool { return a.body.Chats != nil || a.body.Interactions != nil }

// chats are the agent's chats of an answer, in either dialect.
func (a *answer) chats() []resource {
	return append(slices.Clone(a.body.Chats), a.body.Interactions...)
}

// notice is one notification about one chat.
type notice struct {
	chat      string
	state     *resource // how the chat stands; nil if this is only about its log
	entries   []entry   // of its log
	failed    string    // an accepted operation failed later: the code, or "error"
	reference number    // of the operation that caused it; 0: nobody's
}

// notification is the data of a CometD message on a topic of chats.
type notification struct {
	Kind        string      `json:"notificationType"`
	Reference   number      `json:"referenceId"`
	Chat        *resource   `json:"chat"`
	Interaction *resource   `json:"interaction"`
	URI         string      `json:"chatUri"`
	Path        string      `json:"chatPath"`
	Messages    each[entry] `json:"messages"`
	Code        *number     `json:"statusCode"`
	ID          text        `json:"id"` // 8.5.1: the interaction without a member of its own
}

// decodeNotice reads a notification; false if it is about no chat that it names. In 8.5.1 the chat lies in "interaction"
// or is the data itself, and its log in either of them; in 8.5.2 the chat lies in "chat", and a log has no id but in the chat's
// address.
func decodeNotice(data []byte) (notice, bool) {
	var m notification
	if json.Unmarshal(data, &m) != nil {
		return notice{}, false
	}
	n := notice{state: m.Interaction, entries: m.Messages, reference: m.Reference}
	if n.state == nil {
		n.state = m.Chat
	}
	if n.state == nil && m.ID != "" {
		n.state = &resource{}
		_ = json.Unmarshal(data, n.state) // it was read once already
	}
	if n.state != nil && n.entries == nil {
		n.entries = n.state.Messages
	}
	switch {
	case n.state != nil && n.state.ID != "":
		n.chat = string(n.state.ID)
	case m.URI != "":
		n.chat = lastSegment(m.URI)
	default:
		n.chat = lastSegment(m.Path)
	}
	if m.Kind == "Error" {
		n.failed = "error"
		if m.Code != nil {
			n.failed = fmt.Sprintf("status-%d", *m.Code)
		}
		n.state = nil // what else such a notification holds was not documented
	}
	if n.state != nil && n.state.State == "" && n.state.Participants == nil {
		n.state = nil
	}
	return n, n.chat != ""
}

// moment is when an entry was written; 0 if it does not say.
func (e *entry) moment() orchestrator.Moment {
	if e.Milliseconds > 0 {
		return orchestrator.Moment(e.Milliseconds)
	}
	return orchestrator.Moment(max(e.UTC, 0))
}

// transcript is the one answer that GMS gives to everything (GMS "API Responses").
type transcript struct {
	Code     *number     `json:"statusCode"`
	Chat     text        `json:"chatId"`
	User     text        `json:"userId"`
	Key      text        `json:"secureKey"` // a credential
	Alias    text        `json:"alias"`     // the Chat Server node; may change during the chat
	Ended    bool        `json:"chatEnded"`
	Next     number      `json:"nextPosition"`
	Messages each[entry] `json:"messages"`
}

// Codes of GMS.
const (
	gmsFine  = 0
	gmsLater = 1 // failed, repeat later; nothing else in the answer counts
	gmsNever = 2 // failed for good
)

func decodeTranscript(body []byte) (*transcript, error) {
	var t transcript
	if err := json.Unmarshal(body, &t); err != nil || t.Code == nil {
		return nil, errors.New("the answer is no chat of the vendor's")
	}
	return &t, nil
}
