package orchestrator

import "time"

// Flow decides and never performs: no I/O, no clock, no randomness. The same conversation, event and moment give the same
// decision, so that a timeline can be replayed.
type Flow interface {
	// Start answers the record of a conversation that begins with ev, not yet decided on: version 0, no entry.
	Start(id ConversationID, ev *Event, now Moment) *Conversation
	// Decide answers what an event does to a conversation, which is not changed. Errors: *Rejection when it is refused and
	// nothing is to be written, *InputError when it asks for what the policy does not know.
	Decide(c *Conversation, ev *Event, now Moment) (*Decision, error)
	// Due answers the event of the rule whose deadline has passed; false when none has.
	Due(c *Conversation, now Moment) (Event, bool)
	// Dead answers the event for a customer whose client last fetched at the given moment; false while that is recent
	// enough, or where the channel does not tell.
	Dead(c *Conversation, fetched, now Moment) (Event, bool)
	// Wants answers where deciding on ev needs to know who is there: here is the queue that it is about, the zero value where
	// that makes no difference or cannot be told. Elsewhere are queues at other desks to which it leads if nobody can come here;
	// the engine asks about them in turn until somebody can.
	Wants(c *Conversation, ev *Event) (here Sought, elsewhere []Sought)
	// Policy answers the policy for pages and documents.
	Policy() PolicyView
}

// Sought is a queue of which it has to be known whether people with these skills are there.
type Sought struct {
	Desk   ConnectorName
	Queue  QueueName
	Skills []string
}

// Decision is what an event does.
type Decision struct {
	Next *Conversation
	// Entries go to the timeline, the event's own first. Sequences are not set yet.
	Entries []Entry
	// Commands are in the order in which they are to be carried out, lane by lane.
	Commands []Command
	// Transient commands are carried out at once or never: typing.
	Transient []Command
	// Typing is what feeds are told, with the transient commands.
	Typing *TypingChange
	// Then is an event that follows from one that is not written down: a bot that types is to answer, but is not silent.
	Then *Event
	// Refusal is set when the event is refused and the refusal is written down: the entry is committed, then this is the
	// answer.
	Refusal *Rejection
}

// Stored reports whether there is anything to commit.
func (d *Decision) Stored() bool { return len(d.Entries) > 0 }

// PolicyView is a policy as others may see it: the plain words, the table, the diagram.
type PolicyView struct {
	Name string
	// CustomerDeadAfter is how long a client may stay away before its customer counts as gone; 0: never.
	CustomerDeadAfter time.Duration
	// AgentsMayTake: people of the house desk may take conversations from the bot.
	AgentsMayTake bool
	// CustomerMayAsk: customers may ask for a person themselves.
	CustomerMayAsk bool
	// Assistant is what a customer is told at first contact, in her language: that an automated assistant answers.
	Assistant    func(language string) string
	Desk         ConnectorName
	Queue        QueueName
	Rules        []string // one sentence each
	Dispositions []string
	// DispositionRequired: completing needs one of Dispositions.
	DispositionRequired bool
	CannedReplies       []CannedReply
	Transitions         []Transition
	Mermaid             func(current State) string
	Graphviz            func(current State) string
}

// CannedReply is a text that people at the house desk say often. {customer} and {agent} in it stand for the two names.
type CannedReply struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Transition is one pair of the state table.
type Transition struct {
	From State     `json:"from"`
	On   EventType `json:"on"`
	To   State     `json:"to"`
}
