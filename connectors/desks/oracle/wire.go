package oracle

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"hash/fnv"
	"strconv"
	"strings"

	"handoff/connectors/internal/plaintext"
	"handoff/orchestrator"
)

// kind is what a message of getMessages says.
type kind uint8

const (
	unheard   kind = iota // not known, or nothing to do with
	offered               // an engagement is offered to the bot
	said                  // a text
	types                 // somebody types, or no more
	joined                // a participant came
	left                  // a participant went
	concluded             // the engagement is over
	waits                 // the place in the queue
	moved                 // the pool has changed
	leads                 // somebody else leads
	presence              // a participant is absent, active or disconnected
	broken                // the session is broken
	quiet                 // the poll timed out
)

// kinds by name. Agent side: those on the REST page are ChatActivitySignal, ChatConfigChangeNotification and ChatGetTimeout;
// the others are the chat server's own names of its older protocol, whose names agree wherever both are known. Consumer
// side: the reference, and names in working sample code. The offer is known by its shape; see note.settle.
var kinds = map[string]kind{
	"ChatActivitySignal":               types,
	"ChatConfigChangeNotification":     moved,
	"ChatGetTimeout":                   quiet,
	"ChatPostMessage":                  said,
	"ChatEngagementParticipantAdded":   joined,
	"ChatDisconnectNotification":       left,
	"ChatEngagementUpdateNotification": presence,
	"ChatRoleChangeNotification":       leads,
	"ChatQueuePositionNotification":    waits,
	"ChatSystemError":                  broken,

	"RNEngagementActivityChangedMessage":                   types,
	"RNEngagementConfigurationChangedMessage":              moved,
	"RNEngagementMessagePostedMessage":                     said,
	"RNEngagementParticipantAddedMessage":                  joined,
	"RNEngagementParticipantLeftMessage":                   left,
	"RNEngagementConcludedMessage":                         concluded,
	"RNEngagementParticipantConnectionStateChangedMessage": presence,
	"RNEngagementRoleChangedMessage":                       leads,
	"RNEngagementWaitInformationChangedMessage":            waits,
}

// Values that are looked for.
const (
	roleLead       = "LEAD"
	endUser        = "END_USER"
	modeResponding = "RESPONDING"

	toQueue      = "TRANSFERRED_TO_QUEUE" // requeued, not ended
	byAgent      = "AGENT_CONCLUDED"
	byCustomer   = "END_USER_CONCLUDED"
	participant  = "PARTICIPANT_LEFT"
	queueTimeout = "QUEUE_TIMEOUT"
)

// note is one message, of either side, as far as it is read.
type note struct {
	kind kind
	name string // its type's name

	Engagement     number `json:"engagementId"`
	EngagementText text   `json:"engagementIdString"`
	Client         number `json:"clientId"`
	ClientText     text   `json:"clientIdString"`
	Sender         number `json:"senderId"`
	SenderText     text   `json:"senderIdString"`
	SenderType     text   `json:"senderType"`
	Lead           number `json:"leadClientId"`
	Sequence       number `json:"sequenceNumber"`
	SequenceText   text   `json:"sequenceNumberString"`
	Created        moment `json:"createdTime"`

	AssignmentType text  `json:"assignmentType"`
	MessageID      text  `json:"messageId"`
	Body           text  `json:"body"`
	RichText       *flag `json:"richText"`
	Visibility     text  `json:"visibility"`
	Mode           text  `json:"mode"`
	Name           text  `json:"name"`
	Greeting       text  `json:"greeting"`
	Role           text  `json:"role"`
	Reason         text  `json:"reason"`
	LeftBecause    text  `json:"disconnectReason"`
	Value          text  `json:"value"`
	Pool           text  `json:"pool"`
	FirstName      text  `json:"firstName"`
	LastName       text  `json:"lastName"`
	Email          text  `json:"emailAddress"`

	Position     number `json:"position"`
	PositionText text   `json:"positionString"`
	WaitSeconds  number `json:"expectedWaitTimeSeconds"` // consumer side
	Expected     number `json:"expectedWaitSeconds"`     // core
}

func (n *note) engagement() string { return clip(idText(n.Engagement, n.EngagementText)) }

func (n *note) client() string { return clip(idText(n.Client, n.ClientText)) }

func (n *note) sender() string { return clip(idText(n.Sender, n.SenderText)) }

func (n *note) sequence() string { return clip(idText(n.Sequence, n.SequenceText)) }

func (n *note) at() orchestrator.Moment { return orchestrator.Moment(n.Created) }

// because is why somebody left, or why it is over.
func (n *note) because() string { return clip(string(cmp.Or(n.LeftBecause, n.Reason))) }

// pool is the new pool of a configuration change; empty if it says nothing of it.
func (n *note) pool() string {
	if n.Name != "" && n.Name != "CHAT_CLUSTER_POOL_ID" {
		return ""
	}
	return clip(string(cmp.Or(n.Value, n.Pool)))
}

// waitMS is the expected wait; 0 if it is not told.
func (n *note) waitMS() int64 { return max(0, int64(cmp.Or(n.WaitSeconds, n.Expected))*1000) }

func (n *note) position() int {
	p, err := strconv.Atoi(idText(n.Position, n.PositionText))
	if err != nil {
		return 0
	}
	return p
}

// words are the message's body as plain text. Where richText is not given the agent's side is plain, as posts are by default;
// on the consumer's side, which has no such field in any sample, what people write comes as HTML or as plain text.
func (n *note) words() string {
	switch body := string(n.Body); {
	case n.RichText != nil && bool(*n.RichText):
		return plaintext.FromHTML(body)
	case n.RichText == nil && strings.HasPrefix(n.name, consumersPrefix):
		return plaintext.FromMixed(body)
	default:
		return strings.ToValidUTF8(body, "\uFFFD")
	}
}

// consumersPrefix begins the names of all messages of the consumer's side.
const consumersPrefix = "RN"

// id is the message's own: the same whenever it is heard. Where the server numbers messages that number is it. On the agent
// side numbers begin anew with each login, so there the time and the sender's id of the message count with it.
func (n *note) id(numbered bool) string {
	if seq := n.sequence(); seq != "" && numbered {
		return seq
	}
	h := fnv.New64a()
	for _, part := range []string{
		n.name, n.client(), n.sender(), string(n.MessageID), string(n.Body), string(n.Mode), n.because(), string(n.Name),
		strconv.FormatInt(int64(n.Created), 10),
	} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	if n.MessageID == "" && (n.kind != offered || n.Created == 0) { // an offer is told again after a login, under another number
		h.Write([]byte(n.sequence()))
	}
	return "h" + hex.EncodeToString(h.Sum(nil))
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
		EngagementID json.Number `json:"engagementId"`
		TimeCreated  int64       `json:"timeCreated,omitempty"`
	}
	agentPost struct {
		Body            string      `json:"body"`
		RichText        bool        `json:"richText"` // false: the body is plain text
		DestinationID   json.Number `json:"destinationId"`
		DestinationType string      `json:"destinationType"`
		MessageType     string      `json:"messageType"`
		MessageID       string      `json:"messageId"`
		Visibility      string      `json:"visibility"`
		TimeCreated     int64       `json:"timeCreated,omitempty"`
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
