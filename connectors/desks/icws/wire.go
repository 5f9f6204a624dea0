package icws

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"handoff/connectors/internal/lenient"
)

// connectionRequest is icAuthConnectionRequestSettings.
type connectionRequest struct {
	Type        string `json:"__type"`
	Application string `json:"applicationName"`
	UserID      string `json:"userID"`
	Password    string `json:"password"`
}

// connectionResponse is what a session begins with.
type connectionResponse struct {
	CSRFToken string    `json:"csrfToken"`
	SessionID string    `json:"sessionId"`
	Hosts     []string  `json:"alternateHostList"`
	UserID    string    `json:"userID"`
	Features  []feature `json:"features"`
}

// feature has a level that is a number by contract and a quoted one in the vendor's own example.
type feature struct {
	ID      string   `json:"featureId"`
	Version looseInt `json:"version"`
}

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

type queueID struct {
	Type int    `json:"queueType"`
	Name string `json:"queueName"`
}

// attributes of a chat, by names in small letters: ICWS does not tell them apart by case.
type attributes map[string]string

// Attributes that are watched, as ICWS spells them, and as they are looked up here.
var watched = []string{"Eic_State", "Eic_UserName", "Eic_WorkgroupName", "Eic_RemoteName", "Eic_ObjectType", attributeMark}

const (
	attrState     = "eic_state"
	attrUser      = "eic_username"
	attrWorkgroup = "eic_workgroupname"
	attrRemote    = "eic_remotename"
	attrObject    = "eic_objecttype"
	attrMark      = "handoff_mark"
)

// Characters of Eic_State that matter. It has a number and another numbering when a chat is made; neither comes over ICWS.
const (
	stateAlerting  = "A"
	stateConnected = "C"
	stateHeld      = "H"
	stateOurEnd    = "I" // ended from inside
	stateTheirEnd  = "E" // ended by the customer
)

func (a attributes) folded() attributes {
	folded := make(attributes, len(a))
	for name, value := range a {
		folded[strings.ToLower(name)] = value
	}
	return folded
}

func (a attributes) over() bool {
	return slices.Contains([]string{stateOurEnd, stateTheirEnd}, a[attrState])
}

func (a attributes) connected() bool {
	return slices.Contains([]string{stateConnected, stateHeld}, a[attrState])
}

// heldBy: somebody has picked the chat up, and it is this user.
func (a attributes) heldBy(user string) bool {
	return a.connected() && strings.EqualFold(a[attrUser], user)
}

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
	Wait     looseInt                 `json:"pollWaitSuggestion"` // milliseconds, as a string
	Messages lenient.List[webMessage] `json:"messages"`
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
