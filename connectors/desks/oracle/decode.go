package oracle

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"hash/fnv"
	"slices"
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

// maxNotes is how many messages of one answer are read; maxField how long a name or an id may be.
const (
	maxNotes = 2000
	maxField = 200
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

func (n *note) engagement() string      { return clip(twin(n.Engagement, n.EngagementText)) }
func (n *note) client() string          { return clip(twin(n.Client, n.ClientText)) }
func (n *note) sender() string          { return clip(twin(n.Sender, n.SenderText)) }
func (n *note) sequence() string        { return clip(twin(n.Sequence, n.SequenceText)) }
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
	p, err := strconv.Atoi(twin(n.Position, n.PositionText))
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

// settle says what the message is. What is not known by name and holds an engagement and an assignment type is an offer.
func (n *note) settle(name string) {
	n.name = name
	n.kind = kinds[name]
	if n.kind == unheard && n.engagement() != "" && n.AssignmentType != "" {
		n.kind = offered
	}
}

// decodeAgent reads getResponseTypes: objects with one member, the type's name, or, in the older protocol, flat objects with
// a chatMessageType. It answers how many elements could not be read; they are skipped.
func decodeAgent(body []byte) (notes []note, skipped int) {
	var answer struct {
		Messages []json.RawMessage `json:"getResponseTypes"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return nil, 1
	}
	for _, raw := range bounded(answer.Messages, &skipped) {
		var n note
		var flat struct {
			Type text `json:"chatMessageType"`
		}
		var named map[string]json.RawMessage
		switch {
		case json.Unmarshal(raw, &flat) == nil && flat.Type != "":
			skipped += n.read(raw, string(flat.Type), &notes)
		case json.Unmarshal(raw, &named) == nil && len(named) == 1:
			for name, inner := range named {
				skipped += n.read(inner, name, &notes)
			}
		default:
			skipped++
		}
	}
	return inOrder(notes), skipped
}

// decodeConsumer reads systemMessages: flat objects with a messageName. Messages of errorMessages come as broken.
func decodeConsumer(body []byte) (notes []note, skipped int) {
	var answer struct {
		Messages []json.RawMessage `json:"systemMessages"`
		Errors   []json.RawMessage `json:"errorMessages"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return nil, 1
	}
	for _, raw := range bounded(answer.Messages, &skipped) {
		var n note
		var flat struct {
			Name text `json:"messageName"`
		}
		if json.Unmarshal(raw, &flat) != nil || flat.Name == "" {
			skipped++
			continue
		}
		skipped += n.read(raw, string(flat.Name), &notes)
	}
	notes = inOrder(notes)
	if len(answer.Errors) > 0 {
		notes = append(notes, note{kind: broken, name: "errorMessages"})
	}
	return notes, skipped
}

// read adds a message to notes, or answers 1.
func (n *note) read(raw json.RawMessage, name string, notes *[]note) (skipped int) {
	if json.Unmarshal(raw, n) != nil {
		return 1
	}
	n.settle(clip(name))
	*notes = append(*notes, *n)
	return 0
}

func bounded(raw []json.RawMessage, skipped *int) []json.RawMessage {
	if len(raw) > maxNotes {
		*skipped += len(raw) - maxNotes
		return raw[:maxNotes]
	}
	return raw
}

// inOrder sorts by the server's numbers, as far as there are any; what has none stays behind what came before it.
func inOrder(notes []note) []note {
	before := make([]int64, len(notes))
	places := make([]int, len(notes))
	newest := int64(0)
	for i := range notes {
		places[i] = i
		if seq, err := strconv.ParseInt(notes[i].sequence(), 10, 64); err == nil {
			newest = seq
		}
		before[i] = newest
	}
	slices.SortStableFunc(places, func(a, b int) int { return cmp.Compare(before[a], before[b]) })
	sorted := make([]note, len(notes))
	for i, place := range places {
		sorted[i] = notes[place]
	}
	return sorted
}

// clip bounds a name or an id that others gave.
func clip(s string) string {
	if len(s) > maxField {
		s = s[:maxField]
	}
	return strings.ToValidUTF8(s, "")
}
