package orchestrator

import (
	"context"
	"strings"
	"time"
)

// Store keeps live state. One implementation exists, for Redis (orchestrator/redisstore); storetest says what any must do.
// All methods may block for a round trip, honour their context and are safe for concurrent use.
type Store interface {
	Conversations
	Outbox
	Callbacks
	Nodes
	Schedule
	Index
	Changes
	Bindings
	Notebook
	Roster
	Sessions
	Erasures
}

// Conversations holds records and timelines. Commit is the only way by which either is written.
type Conversations interface {
	// Mint makes the id of a new conversation; the id carries the partition, which follows from the two arguments.
	Mint(bot ConnectorName, external string) ConversationID
	// Find answers the newest conversation of a bot under the bot's own id; ErrNotFound.
	Find(ctx context.Context, bot ConnectorName, external string) (ConversationID, error)
	// Load answers a record; ErrNotFound, also for an id that no store minted.
	Load(ctx context.Context, id ConversationID) (*Conversation, error)
	// Commit writes one transition in one atomic step, or nothing. A Seen answer means that the event had been committed
	// before and nothing was written. ErrConflict: the conversation does not stand at Commit.Want; load, decide, try again.
	// It answers within CommitTimeout, also on a context without an end.
	Commit(ctx context.Context, c *Commit) (Committed, error)
	// Seen answers what is remembered of an event, nil if it was never committed.
	Seen(ctx context.Context, id ConversationID, event EventID) (*Seen, error)
	// Timeline answers at most limit entries with a sequence above after, in order. ErrNotFound.
	Timeline(ctx context.Context, id ConversationID, after uint64, limit int) ([]Entry, error)
}

// CommitTimeout bounds the writing of a transition, also when its caller has gone away meanwhile.
const CommitTimeout = 15 * time.Second

// Commit is one transition to be written.
type Commit struct {
	Want     uint64 // the version decided on; 0 creates the conversation, and the newest of the same bot and external id must have ended
	Next     *Conversation
	From     State  // the state before; empty on creation
	FromFlow string // the flow before, where it is another now
	Event    EventID
	BodyHash [8]byte
	// Said is a second name of the event, with what is remembered under it; empty: it has none. Nothing is written if either
	// name is known.
	Said     EventID
	SaidHash [8]byte
	Entries  []Entry // at least one; Entries[0] is that of Event
	Commands []Command
	// Before are those whom the conversation concerned until now: the hint names them besides those whom it concerns then.
	Before []AgentID
	Now    Moment
	Node   NodeID        // who takes the dispatch leases of lanes that nobody holds
	Lease  time.Duration // for how long
}

// NodeID names one process of the installation.
type NodeID string

// Committed is what became of a commit.
type Committed struct {
	// Seen is set when the event had been committed before: the sequence of its entry and the hash of its body.
	Seen *Seen
	// Said: it was known by its second name, under another event.
	Said bool
	// Current is set with ErrConflict where it is known: the record as it stands, to decide on anew.
	Current *Conversation
	// Leased are those lanes among the commands' whose lease this node took or already had.
	Leased []Lane
	// Fresh are those of Leased that were empty and unleased before: their head is the commit's own first command.
	Fresh []Lane
}

// Seen is what is remembered of an event: 96 hours from the end of its conversation.
type Seen struct {
	Sequence uint64
	BodyHash [8]byte
}

// LaneKey names one lane of one conversation.
type LaneKey struct {
	Conversation ConversationID
	Lane         Lane
}

// Outbox holds the commands that are written and not yet done, in lanes, each worked by the holder of its lease.
type Outbox interface {
	// Head answers the first command of a lane that node holds and renews the lease. ErrNotLeased; nil when the lane is
	// empty, and then the lease is dropped in the same step. *UnreadableError where the first command cannot be read, here and
	// in all that answer the next.
	Head(ctx context.Context, key LaneKey, node NodeID, now Moment, lease time.Duration) (*Command, error)
	// Done takes the first command off, if it is cmd, and answers the next, or nil and drops the lease. ErrNotLeased.
	Done(ctx context.Context, cmd *Command, node NodeID, now Moment, lease time.Duration) (*Command, error)
	// Retry rewrites the first command (attempt, failure) and keeps the lease until lease after at. ErrNotLeased.
	Retry(ctx context.Context, cmd *Command, node NodeID, at Moment, lease time.Duration) error
	// Renew keeps those of the lanes that node holds until lease after now, unless it has them for longer already.
	Renew(ctx context.Context, keys []LaneKey, node NodeID, now Moment, lease time.Duration) error
	// StepAside moves the first command to the late lane and answers the next of its lane, as Done does; late tells
	// whether node holds the late lane's lease now.
	StepAside(ctx context.Context, cmd *Command, node NodeID, now Moment, lease time.Duration) (next *Command, late bool, err error)
	// Bury moves the first command to the undelivered list and answers the next, as Done does.
	Bury(ctx context.Context, cmd *Command, node NodeID, now Moment, lease time.Duration) (*Command, error)
	// SetAside moves the first command of a lane, if it is what *UnreadableError says, to the undelivered list as it is stored,
	// and answers the next, as Done does.
	SetAside(ctx context.Context, key LaneKey, stored []byte, node NodeID, now Moment, lease time.Duration) (*Command, error)
	// Claim takes at most limit lanes whose lease ran out before now.
	Claim(ctx context.Context, node NodeID, now Moment, lease time.Duration, limit int) ([]LaneKey, error)
	// Yield lets every lease of node run out at now, so that others claim them at once. Called when a process stops.
	Yield(ctx context.Context, keys []LaneKey, node NodeID, now Moment) error
	// Undelivered lists buried commands, oldest first.
	Undelivered(ctx context.Context, cursor string, limit int) ([]Command, string, error)
	// UndeliveredOf lists all buried commands of a conversation, oldest first.
	UndeliveredOf(ctx context.Context, id ConversationID) ([]Command, error)
	// Revive puts a buried command back at the end of its lane, and takes the lease if nobody has it. ErrNotFound.
	Revive(ctx context.Context, conversation ConversationID, id CommandID, node NodeID, now Moment, lease time.Duration) (LaneKey, bool, error)
	// Discard forgets a buried command. ErrNotFound.
	Discard(ctx context.Context, conversation ConversationID, id CommandID) error
	// Pending answers the commands of a conversation that are not done, lane by lane.
	Pending(ctx context.Context, id ConversationID) ([]Command, error)
}

// Callbacks knows which bots' callbacks are stopped.
type Callbacks interface {
	// StopCallback notes that a bot's callback is not to be called any more; a later one replaces it.
	StopCallback(ctx context.Context, bot ConnectorName, stop Stop) error
	// StoppedCallbacks answers all that are stopped.
	StoppedCallbacks(ctx context.Context) (map[ConnectorName]Stop, error)
	// StartCallback forgets that a bot's callback was stopped, and answers whether it was.
	StartCallback(ctx context.Context, bot ConnectorName) (bool, error)
}

// Nodes knows which processes of the installation live.
type Nodes interface {
	// Beat notes that node lives for the given time, which the store counts, with what it has configured, and answers the
	// others whose time has run out.
	Beat(ctx context.Context, node NodeID, alive time.Duration, has *Configured) ([]NodeID, error)
	// Configured answers what each process that lives has configured; nil for one that does not tell.
	Configured(ctx context.Context) (map[NodeID]*Configured, error)
	// Leave forgets a node: it has stopped, or all that it left has been taken over.
	Leave(ctx context.Context, node NodeID) error
	// Inherit looks at a part of all lanes, about limit of them, and takes those that dead has the lease of; next is where the
	// following part begins, empty after the last. Lanes are answered beside an error too.
	Inherit(ctx context.Context, dead, node NodeID, now Moment, lease time.Duration, cursor string, limit int) (taken []LaneKey, next string, err error)
}

// Schedule knows what is due, and who was seen when. Partitions numbers the parts that can be swept separately, from 0.
type Schedule interface {
	Partitions() int
	// Partition answers that of a conversation; false for what is no id of this installation.
	Partition(id ConversationID) (int, bool)
	// Ahead answers what comes next in each of the partitions, in one round trip for each server.
	Ahead(ctx context.Context, partitions []int) ([]Ahead, error)
	// Due answers at most limit conversations of a partition whose indexed deadline is before now, the most overdue first.
	Due(ctx context.Context, partition int, now Moment, limit int) ([]DueItem, error)
	// Rearm moves the indexed deadline of a conversation that was found not to be due, if it still stands at version.
	Rearm(ctx context.Context, id ConversationID, version uint64, deadline Moment) error
	// Touch notes that the customer's client fetched (WhenFetched). At most one write a second and conversation is worth it.
	Touch(ctx context.Context, id ConversationID, at Moment) error
	// Fetched answers when the customer's client last fetched; zero if it never did.
	Fetched(ctx context.Context, id ConversationID) (Moment, error)
	// Unseen answers at most limit conversations of a partition whose clients last fetched before the given moment.
	Unseen(ctx context.Context, partition int, before Moment, limit int) ([]DueItem, error)
	// Retire answers at most limit conversations of a partition that ended before the given moment and were not retired,
	// and Retired marks them as archived.
	Retire(ctx context.Context, partition int, before Moment, limit int) ([]DueItem, error)
	Retired(ctx context.Context, partition int, ids []ConversationID) error
	// Walk looks at a part of the live conversations of a partition, about limit of them. One that is there the whole time is
	// looked at in one of the parts, and perhaps in more.
	Walk(ctx context.Context, partition int, cursor string, limit int) (Walked, error)
	// Exclusive runs do while no other process runs one of the same name, and answers false if another does now.
	Exclusive(ctx context.Context, name string, ttl time.Duration, do func(context.Context) error) (bool, error)
}

// Walked is a part of the conversations of a partition.
type Walked struct {
	Live       []*Conversation
	Ended      []*Conversation
	Unreadable []*UnreadableRecord
	Next       string // where the following part begins, empty after the last
}

// DueItem is a conversation and the moment for which it is listed.
type DueItem struct {
	ID ConversationID
	At Moment
}

// Index finds conversations. Only live ones are listed; an ended one is still found by its id until it expires.
type Index interface {
	// List answers one page of live conversations in the order of Conversation.ListedFrom, the first in front, at most
	// filter.Limit, and the cursor of the next page, empty after the last. When the filter selects few of them a page may hold
	// fewer, or none, while a cursor says that there are more.
	List(ctx context.Context, filter Filter) ([]*Conversation, string, error)
	// Counts answers how many conversations stand in each live state, and how old the oldest stay is.
	Counts(ctx context.Context) (map[State]StateCount, error)
	// Standing answers how many conversations of a flow stand in each live state.
	Standing(ctx context.Context, flow string) (map[State]int64, error)
	// Recount mends what Standing answers of a partition where it does not agree with the index, and at least once a day,
	// and answers how many counters were wrong. It may run beside commits, and beside another.
	Recount(ctx context.Context, partition int, now Moment) (mended int, err error)
	// ChangedSince answers the conversations, live or ended, that entered their present state at or after the given moment.
	ChangedSince(ctx context.Context, since Moment, limit int) ([]Change, error)
	// Hours answers the counters of the hours from..to (each cut to the hour): how often each step was taken, and how long
	// customers waited and were served.
	Hours(ctx context.Context, from, to Moment) (map[Moment]HourCounts, error)
	// Recent answers how often each step was taken since an hour before now, cut to five minutes.
	Recent(ctx context.Context, now Moment) (RecentCounts, error)
}

// Filter selects conversations; an empty field selects all.
type Filter struct {
	State State
	Queue QueueName
	Desk  ConnectorName
	Agent AgentID
	Bot   ConnectorName
	// Channel is ChannelBot, ChannelWeb or the name of the desk at which the chat began.
	Channel string
	// Text is a part of the customer's name, id or e-mail address, or the bot's id of the conversation or ours, in any case.
	Text   string
	Cursor string
	Limit  int
}

// Matches reports whether c is selected.
func (f Filter) Matches(c *Conversation) bool {
	return (f.State == "" || c.State == f.State) && (f.Queue == "" || c.Queue == f.Queue) &&
		(f.Desk == "" || c.Desk == f.Desk) && (f.Bot == "" || c.Bot == f.Bot) &&
		(f.Channel == "" || c.Channel == f.Channel) &&
		(f.Agent == "" || c.Concerns(f.Agent)) && (f.Text == "" || f.names(c))
}

// names reports whether one of the names of c has the text in it.
func (f Filter) names(c *Conversation) bool {
	text := strings.ToLower(f.Text)
	for _, name := range []string{c.Customer.Name, c.Customer.ID, c.Customer.Email, c.External, string(c.ID)} {
		if strings.Contains(strings.ToLower(name), text) {
			return true
		}
	}
	return false
}

// StateCount is how many conversations stand in a state, and since when the longest does.
type StateCount struct {
	Count  int64
	Oldest Moment
}

// Changes carries hints among all processes. A hint may be lost when a connection breaks: the truth is read from the
// timeline, and after a break the subscription delivers a Change with Resync set.
type Changes interface {
	// Subscribe delivers changes until ctx ends; then the channel is closed. One subscription a process is enough.
	Subscribe(ctx context.Context) (<-chan Change, error)
	// Publish tells a change that no commit tells: typing.
	Publish(ctx context.Context, change Change) error
}

// Change is the hint that something happened.
type Change struct {
	Resync       bool           `cbor:"1,keyasint,omitzero"`
	Conversation ConversationID `cbor:"2,keyasint,omitzero"`
	Version      uint64         `cbor:"3,keyasint,omitzero"`
	Sequence     uint64         `cbor:"4,keyasint,omitzero"`
	State        State          `cbor:"5,keyasint,omitzero"`
	From         State          `cbor:"6,keyasint,omitzero"` // set when it moved
	At           Moment         `cbor:"7,keyasint,omitzero"`
	Epoch        uint64         `cbor:"8,keyasint,omitzero"`
	Typing       *TypingChange  `cbor:"9,keyasint,omitempty"`
	// Agents are those whom the conversation concerns, before or after the change.
	Agents []AgentID `cbor:"10,keyasint,omitempty"`
	// Cause is the event that moved it last, and By the role of who caused that; empty where nothing moved, or nobody knows.
	Cause EventType `cbor:"11,keyasint,omitzero"`
	By    ActorRole `cbor:"12,keyasint,omitzero"`
	// Presence is whose presence was chosen anew; then the change tells nothing else. What it is now is read.
	Presence AgentID `cbor:"20,keyasint,omitzero"`
	// Erased: nothing is kept of the conversation any more.
	Erased bool `cbor:"30,keyasint,omitzero"`
}

// TypingChange is a typing lease taken (Until set) or given back.
type TypingChange struct {
	Author Actor  `cbor:"1,keyasint"`
	Until  Moment `cbor:"2,keyasint,omitzero"`
}

// Bindings map a desk's handle to our conversation.
type Bindings interface {
	// Bind is idempotent; binding a handle again replaces the conversation (a desk reuses handles after an end).
	Bind(ctx context.Context, desk ConnectorName, ref string, id ConversationID) error
	// Resolve answers ErrNotFound for an unknown handle.
	Resolve(ctx context.Context, desk ConnectorName, ref string) (ConversationID, error)
}

// Notebook keeps what connectors must remember of a vendor's chats; see Memory, of which it is a part.
type Notebook interface {
	Keep(ctx context.Context, desk ConnectorName, ref, name string, value []byte) error
	Kept(ctx context.Context, desk ConnectorName, ref string) (map[string][]byte, error)
	Forget(ctx context.Context, desk ConnectorName, ref string) error
	Handles(ctx context.Context, desk ConnectorName, since Moment, limit int) ([]Handle, error)
}

// Sessions keeps sign-ins of people.
type Sessions interface {
	// Secret answers the installation's random secret of 32 bytes under a name, made at first use, the same in all processes.
	Secret(ctx context.Context, name string) ([]byte, error)
	PutSession(ctx context.Context, s Session, ttl time.Duration) error
	// Session answers ErrNotFound for an unknown or expired token.
	Session(ctx context.Context, token string) (Session, error)
	DeleteSession(ctx context.Context, token string) error
	// CountSessions answers how many sign-ins of a user there are.
	CountSessions(ctx context.Context, user string) (int, error)
	// DeleteSessions signs a user out everywhere.
	DeleteSessions(ctx context.Context, user string) error
	// Use notes for what a signed request was used, unless that is noted already, and answers what it was used for first.
	Use(ctx context.Context, bot ConnectorName, id, what string, keep time.Duration) (first string, err error)
}

// Session is one sign-in.
type Session struct {
	Token string `cbor:"-"` // random; the store keeps only its hash
	User  string `cbor:"1,keyasint"`
	CSRF  string `cbor:"2,keyasint"`
	At    Moment `cbor:"3,keyasint"`
	// Role and Name are set for a person whom a provider signed in: what it says of them, in place of the configuration.
	Role string `cbor:"4,keyasint,omitzero"`
	Name string `cbor:"5,keyasint,omitzero"`
	// Proof tells with which password it was begun, so that a new one ends it: a fingerprint of the configured hash.
	Proof string `cbor:"6,keyasint,omitzero"`
}
