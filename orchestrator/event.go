package orchestrator

import "strings"

// EventType names a fact. The names are those of the state table and of the timeline.
type EventType string

// Events that move a conversation: the rows of the state table.
const (
	EventHandoffRequested   EventType = "handoff_requested"
	EventHandoffCancelled   EventType = "handoff_cancelled"
	EventOffered            EventType = "offered"
	EventDeclined           EventType = "declined"
	EventOfferExpired       EventType = "offer_expired"
	EventAccepted           EventType = "accepted"
	EventAgentJoined        EventType = "agent_joined"
	EventAgentLeft          EventType = "agent_left"
	EventTransferRequested  EventType = "transfer_requested"
	EventTransferredToQueue EventType = "transferred_to_queue"
	EventTransferAccepted   EventType = "transfer_accepted"
	EventTransferFailed     EventType = "transfer_failed"
	EventRequeued           EventType = "requeued"
	EventReturnedToBot      EventType = "returned_to_bot"
	EventChatEnded          EventType = "chat_ended"
	EventCustomerLeft       EventType = "customer_left"
	EventCustomerReturned   EventType = "customer_returned"
	EventCompleted          EventType = "completed"
	EventOverflowed         EventType = "overflowed"
	EventAbandoned          EventType = "abandoned"
	EventIdleTimedOut       EventType = "idle_timed_out"
	EventCustomerDead       EventType = "customer_dead"
	EventWrapUpTimedOut     EventType = "wrap_up_timed_out"
	EventResumed            EventType = "resumed"
	EventReopened           EventType = "reopened"
)

// Facts whose destination the policy chooses: the timeline keeps the fact and the move that it became.
const (
	EventQueueTimedOut EventType = "queue_timed_out"
	EventDeskFailed    EventType = "desk_failed"
	// EventBotFailed: the bot does not answer this conversation: a word or the news of its start was given up, its callback is
	// stopped, or it says nothing. It becomes handoff_requested, or the customer is told.
	EventBotFailed EventType = "bot_failed"
	// EventAgentGone: a person vanished (no heartbeat, signed off). It becomes requeued, agent_left, transfer_failed,
	// offer_expired or wrap_up_timed_out, by the state and by what the person was to the conversation.
	EventAgentGone EventType = "agent_gone"
	// EventUnconfigured: the flow, bot, desk or queue that the conversation needs is configured in no process any more. It becomes
	// requeued, or what becomes of a conversation whose bot has failed; a flow is replaced without a move.
	EventUnconfigured EventType = "unconfigured"
)

// Events that are carried without moving the conversation.
const (
	EventStarted         EventType = "started" // a conversation began on the web channel
	EventMessage         EventType = "message"
	EventTyping          EventType = "typing" // never stored
	EventContextUpdated  EventType = "context_updated"
	EventCustomerSeen    EventType = "customer_seen" // the reaper looked and found the customer there
	EventPositionChanged EventType = "position_changed"
	EventRated           EventType = "rated"
	EventNote            EventType = "note"
	EventInvited         EventType = "invited"         // a colleague was asked to join; declined or expired: agent_left
	EventIdleWarned      EventType = "idle_warned"     // the customer was warned that the chat will close
	EventMessageFailed   EventType = "message_failed"  // a word could not be delivered
	EventBotReached      EventType = "bot_reached"     // the bot has a word of the customer's, or types: it is to answer from now on
	EventDelivery        EventType = "delivery"        // something worth knowing about a delivery: repeated, stepped aside
	EventMessageRefused  EventType = "message_refused" // a word of somebody who is not in control
	EventHandoffRefused  EventType = "handoff_refused" // closed, over the limit, or nobody there: the bot keeps it
	// Added by a decision that tells two things, for the second: the work on the newest handoff is done, the conversation is over.
	EventHandoffClosed      EventType = "handoff_closed"
	EventConversationClosed EventType = "conversation_closed"
	EventDeskOpened         EventType = "desk_opened" // the desk took the conversation and gave its handle
	EventRepaired           EventType = "repaired"    // reconciliation changed our record to the desk's truth
)

// ActorRole is what kind of party caused something.
type ActorRole string

// The roles of actors.
const (
	ActorBot        ActorRole = "bot"
	ActorCustomer   ActorRole = "user" // the field's word on the wire
	ActorAgent      ActorRole = "agent"
	ActorSupervisor ActorRole = "supervisor"
	ActorDesk       ActorRole = "desk"   // a contact centre, through its connector
	ActorSystem     ActorRole = "system" // this service: policy, reaper, dispatcher
)

// Actor is who caused an event.
type Actor struct {
	Role ActorRole `cbor:"1,keyasint" json:"role"`
	ID   string    `cbor:"2,keyasint,omitzero" json:"id,omitempty"`
	Name string    `cbor:"3,keyasint,omitzero" json:"name,omitempty"`
}

// Event is a fact about one conversation. Which of the optional fields are set depends on the type.
type Event struct {
	// ID is unique within the conversation: the sender's own id, or one derived from what happened (so that telling it
	// twice is harmless). Empty only for typing.
	ID   EventID   `cbor:"1,keyasint"`
	Type EventType `cbor:"2,keyasint"`
	// Conversation says which conversation, or Bot and External do; both are not stored with the event.
	Conversation ConversationID `cbor:"-"`
	Bot          ConnectorName  `cbor:"-"`
	External     string         `cbor:"-"`
	Channel      string         `cbor:"4,keyasint,omitzero"` // for the first event of a conversation; empty: bot
	Actor        Actor          `cbor:"5,keyasint"`
	At           Moment         `cbor:"6,keyasint,omitzero"` // when it happened, as its source says; zero: on arrival
	Epoch        uint64         `cbor:"7,keyasint,omitzero"` // quoted by the sender; 0: not quoted
	BotSequence  int64          `cbor:"8,keyasint,omitzero"` // 1 + the sender's sequence; 0: none given
	Handoff      int            `cbor:"9,keyasint,omitzero"` // the handoff it speaks of; 0: the newest
	// BodyHash tells a repetition from another event under the same id.
	BodyHash [8]byte `cbor:"-"`
	// IfVersion refuses the event unless the conversation stands at this version; 0: any.
	IfVersion uint64 `cbor:"-"`

	Message     *Message       `cbor:"20,keyasint,omitempty"`
	Request     *Request       `cbor:"21,keyasint,omitempty"`
	Customer    *Customer      `cbor:"22,keyasint,omitempty"`
	Language    string         `cbor:"23,keyasint,omitzero"`
	Attributes  map[string]any `cbor:"24,keyasint,omitempty"` // values are string, float64, bool; nil deletes
	Transcript  []Turn         `cbor:"25,keyasint,omitempty"` // what was said before we were asked
	Reply       []byte         `cbor:"26,keyasint,omitempty"` // Conversation.ReplyContext
	OnEnd       string         `cbor:"27,keyasint,omitzero"`
	Agent       *Agent         `cbor:"28,keyasint,omitempty"` // whom it is about: offered to, accepted by, joined, left, transfer to
	Target      *Target        `cbor:"29,keyasint,omitempty"` // where to: overflow, transfer to a queue, requeue
	Reason      string         `cbor:"30,keyasint,omitzero"`
	Note        string         `cbor:"31,keyasint,omitzero"`
	Disposition string         `cbor:"32,keyasint,omitzero"`
	Tags        []string       `cbor:"33,keyasint,omitempty"`
	Rating      int            `cbor:"34,keyasint,omitzero"` // 1 to 5
	Ref         string         `cbor:"35,keyasint,omitzero"` // the desk's handle (desk_opened)
	Command     CommandID      `cbor:"36,keyasint,omitzero"` // whose outcome this is
	Position    int            `cbor:"37,keyasint,omitzero"`
	Typing      bool           `cbor:"-"`
	Fetched     Moment         `cbor:"39,keyasint,omitzero"` // customer_dead, customer_seen: the last fetch
	// Desk is the desk that reports the event: a fact about a desk that no longer has the conversation is refused.
	Desk ConnectorName `cbor:"40,keyasint,omitzero"`
	// AnsweredTo is 1 + the highest of the sender's numbers that was answered without an entry; 0: none was.
	AnsweredTo int64 `cbor:"43,keyasint,omitzero"`
	// Looked is what was looked at before deciding: numbers and names from outside the record (people online, waiting).
	Looked *Looked `cbor:"41,keyasint,omitempty"`
	// Elsewhere is what other desks said, in the order in which they were asked, because nobody can come at the one that it is
	// about.
	Elsewhere []LookedAt `cbor:"42,keyasint,omitempty"`
	// Word is the sequence of the first of the customer's words that the bot was not told (bot_failed); 0: none.
	Word uint64 `cbor:"45,keyasint,omitzero"`
	// Held is the place in line of a request, as the desk keeps it; with no position where the desk will only say it later.
	// Nil in an entry of the version before, which told the place that came next when it looked.
	Held *HeldPlace `cbor:"50,keyasint,omitempty"`
	// Author is whose word could not be delivered (message_failed); empty in an entry of the version before.
	Author ActorRole `cbor:"51,keyasint,omitzero"`
	// Missing is what is configured nowhere (unconfigured).
	Missing *Missing `cbor:"60,keyasint,omitempty"`
	// OverAskLimit is that of the conversation (conversation_started).
	OverAskLimit bool `cbor:"70,keyasint,omitzero"`
}

// FailedWord reports whether a certain word of the customer's could not be delivered.
func (ev *Event) FailedWord() bool {
	return ev.Type == EventMessageFailed && ev.Author == ActorCustomer && ev.Message != nil
}

// UndeliveredMark begins the id of the line that tells people that their word did not arrive, so that its own failure tells nobody.
const UndeliveredMark = "undelivered:"

// FailedAtDesk reports whether a desk could not be told a word, which the bot hears of. What the bot's own callback did not take
// stands in its feed as the word that it is.
func (ev *Event) FailedAtDesk() bool {
	return ev.Type == EventMessageFailed && ev.Desk != "" &&
		(ev.Message == nil || !strings.HasPrefix(ev.Message.ID, UndeliveredMark))
}

// HeldPlace is a place in line that a desk keeps for a conversation before it is committed that it waits.
type HeldPlace struct {
	Position int    `cbor:"1,keyasint,omitzero"` // 1 for the next; 0: not known yet
	Since    Moment `cbor:"2,keyasint,omitzero"` // the first wait that goes with it; no two in a line are alike
	// Token tells this hold from another one for the same conversation.
	Token string `cbor:"-"`
}

// Line is what was said of the queue to which a request led, nil if that is not known. Where nobody is at the queue that was
// asked for, it is the one elsewhere that was asked last.
func (ev *Event) Line() *Looked {
	at := ev.Looked
	if n := len(ev.Elsewhere); n > 0 {
		at = &ev.Elsewhere[n-1].Said
	}
	if at == nil || !at.Known || at.Nobody() {
		return nil
	}
	return at
}

// LookedAt is what a desk said of one of its queues.
type LookedAt struct {
	Desk  ConnectorName `cbor:"1,keyasint"`
	Queue QueueName     `cbor:"2,keyasint"`
	Said  Looked        `cbor:"3,keyasint"`
}

// Looked is what the engine asked a desk before a decision that needs it, so that the decision stays pure.
type Looked struct {
	// Known is false where the desk cannot be asked; then nothing is concluded from the numbers.
	Known   bool  `cbor:"1,keyasint" json:"known"`
	Online  int   `cbor:"2,keyasint" json:"online"`               // people signed in for the queue
	Ready   int   `cbor:"3,keyasint" json:"ready"`                // of those, with a free seat
	Waiting int   `cbor:"4,keyasint" json:"waiting"`              // conversations in the queue now
	WaitMS  int64 `cbor:"5,keyasint,omitzero" json:"expected_ms"` // expected wait; 0: unknown
}

// Nobody reports whether it is known that nobody is there.
func (l *Looked) Nobody() bool { return l.Known && l.Online == 0 }

// Message is one thing that was said.
type Message struct {
	ID          string       `cbor:"1,keyasint" json:"id"`
	Text        string       `cbor:"2,keyasint" json:"text"`
	Format      string       `cbor:"3,keyasint,omitzero" json:"format,omitempty"` // "text" (default) or "markdown"
	Attachments []Attachment `cbor:"4,keyasint,omitempty" json:"attachments,omitempty"`
}

// Attachment is a reference to a file; bytes never pass through here.
type Attachment struct {
	URL         string `cbor:"1,keyasint" json:"url"` // https
	Name        string `cbor:"2,keyasint,omitzero" json:"name,omitempty"`
	ContentType string `cbor:"3,keyasint,omitzero" json:"content_type,omitempty"`
	Size        int64  `cbor:"4,keyasint,omitzero" json:"size,omitempty"` // bytes
}

// Turn is one message of a transcript.
type Turn struct {
	ID   string    `cbor:"1,keyasint,omitzero" json:"id,omitempty"`
	Role ActorRole `cbor:"2,keyasint" json:"role"` // user, bot, agent or system
	Text string    `cbor:"3,keyasint" json:"text"`
	At   Moment    `cbor:"4,keyasint,omitzero" json:"timestamp,omitzero"`
}
