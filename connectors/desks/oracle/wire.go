package oracle

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"handoff/orchestrator"
)

// Types that read what Oracle writes in more than one way. Each takes null as its zero value.

// number is an integer, or a string that holds one: every id has a twin of the other type, and the reference's own examples
// put strings where its schema says int32 (chatPostResult.clientReset).
type number int64

// UnmarshalJSON reads a number or a string of digits.
func (n *number) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "" || text == "null" {
		return nil
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return fmt.Errorf("%.20q is not a whole number", text)
	}
	*n = number(v)
	return nil
}

// text is a string, or a number where a string was meant, or, in the older protocol, an object with a value.
type text string

// UnmarshalJSON reads a string, a number or an object with a member "value".
func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case bytes.Equal(b, []byte("null")):
		return nil
	case b[0] == '"':
		var s string
		err := json.Unmarshal(b, &s)
		*t = text(s)
		return err
	case b[0] == '{':
		var of struct {
			Value string `json:"value"`
		}
		err := json.Unmarshal(b, &of)
		*t = text(of.Value)
		return err
	}
	*t = text(b)
	return nil
}

// moment is milliseconds since 1970 (agent side), or a time in ISO 8601 (consumer side). What cannot be read is zero.
type moment orchestrator.Moment

// UnmarshalJSON reads either form.
func (m *moment) UnmarshalJSON(b []byte) error {
	s := strings.Trim(string(b), `"`)
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil {
		*m = moment(orchestrator.MomentOf(time.UnixMilli(ms)))
	} else if at, err := time.Parse(time.RFC3339, s); err == nil {
		*m = moment(orchestrator.MomentOf(at))
	}
	return nil
}

// flag is a boolean, or a string that holds one.
type flag bool

// UnmarshalJSON reads either form.
func (f *flag) UnmarshalJSON(b []byte) error {
	*f = flag(strings.EqualFold(strings.Trim(string(b), `"`), "true"))
	return nil
}

// systemError is chatSystemError, which may stand in an answer with status 200.
type systemError struct {
	ErrorCondition text `json:"errorCondition"`
	Text           text `json:"text"`
	Type           text `json:"type"`
}

// envelope is what answers have in common, and the few results that are read.
type envelope struct {
	ExceptionCode text         `json:"exceptionCode"`
	SystemError   *systemError `json:"chatSystemError"`
	ClientID      number       `json:"clientId"`
	ClientIDText  text         `json:"clientIdString"`
	SessionID     text         `json:"sessionId"`

	PostResult *struct {
		ClientReset number `json:"clientReset"`
	} `json:"chatPostResult"`
	// The participants after an acceptance: whether they stand in the result or beside it is not documented.
	Acknowledged json.RawMessage `json:"chatAssignmentAcknowledgementResult"`
	Clients      json.RawMessage `json:"clientList"`

	// requestEngagement
	EngagementID     number `json:"engagementId"`
	EngagementIDText text   `json:"engagementIdString"`
	ResultType       text   `json:"resultType"`

	// getQueueStats, and perhaps rerouteAvailability, whose fields are not documented.
	AvailableSessions *number `json:"availableAgentSessions"`
	AvailableAgents   *number `json:"totalAvailableAgents"`
	InQueue           *number `json:"engagementsInQueue"`
	ExpectedWait      *number `json:"expectedWaitSeconds"`
}

// clientInfo is a participant as an acceptance tells them; its fields are not documented.
type clientInfo struct {
	Client     number `json:"clientId"`
	ClientText text   `json:"clientIdString"`
	Name       text   `json:"name"`
	FirstName  text   `json:"firstName"`
	LastName   text   `json:"lastName"`
	Email      text   `json:"emailAddress"`
	Type       text   `json:"clientType"`
	Role       text   `json:"role"`
}

// customer finds the customer among the participants; false if they are not told, or not in this way.
func (e *envelope) customer() (clientInfo, bool) {
	var result struct {
		Clients []clientInfo `json:"clientList"`
	}
	var beside []clientInfo
	if json.Unmarshal(e.Acknowledged, &result) != nil {
		result.Clients = nil
	}
	if json.Unmarshal(e.Clients, &beside) != nil {
		beside = nil
	}
	for _, c := range append(result.Clients, beside...) {
		if c.Type == endUser || c.Role == endUser {
			return c, true
		}
	}
	return clientInfo{}, false
}

// twin is an id as text, from whichever of the two forms is there.
func twin(n number, s text) string {
	if s != "" {
		return string(s)
	}
	if n != 0 {
		return strconv.FormatInt(int64(n), 10)
	}
	return ""
}

// serviceSettings is the answer of the call of that name, and what establishSessions hides in a string (sessionServerResponse).
type serviceSettings struct {
	Domain   string `json:"domain"`
	Port     text   `json:"port"` // a number, a string, empty or missing
	Pool     string `json:"pool"`
	SiteName string `json:"siteName"`
}

// established is the answer of establishSessions.
type established struct {
	SiteName     string `json:"siteName"`
	ChannelToken string `json:"channelToken"`
	Server       string `json:"sessionServerResponse"` // JSON in a string
}

// sessionInformation is what establishSessions is told of the customer.
type sessionInformation struct {
	FirstName     string            `json:"firstName,omitempty"`
	LastName      string            `json:"lastName,omitempty"`
	EmailAddress  string            `json:"emailAddress,omitempty"`
	QueueID       int64             `json:"queueId,omitempty"`
	Question      string            `json:"question,omitempty"`
	AuxillaryData map[string]string `json:"auxillaryData,omitempty"` // spelled as Oracle spells it
	ResumeType    string            `json:"resumeType,omitempty"`
}

// Bodies of requests. Oracle ignores or echoes sequenceNumber, clientTransactionId and timeCreated.
type (
	engagementBody struct {
		EngagementID int64 `json:"engagementId"`
		TimeCreated  int64 `json:"timeCreated,omitempty"`
	}
	agentPost struct {
		Body            string `json:"body"`
		RichText        bool   `json:"richText"` // false: the body is plain text
		DestinationID   int64  `json:"destinationId"`
		DestinationType string `json:"destinationType"`
		MessageType     string `json:"messageType"`
		MessageID       string `json:"messageId"`
		Visibility      string `json:"visibility"`
		TimeCreated     int64  `json:"timeCreated,omitempty"`
	}
	consumerPost struct {
		Body      string `json:"body"`
		RichText  bool   `json:"richText"`
		MessageID string `json:"messageId"`
	}
	pollBody struct { // agent
		SequenceNumber int64 `json:"sequenceNumber"`
		TimeCreated    int64 `json:"timeCreated"`
	}
	consumerPollBody struct {
		ClientTransactionID int64 `json:"clientTransactionId"`
	}
)
