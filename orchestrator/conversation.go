package orchestrator

import (
	"maps"
	"slices"
)

// Identifiers. Each is opaque to everybody but the part that mints it.
type (
	// ConversationID is "cv_", the partition in hexadecimal, "_" and a ULID. Only a Store mints or parses it.
	ConversationID string
	// EventID is unique among the events of one conversation; it is the idempotency key.
	EventID string
	// CommandID is the conversation, the version that wrote the command, and an ordinal; it is stable under retries.
	CommandID string
	// AgentID names a person who answers.
	AgentID string
	// QueueName names a waiting line.
	QueueName string
	// ConnectorName names a configured bot or desk.
	ConnectorName string
)

// ChannelBot and ChannelWeb are the channels that are not a desk: the bot platform owns the first, our API the second.
// Any other channel is the name of the desk at which the chat began.
const (
	ChannelBot = "bot"
	ChannelWeb = "web"
)

// What happens with the bot when people are done (Conversation.OnEnd).
const (
	OnEndReturn = "return_to_bot"
	OnEndEnd    = "end_conversation"
)

// Roles of a person in a conversation (Participant.Role).
const (
	// RoleOwner is the person who serves. A conversation in a served state has exactly one.
	RoleOwner = "owner"
	// RoleGuest is a colleague who joined by invitation.
	RoleGuest = "guest"
	// RoleInvited is a colleague who was asked to join and has not answered.
	RoleInvited = "invited"
)

// Conversation is one customer's chat: the whole record on which decisions are made. The numbers in the tags are the
// stored form; a number is never used again for something else. Slices and maps are replaced, not changed in place.
type Conversation struct {
	ID       ConversationID `cbor:"1,keyasint"`
	Bot      ConnectorName  `cbor:"2,keyasint"`
	External string         `cbor:"3,keyasint"` // the bot's own id of the conversation
	Flow     string         `cbor:"4,keyasint"`
	Channel  string         `cbor:"5,keyasint"`

	State    State  `cbor:"6,keyasint"`
	Version  uint64 `cbor:"7,keyasint"`           // +1 with every commit
	Epoch    uint64 `cbor:"8,keyasint"`           // +1 whenever the controller changes; starts at 1
	Sequence uint64 `cbor:"9,keyasint"`           // number of the newest timeline entry
	Handoff  int    `cbor:"10,keyasint,omitzero"` // how many handoffs were requested so far
	Returns  int    `cbor:"11,keyasint,omitzero"` // how often people gave it back to the bot

	Customer   Customer       `cbor:"12,keyasint,omitzero"`
	Language   string         `cbor:"13,keyasint,omitzero"` // BCP 47
	Attributes map[string]any `cbor:"14,keyasint,omitempty"`
	Request    *Request       `cbor:"15,keyasint,omitempty"` // the newest handoff request
	// ReplyContext is what the bot gave at the request and gets back in each callback: JSON, at most 4 KiB.
	ReplyContext []byte `cbor:"16,keyasint,omitempty"`
	OnEnd        string `cbor:"17,keyasint,omitzero"`

	Desk         ConnectorName `cbor:"20,keyasint,omitzero"` // empty while no person was asked for
	DeskRef      string        `cbor:"21,keyasint,omitzero"` // the desk's handle for this conversation
	Queue        QueueName     `cbor:"22,keyasint,omitzero"`
	Participants []Participant `cbor:"23,keyasint,omitempty"`
	Offer        *Offer        `cbor:"24,keyasint,omitempty"`
	Transfer     *Transfer     `cbor:"25,keyasint,omitempty"`
	Preferred    AgentID       `cbor:"26,keyasint,omitzero"`  // who should get it next, if ready
	Declined     []AgentID     `cbor:"27,keyasint,omitempty"` // who is not asked next: declined or let it ring in this round
	OverflowStep int           `cbor:"28,keyasint,omitzero"`  // steps of the overflow chain already taken
	// HeldFrom is the sequence of the first customer's word that nobody who controls has been given; 0 if none is held.
	HeldFrom uint64 `cbor:"29,keyasint,omitzero"`
	Warned   bool   `cbor:"30,keyasint,omitzero"` // the idle warning was sent and not answered

	OpenedAt    Moment `cbor:"40,keyasint"`
	EnteredAt   Moment `cbor:"41,keyasint"`          // of the present state
	Requested   Moment `cbor:"42,keyasint,omitzero"` // WhenRequested: the newest handoff was asked for
	Started     Moment `cbor:"43,keyasint,omitzero"` // WhenStarted: a person took the newest handoff
	EndedAt     Moment `cbor:"44,keyasint,omitzero"` // WhenEnded
	LastMessage Moment `cbor:"45,keyasint,omitzero"` // WhenIdle: the newest word of anybody
	Fetched     Moment `cbor:"46,keyasint,omitzero"` // WhenFetched as far as it was looked at; the newest is in the store
	WaitingFrom Moment `cbor:"47,keyasint,omitzero"` // first wait of this handoff: its place in every queue
	ReturnedAt  Moment `cbor:"48,keyasint,omitzero"` // people last gave it back to the bot
	ServedUntil Moment `cbor:"49,keyasint,omitzero"` // the chat ended for the customer; wrap-up runs since

	InitialQueuePos int    `cbor:"50,keyasint,omitzero"`
	Deadline        Moment `cbor:"51,keyasint,omitzero"`
	DeadlineRule    string `cbor:"52,keyasint,omitzero"`
	BotSequence     int64  `cbor:"53,keyasint,omitzero"` // highest sequence that the bot quoted
	LastError       string `cbor:"54,keyasint,omitzero"` // newest failure of a connector, in plain words
	ClosedBecause   string `cbor:"55,keyasint,omitzero"`

	// QueuedAt is when the present wait began: what may time out while waiting counts from here, whereas WaitingFrom keeps
	// the place in line also when somebody served in between.
	QueuedAt Moment `cbor:"57,keyasint,omitzero"`
	// HandoffSequence is the number of the entry that began the newest handoff: the people's part starts there.
	HandoffSequence uint64 `cbor:"58,keyasint,omitzero"`
	WarnedAt        Moment `cbor:"59,keyasint,omitzero"` // when the idle warning was sent
	// OpenVersion is the version that wrote the newest open command. The failure of an older one no longer matters.
	OpenVersion uint64 `cbor:"60,keyasint,omitzero"`
	// DeskVersion is the version with which the present stay at the desk began. A handle that an older open command gets
	// belongs to a chat that is over for us.
	DeskVersion uint64 `cbor:"61,keyasint,omitzero"`
	// ChannelRef is the handle of the chat at the desk through which the customer came; empty on the channels bot and web.
	ChannelRef string `cbor:"62,keyasint,omitzero"`
	// Former are those whom it concerned before, the newest first, at most MaxFormer: who acts on a chat that they have just
	// lost is told who has it.
	Former []AgentID `cbor:"63,keyasint,omitempty"`
	// AskAgain is from when on each of Declined may be asked again. The version before wrote none, so it may be shorter.
	AskAgain []Moment `cbor:"70,keyasint,omitempty"`
	// BotFailedAt is when the bot failed for this conversation; 0 while it answers.
	BotFailedAt Moment `cbor:"71,keyasint,omitzero"`
	// AwaitingBot is since when the bot has a word that it has not answered, where the policy looks at that; 0: not.
	AwaitingBot Moment `cbor:"73,keyasint,omitzero"`
	// BotSpoke is the version of the newest event of the bot's.
	BotSpoke uint64 `cbor:"74,keyasint,omitzero"`
	// WordAfterEnd is when the customer last wrote after the end of the chat; 0 if not, or if that was answered.
	WordAfterEnd Moment `cbor:"72,keyasint,omitzero"`
	// Bytes is about how many bytes the timeline takes: the sizes of all entries that this version of the program has written.
	Bytes int64 `cbor:"80,keyasint,omitzero"`
	// OverAskLimit: a browser began it whose address had begun more of late than it may ask for persons (rate_limits.ask). When its
	// bot fails, the customer is told, and nobody is fetched.
	OverAskLimit bool `cbor:"90,keyasint,omitzero"`
}

// MaxFormer is how many people a conversation remembers whom it no longer concerns.
const MaxFormer = 8

// Customer is whom the conversation is with. All fields but the id may be empty.
type Customer struct {
	ID            string         `cbor:"1,keyasint,omitzero" json:"id"`
	Name          string         `cbor:"2,keyasint,omitzero" json:"name,omitempty"`
	Email         string         `cbor:"3,keyasint,omitzero" json:"email,omitempty"`
	Authenticated bool           `cbor:"4,keyasint,omitzero" json:"authenticated,omitempty"`
	Attributes    map[string]any `cbor:"5,keyasint,omitempty" json:"attributes,omitempty"`
}

// Participant is a person in the conversation.
type Participant struct {
	Agent Agent  `cbor:"1,keyasint"`
	Role  string `cbor:"2,keyasint"`
	Since Moment `cbor:"3,keyasint"`
	// Taken: they took the chat from whoever had it, in place of answering what rang or waited for them.
	Taken bool `cbor:"4,keyasint,omitzero"`
}

// Agent is a person who answers, as others see them.
type Agent struct {
	ID   AgentID `cbor:"1,keyasint" json:"id"`
	Name string  `cbor:"2,keyasint,omitzero" json:"name"`
}

// Offer is a conversation ringing at one person.
type Offer struct {
	Agent Agent  `cbor:"1,keyasint"`
	At    Moment `cbor:"2,keyasint"`
}

// Target is where a handoff or a transfer is to go: a queue or a person.
type Target struct {
	Desk  ConnectorName `cbor:"1,keyasint,omitzero" json:"desk,omitempty"`
	Queue QueueName     `cbor:"2,keyasint,omitzero" json:"queue,omitempty"`
	Agent AgentID       `cbor:"3,keyasint,omitzero" json:"agent,omitempty"`
}

// Transfer is a transfer to a person that is under way.
type Transfer struct {
	To   Agent  `cbor:"1,keyasint"`
	By   Agent  `cbor:"2,keyasint"`
	Note string `cbor:"3,keyasint,omitzero"`
	At   Moment `cbor:"4,keyasint"`
	// Version is the version that began it. The failure of a command of an older one no longer matters.
	Version uint64 `cbor:"5,keyasint,omitzero"`
}

// Reasons of requests that no bot made.
const (
	ReasonAskedByCustomer = "asked_by_customer" // she asked for a person herself; the summary is her own words
	ReasonAskedByPerson   = "asked_by_person"   // somebody of ours asked for a colleague
	// ReasonTaken is also that of an accepted event by which somebody takes the chat from whoever has it. Without it a person
	// accepts what waits or rings, and a chat that has gone to the bot meanwhile is not theirs.
	ReasonTaken = "taken"
)

// DefaultPriority is that of a request which names none: the middle.
const DefaultPriority = 5

// Request is what was asked for with the newest handoff.
type Request struct {
	Reason       string    `cbor:"1,keyasint,omitzero" json:"reason,omitempty"`
	Summary      string    `cbor:"2,keyasint,omitzero" json:"summary,omitempty"`
	Queue        QueueName `cbor:"3,keyasint,omitzero" json:"queue,omitempty"`
	Agent        AgentID   `cbor:"4,keyasint,omitzero" json:"agent,omitempty"`
	Skills       []string  `cbor:"5,keyasint,omitempty" json:"skills,omitempty"`
	Priority     int       `cbor:"6,keyasint" json:"priority"`                                     // 0 (last) to 9 (first)
	QueueTimeout int64     `cbor:"7,keyasint,omitzero" json:"queue_timeout_milliseconds,omitzero"` // 0: the policy's
}

// ListedFrom is the moment by which lists and the board order conversations: the first wait of the newest handoff, until it is
// over; with the bot, since when it has it.
func (c *Conversation) ListedFrom() Moment {
	if c.State == StateBot || c.State.Ended() || c.WaitingFrom == 0 {
		return c.EnteredAt
	}
	return c.WaitingFrom
}

// Controller is who may speak to the customer now. In wrap-up it is the bot if it gets the conversation back, otherwise
// nobody.
func (c *Conversation) Controller() Controller {
	switch c.State {
	case StateBot:
		return ControllerBot
	case StateAgent, StateConference, StateTransferring:
		return ControllerAgent
	case StateWrapUp:
		if c.OnEnd == OnEndReturn && c.ClosedBecause == "" {
			return ControllerBot
		}
		return ControllerNobody
	case StateQueued, StateOffered, StateCompleted, StateAbandoned, StateExpired:
		return ControllerNobody
	}
	return ControllerNobody
}

// Owner is the person who serves, or did until wrap-up; the zero Agent if there is none.
func (c *Conversation) Owner() Agent {
	for _, p := range c.Participants {
		if p.Role == RoleOwner {
			return p.Agent
		}
	}
	return Agent{}
}

// Participant finds a person in the conversation by id.
func (c *Conversation) Participant(id AgentID) (Participant, bool) {
	for _, p := range c.Participants {
		if p.Agent.ID == id {
			return p, true
		}
	}
	return Participant{}, false
}

// Concerns reports whether the conversation is any business of this agent's: it rings at them, they are in it, or it is
// being transferred to them.
func (c *Conversation) Concerns(id AgentID) bool {
	if _, in := c.Participant(id); in {
		return true
	}
	return (c.Offer != nil && c.Offer.Agent.ID == id) || (c.Transfer != nil && c.Transfer.To.ID == id)
}

// Formerly reports whether the conversation was this agent's business before, as far as it remembers.
func (c *Conversation) Formerly(id AgentID) bool { return slices.Contains(c.Former, id) }

// Agents lists all whom the conversation concerns, each once.
func (c *Conversation) Agents() []AgentID {
	var agents []AgentID
	add := func(id AgentID) {
		if id != "" && !slices.Contains(agents, id) {
			agents = append(agents, id)
		}
	}
	for _, p := range c.Participants {
		add(p.Agent.ID)
	}
	if c.Offer != nil {
		add(c.Offer.Agent.ID)
	}
	if c.Transfer != nil {
		add(c.Transfer.To.ID)
	}
	return agents
}

// Clone is a copy that may be changed without touching the original, as long as slices are replaced and not written into.
func (c *Conversation) Clone() *Conversation {
	next := *c
	next.Attributes = maps.Clone(c.Attributes)
	return &next
}
