package icws

import (
	"encoding/json"
	"strconv"
	"time"
)

// Kinds of what happens in a web chat (__type).
const (
	kindWebText   = "urn:inin.com:webChat:chatTextMessage"
	kindWebTyping = "urn:inin.com:webChat:chatTypingIndicatorMessage"
	kindWebFile   = "urn:inin.com:webChat:chatFileMessage"
	kindWebState  = "urn:inin.com:webChat:chatParticipantStateChangedMessage"
)

// States of a participant.
const (
	webActive       = 2
	webHeld         = 3
	webDisconnected = 4
)

// Types of participants.
const (
	webAgent = "Agent"
	webUser  = "WebUser"
)

// startRequest is startChatRequest. Its containers for attributes, routing contexts and history have names that no source
// tells, so the context goes into the notes.
type startRequest struct {
	Type       string `json:"__type"`
	Name       string `json:"participantName"`
	Target     string `json:"targetName"`
	TargetType string `json:"targetType"`
	Language   string `json:"language,omitempty"`
	Notes      string `json:"notes,omitempty"`
}

type startResponse struct {
	Participant string `json:"participantId"`
	Chat        string `json:"chatId"`
}

// webAnswer is chatGetMessagesResponse, of a poll as of the history.
type webAnswer struct {
	Wait     looseInt     `json:"pollWaitSuggestion"` // milliseconds, as a string
	Messages []webMessage `json:"messages"`
}

// webMessage is one thing that happened, numbered within its chat. Which fields are set depends on Type.
type webMessage struct {
	Type            string          `json:"__type"`
	Participant     string          `json:"participantId"`
	Number          int             `json:"sequenceNumber"`
	ContentType     string          `json:"contentType"`
	Value           json.RawMessage `json:"value"` // a text, or whether somebody types
	FileName        string          `json:"fileName"`
	State           looseInt        `json:"state"`
	Name            string          `json:"displayName"`
	ParticipantType string          `json:"participantType"`
}

// pause is how long to wait before the next poll.
func (a *webAnswer) pause() time.Duration {
	if a.Wait <= 0 {
		return defaultWait
	}
	return min(max(time.Duration(a.Wait)*time.Millisecond, shortestWait), longestWait)
}

// leftBy reports whether a participant is out of the chat.
func (a *webAnswer) leftBy(participant string) bool {
	out := false
	for i := range a.Messages {
		if m := &a.Messages[i]; m.Type == kindWebState && m.Participant == participant {
			out = m.State == webDisconnected
		}
	}
	return out
}

func (m *webMessage) text() string {
	var text string
	if json.Unmarshal(m.Value, &text) != nil {
		return ""
	}
	return text
}

func (m *webMessage) on() bool {
	on, err := strconv.ParseBool(string(m.Value))
	return err == nil && on
}
