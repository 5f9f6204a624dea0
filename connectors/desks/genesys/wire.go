package genesys

import (
	"encoding/json"
	"slices"

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

// lists: the answer holds a list of chats, be it an empty one.
func (a *answer) lists() bool { return a.body.Chats != nil || a.body.Interactions != nil }

// chats are the agent's chats of an answer, in either dialect.
func (a *answer) chats() []resource {
	return append(slices.Clone(a.body.Chats), a.body.Interactions...)
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

// participant is somebody in a chat: a customer (Customer at GWS, Client at GMS), an agent, or External (a greeting of the
// routing strategy). Agents have id and uri at GWS; at GMS everybody has a nickname and a small number.
type participant struct {
	ID            text   `json:"id"`
	URI           string `json:"uri"`
	Path          string `json:"path"`
	Nickname      text   `json:"nickname"`
	Type          string `json:"type"`
	ParticipantID text   `json:"participantId"`
	Visibility    string `json:"visibility"`
}

func (p *participant) agent() bool { return p.Type == "Agent" }

func (p *participant) customer() bool { return p.Type == "Customer" || p.Type == "Client" }

// user is the agent's user id at GWS: the field, else the last part of the address.
func (p *participant) user() string {
	switch {
	case p.ID != "":
		return string(p.ID)
	case p.URI != "":
		return lastSegment(p.URI)
	case p.Path != "":
		return lastSegment(p.Path)
	}
	return ""
}

// entry is one line of a chat's log, in the words of either side.
type entry struct {
	Index      number      `json:"index"`
	Type       string      `json:"type"`
	Text       string      `json:"text"`
	URL        string      `json:"url"`
	From       participant `json:"from"`
	Visibility string      `json:"visibility"`
	// Milliseconds: the name notwithstanding, at GWS 8.5 (8.5.2 ChatMessageType); GMS calls it utcTime.
	Milliseconds number `json:"timestampSeconds"`
	UTC          number `json:"utcTime"`
}

// Kinds of entries, as the log names them. GMS says Message where GWS says Text.
const (
	entryJoined      = "ParticipantJoined"
	entryLeft        = "ParticipantLeft"
	entryText        = "Text"
	entryMessage     = "Message"
	entryURL         = "PushUrl"
	entryTypes       = "TypingStarted"
	entryTypesNoMore = "TypingStopped"
	entryRenamed     = "NicknameUpdated"
	entryFile        = "FileUploaded"
)

// moment is when an entry was written; 0 if it does not say.
func (e *entry) moment() orchestrator.Moment {
	if e.Milliseconds > 0 {
		return orchestrator.Moment(e.Milliseconds)
	}
	return orchestrator.Moment(max(e.UTC, 0))
}

// said is what an entry says to whoever reads it; false if it says nothing.
func (e *entry) said() (string, bool) {
	switch e.Type {
	case entryText, entryMessage, entryFile:
		return e.Text, e.Text != ""
	case entryURL:
		if e.URL != "" {
			return e.URL, true
		}
		return e.Text, e.Text != ""
	}
	return "", false
}

// amongAgents: the customer does not see it.
func (e *entry) amongAgents() bool { return e.Visibility != "" && e.Visibility != "All" }
