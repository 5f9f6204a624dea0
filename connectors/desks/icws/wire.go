package icws

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
)

// looseInt is a whole number that some servers write as a string.
type looseInt int

// UnmarshalJSON reads 3 and "3"; what is neither is 0.
func (n *looseInt) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseFloat(string(bytes.Trim(b, `"`)), 64)
	if err == nil && v > -1<<31 && v < 1<<31 {
		*n = looseInt(v)
	}
	return nil
}

// connectionState is an integer by contract (2: down), and a word in the vendor's own example.
type connectionState string

// UnmarshalJSON reads 2 and "down".
func (s *connectionState) UnmarshalJSON(b []byte) error {
	*s = connectionState(strings.ToLower(string(bytes.Trim(b, `"`))))
	return nil
}

func (s connectionState) down() bool { return s == "2" || s == "down" }

// Kinds of messages (__type).
const (
	kindQueueContents  = "urn:inin.com:queues:queueContentsMessage"
	kindQueueState     = "urn:inin.com:queues:queueSubscriptionStateMessage"
	kindState          = "urn:inin.com:messaging:subscriptionStateMessage"
	kindCompleted      = "urn:inin.com:messaging:asyncOperationCompletedMessage"
	kindConnection     = "urn:inin.com:connection:connectionStateChangeMessage"
	kindChanged        = "urn:inin.com:interactions:interactionChangedMessage"
	kindDeallocated    = "urn:inin.com:interactions:interactionDeallocatedMessage"
	kindLostRights     = "urn:inin.com:interactions:interactionLostRightsMessage"
	kindMorphed        = "urn:inin.com:interactions:interactionMorphedMessage"
	kindAlerting       = "urn:inin.com:interactions:interactionAlertingMessage"
	kindMembers        = "urn:inin.com:interactions.chat:chatMembersMessage"
	kindContents       = "urn:inin.com:interactions.chat:chatContentsMessage"
	kindUserStatus     = "urn:inin.com:status:userStatusMessage"
	stateFaulted       = 3
	alertStarts        = 1
	memberSystem       = 1
	memberOurs         = 2
	memberInternal     = 3
	memberExternal     = 4
	queueOwn           = 0
	queueWorkgroup     = 2
	mediaChat          = 2
	subscriptionOwn    = "handoff-own"
	subscriptionPeople = "handoff-workgroups"
)

// message is any message of a session. Which fields are set depends on Type; decode on that, never on the shape. Names that
// differ in the vendor's spelling only by case (interactionID, interactionId) are one field here: encoding/json takes both.
type message struct {
	Type    string `json:"__type"`
	IsDelta bool   `json:"isDelta"`

	Subscription string        `json:"subscriptionId"`
	Added        []interaction `json:"interactionsAdded"`
	Changed      []interaction `json:"interactionsChanged"`
	Removed      []string      `json:"interactionsRemoved"`

	Interaction string            `json:"interactionId"`
	New         string            `json:"newInteractionID"`
	Attributes  map[string]string `json:"attributes"`
	Alerting    []alert           `json:"alertingInteractionDetails"`

	MembersAdded   []member   `json:"membersAdded"`
	MembersChanged []member   `json:"membersChanged"`
	MembersRemoved []member   `json:"membersRemoved"`
	Words          []chatText `json:"messagesAdded"`

	Users []userStatus `json:"userStatusList"`

	Request json.RawMessage `json:"requestId"` // a number or a string
	Error   *apiError       `json:"error"`
	State   looseInt        `json:"state"`

	NewConnection connectionState `json:"newConnectionState"`
	Reason        json.RawMessage `json:"reason"`
	Reconnect     *bool           `json:"shouldReconnect"`
}

type interaction struct {
	ID         string            `json:"interactionId"`
	Attributes map[string]string `json:"attributes"`
}

type alert struct {
	interaction
	Action looseInt `json:"alertAction"`
}

// member is a party of a chat (fullChatMember). Its key is the user and the interaction of the party: the same member can be
// added again when its name changes.
type member struct {
	Kind        looseInt `json:"chatMemberType"`
	Name        string   `json:"displayName"`
	Interaction string   `json:"interactionId"`
	User        string   `json:"userId"`
	Typing      bool     `json:"isTyping"`
}

func (m member) key() string { return m.User + "\x00" + m.Interaction }

// person is who an internal member is to us.
func (m member) person() string { return cmp.Or(m.User, m.Name) }

type chatText struct {
	By   member   `json:"chatMember"`
	Text string   `json:"text"`
	Time string   `json:"timestamp"`
	Kind looseInt `json:"messageType"` // 0 text, 1 file
}

type userStatus struct {
	User   string `json:"userId"`
	Status string `json:"statusId"`
}

// decodeMessages reads an answer of the poll: an array. What cannot be read at all is left out, and told apart from the rest
// by the count, so that one strange message does not hide the others.
func decodeMessages(body []byte) (messages []message, unread int, err error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(body, &raw); err != nil {
		return nil, 0, err
	}
	for _, one := range raw {
		m, err := decodeMessage(one)
		if err != nil {
			unread++
			continue
		}
		messages = append(messages, m)
	}
	return messages, unread, nil
}

// decodeMessage reads one message, as an event of the stream carries it.
func decodeMessage(body []byte) (message, error) {
	var m message
	err := json.Unmarshal(body, &m)
	return m, err
}
