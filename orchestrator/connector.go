package orchestrator

import (
	"context"
	"net/http"
)

// Sink takes facts. The engine is one; connectors see nothing else of it.
type Sink interface {
	Receive(ctx context.Context, ev Event) (Receipt, error)
}

// Connector is a bot platform or a contact centre.
type Connector interface {
	Name() ConnectorName
	// Manifest says what the connector can do; a test proves that it agrees with the methods.
	Manifest() Manifest
	// Run works until ctx ends: polls, sessions, keep-alive. It is called once, in its own goroutine; a connector that only
	// answers calls waits for ctx. A returned error before that is logged and Run is called again after a pause.
	Run(ctx context.Context, sink Sink) error
}

// Desk is a contact centre. Its methods are called by the dispatcher, for one conversation one at a time and in order. It bounds
// each of its requests itself; the context ends after CallLimit. An error is a *ConnectorError that says what the failure means.
type Desk interface {
	Connector
	// Open puts the conversation into the desk's queue (Command.Waiting) and answers the desk's handle, which may be empty.
	// Opening again what is open changes its place and is not an error.
	Open(ctx context.Context, cmd *Command) (ref string, err error)
	// Send gives the people at the desk one message. Held words come as one Send each, under ids of their own.
	Send(ctx context.Context, cmd *Command) error
	// End closes the chat at the desk or withdraws it from the queue; ending what has ended is not an error.
	End(ctx context.Context, cmd *Command) error
}

// Bot is a bot platform.
type Bot interface {
	Connector
	// Deliver tells the bot a word, typing or a notice. It bounds the request itself. The code CallbackGone stops the callback.
	Deliver(ctx context.Context, d *Delivery) error
	// Hears reports whether the bot has a callback. Without one no command is written for it; it reads its feed.
	Hears() bool
}

// Delivery is a command for a bot with what it refers to.
type Delivery struct {
	Command *Command
	// Handback is set with handoff.ended: what the people's part of the timeline said.
	Handback *Handback
	// Words are set with flush: held words of the customer, oldest first. Each has a delivery of its own.
	Words []HandbackMessage
}

// Handback is what the bot gets when people are done.
type Handback struct {
	Reason      string
	Disposition string
	Notes       []string
	Messages    []HandbackMessage // the people's part, oldest first; at most 200, cut from the oldest
	Truncated   bool
}

// HandbackMessage is one thing said while people were in charge.
type HandbackMessage struct {
	Sequence uint64
	At       Moment
	Author   Actor
	Message  Message
}

// Abilities: one method each, found by assertion. A desk without one is never asked for it, and the API says so.
type (
	// Accepter is told when a person took a conversation (or joined one: Command.Guest) through our API.
	Accepter interface {
		Accept(ctx context.Context, cmd *Command) error
	}
	// Transferrer rings another person while the first still serves.
	Transferrer interface {
		Transfer(ctx context.Context, cmd *Command) error
	}
	// Inviter asks a colleague to join, and is told when a person leaves.
	Inviter interface {
		Invite(ctx context.Context, cmd *Command) error
		Leave(ctx context.Context, cmd *Command) error
	}
	// TypingNotifier shows the people at the desk that the customer types.
	TypingNotifier interface {
		Typing(ctx context.Context, cmd *Command) error
	}
	// Completer is told that after-call work is done.
	Completer interface {
		Complete(ctx context.Context, cmd *Command) error
	}
	// HistoryReader reads what the desk has of a conversation, for reconciliation.
	HistoryReader interface {
		History(ctx context.Context, p Party, after string) ([]Message, error)
	}
	// Reclaimer takes a chat that began at the desk back from its people, who have it or are to get it: our side goes on with
	// the customer. Taking back what our side has, or what is over, is not an error. A desk without it lets go of a chat for
	// good when it hands it over, and says that its part is over.
	Reclaimer interface {
		TakeBack(ctx context.Context, cmd *Command) error
	}
	// LivenessProbe answers when the customer was last seen by the desk (SuperOffice WhenFetched), or whether the chat is
	// alive at all. The reaper asks before it closes.
	LivenessProbe interface {
		LastSeen(ctx context.Context, c *Conversation) (Liveness, error)
	}
	// Availability tells who is there, before a conversation is put into a queue, and where it stands in it.
	Availability interface {
		Look(ctx context.Context, queue QueueName, skills []string) (Looked, error)
		Position(ctx context.Context, id ConversationID) (position int, waitMS int64, err error)
	}
	// PlaceKeeper keeps a place in line before a conversation is committed to wait there, so that its answer tells a place
	// that is its own. A place that is neither taken by the command that opens it nor given back runs out.
	PlaceKeeper interface {
		HoldPlace(ctx context.Context, id ConversationID, w Waiting) (HeldPlace, error)
		GiveBackPlace(ctx context.Context, id ConversationID, held HeldPlace) error
	}
	// Addressee tells where a bot's callback goes, by a text that differs where the address does and does not show it. A callback
	// that was stopped is called again once that text has changed.
	Addressee interface {
		Address() string
	}
	// Attendance is the house desk's own: people sign in at our API.
	Attendance interface {
		// Present notes that an agent chose to be there (or away) until Presence.Until; repeating it renews it.
		Present(ctx context.Context, p Presence) error
		// Seen notes that a person who serves did something, and counts as there until then, away, even if they never said so.
		Seen(ctx context.Context, agent Agent, until Moment) error
		// Heard is the heartbeat: an agent is there until then, in the state that they chose last. It chooses nothing.
		Heard(ctx context.Context, id AgentID, until Moment) error
		// Absent signs an agent off at once; their conversations are requeued. With a reason somebody else does it, and that
		// stays noted until the agent chooses anew.
		Absent(ctx context.Context, id AgentID, reason string) error
		// Floor answers who is there, how many seats each has taken, what rings and who waits.
		Floor(ctx context.Context) (*Floor, error)
		// Seats answers the seats that a filter selects.
		Seats(ctx context.Context, of SeatFilter) ([]Seat, error)
	}
	// Tidier is asked by the reaper at each sweep to look after what it keeps itself: reservations that ran out, people who
	// vanished. It answers how many things it mended.
	Tidier interface {
		Tidy(ctx context.Context, now Moment) (int, error)
	}
	// MemberNamer tells where in a request of a bot's own form a field stands, as a JSON pointer. Flat is for what
	// DecodeHandoff reads.
	MemberNamer interface {
		Member(header http.Header, flat bool, field Field) string
	}
	// BatchReceiver decodes many events that a bot posts at once, in their order. An error is about the whole of it: *InputError.
	BatchReceiver interface {
		DecodeBatch(header http.Header, body []byte, now Moment) ([]BatchedEvent, error)
	}
	// NoteHearer is a bot that says whether people's notes are for it; see [HearsNotes].
	NoteHearer interface {
		HearsNotes() bool
	}
	// HookReceiver decodes what a vendor posts to us, after checking its signature. Errors: *InputError.
	HookReceiver interface {
		DecodeHook(header http.Header, body []byte) ([]Event, error)
	}
	// BotReceiver decodes what a bot posts to us. Authenticate comes first and sees the raw body. Errors: *InputError.
	BotReceiver interface {
		Authenticate(header http.Header, body []byte, now Moment) error
		// Decode answers the event and the idempotency key, which may be empty with a Bearer token.
		Decode(header http.Header, body []byte, now Moment) (Event, error)
		// DecodeHandoff reads the flat twin of handoff.requested.
		DecodeHandoff(header http.Header, body []byte, now Moment) (Event, error)
	}
)

// BatchedEvent is one event of a batch as it was sent, or what is wrong with it.
type BatchedEvent struct {
	ID string // as the sender calls it; empty if that cannot be read
	// Event is as much as could be read where there is an error.
	Event Event
	Err   error // *InputError
}

// HealthReporter is a connector that can tell how its calls go, for pages and metrics.
type HealthReporter interface {
	Health() Health
}

// Health is how the calls to a connector go, as this process sees it.
type Health struct {
	Calls         string `json:"calls"`             // closed: made; open: held back for a while; half_open: one is trying
	Stopped       string `json:"stopped,omitempty"` // why no call is made any more, in all processes
	StoppedAt     Moment `json:"stopped_at,omitzero"`
	LastFailure   string `json:"last_failure,omitempty"`
	LastFailureAt Moment `json:"last_failure_at,omitzero"`
	// LatencyMS is how long its calls take, as a moving average over the last twenty or so; 0: none was made.
	LatencyMS float64 `json:"latency_ms,omitzero"`
	// Session is set for a connector that holds a session at the vendor's.
	Session *SessionHealth `json:"session,omitempty"`
	// Drift counts by kind what was found to differ from the vendor's truth and was repaired by this process.
	Drift map[string]int64 `json:"drift,omitempty"`
}

// SessionHealth is how a connector's session at the vendor's stands.
type SessionHealth struct {
	State string `json:"state"` // see the Session constants
	Since Moment `json:"since,omitzero"`
	// Logins is how often this process has logged in.
	Logins  int64  `json:"logins"`
	Failure string `json:"failure,omitempty"` // why it is down, in plain words, without secrets
}

// States of a session (SessionHealth.State).
const (
	SessionUp        = "up"        // this process holds it and works
	SessionBeginning = "beginning" // this process logs in, subscribes and reconciles
	SessionDown      = "down"      // this process should hold it and cannot
	SessionElsewhere = "elsewhere" // another process holds it
)

// Liveness is what a desk says of a conversation.
type Liveness struct {
	Alive    bool   // the desk still has it open
	LastSeen Moment // zero: the desk does not tell
}

// Manifest says what a connector can do.
type Manifest struct {
	Kind  string   `json:"kind"` // native, house, superoffice, …
	Seats []string `json:"seats,omitempty"`
	// ReadsTimeline: its people read our own feed (the house desk), so words, typing and positions need no command.
	ReadsTimeline bool `json:"reads_timeline"`
	TypingIn      bool `json:"typing_in"`  // we learn that its people type
	TypingOut     bool `json:"typing_out"` // its people learn that the customer types
	Accept        bool `json:"accept"`     // people accept through our API
	TransferAgent bool `json:"transfer_agent"`
	TransferQueue bool `json:"transfer_queue"`
	TakeBack      bool `json:"take_back"` // a chat that began there can be taken back from its people
	Conference    bool `json:"conference"`
	WrapUpSeen    bool `json:"wrap_up_seen"`
	Complete      bool `json:"complete"` // wants to be told that after-call work is done
	Receipts      bool `json:"receipts"`
	Liveness      bool `json:"liveness"`
	Availability  bool `json:"availability"`
	Positions     bool `json:"positions"`    // who waits is told their place in line
	OneSession    bool `json:"one_session"`  // one session per account: held under a lease
	LongestText   int  `json:"longest_text"` // in characters; 0: no limit of its own
	// History is how its people are shown what was said before: see the History constants. Empty: they are not.
	History string `json:"history,omitempty"`
}

// How people at a desk read what was said before (Manifest.History).
const (
	HistoryTimeline = "timeline" // they read our own timeline
	HistoryMessages = "messages" // as the first messages of the chat
	HistoryNote     = "note"     // in a note that the customer does not see
	HistoryData     = "data"     // in data that is attached to the chat
)
