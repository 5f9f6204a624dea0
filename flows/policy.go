package flows

import (
	"time"

	"handoff/orchestrator"
)

// Policy is what an operator chooses for a flow. ParsePolicy fills in the defaults; a Policy made by hand is checked
// by New.
type Policy struct {
	// Desk and Queue are where a handoff goes that names no queue. They have no default.
	Desk  orchestrator.ConnectorName
	Queue orchestrator.QueueName
	// Deadlines say how long a conversation may stay in each live state. None may be zero.
	Deadlines Deadlines
	// Warnings say after how much silence the customer is told that the chat will close; zero: not at all.
	Warnings Warnings
	// CustomerDeadAfter is how long a customer's client on the web channel may not fetch before the customer counts
	// as gone.
	CustomerDeadAfter time.Duration
	// AgentGoneAfter is how long an agent may not be heard of before their chats are queued again.
	AgentGoneAfter time.Duration
	// OfferAgainAfter is how long a person who did not take a conversation is not offered it again, although nothing else
	// waits; zero: not at all.
	OfferAgainAfter time.Duration
	// OnQueueTimeout is what happens when nobody took a conversation within Deadlines.Queued.
	OnQueueTimeout Fallback
	// OnDeskFailed is what happens when the desk cannot be reached or lost the conversation.
	OnDeskFailed Fallback
	// BotSilentAfter is how long a bot may leave a word unanswered that its callback has taken; zero: for ever.
	BotSilentAfter time.Duration
	// OnBotFailed is what happens when the bot does not answer.
	OnBotFailed Rescue
	// OnWordAfterEnd is what becomes of a customer's word during wrap-up: "keep", "bot" or "queue".
	OnWordAfterEnd string
	// AgentsMayTake lets people of the house desk take conversations from the bot, as supervisors may.
	AgentsMayTake bool
	// CustomerMayAsk lets customers ask for a person themselves.
	CustomerMayAsk bool
	// Overflow are the queues to try in turn while nobody takes it, by time from when the wait began.
	Overflow []Overflow
	// Hours are the business hours; the zero value is always open.
	Hours Hours
	// Limits stop bot and people from playing ping-pong with a customer.
	Limits Limits
	// WrapUp says what agents must tell when they complete.
	WrapUp WrapUp
	// Texts are what the service says to customers, by language tag in lower case.
	Texts map[string]Texts
	// CannedReplies are what people at the house desk may say with a few keys, in the order in which they are offered.
	CannedReplies []orchestrator.CannedReply
}

// Deadlines are the longest stays in the live states.
type Deadlines struct {
	Bot          time.Duration // silence in the bot's conversation
	Queued       time.Duration // waiting, with all offers, from when the wait began
	Offered      time.Duration // ringing at one person
	Agent        time.Duration // silence while one person serves
	Conference   time.Duration // silence while several people serve
	Transferring time.Duration // ringing at the person to whom it is transferred
	WrapUp       time.Duration // after-call work
}

// Warnings are the silences after which the customer is warned. Each is shorter than the deadline of its state.
type Warnings struct {
	Bot        time.Duration
	Agent      time.Duration
	Conference time.Duration
}

// Destination is a queue at a desk.
type Destination struct {
	Desk  orchestrator.ConnectorName
	Queue orchestrator.QueueName
}

// Fallback is what happens with a conversation that nobody can take. The zero value gives it back to the bot.
type Fallback struct {
	Abandon bool         // let the customer go, with a farewell
	To      *Destination // or wait there
}

// Rescue is what happens with a conversation whose bot has failed. The zero value asks for a person in the policy's own queue.
type Rescue struct {
	Tell bool         // only tell the customer
	To   *Destination // or ask for a person there
}

// Overflow is one step of a chain.
type Overflow struct {
	After time.Duration // from when the wait began
	To    Destination
}

// Limits of handoffs.
type Limits struct {
	// Handoffs is how often people may give a conversation back to the bot before further requests are refused; 0: no
	// limit.
	Handoffs int
	// CoolDown is how long the bot must keep a conversation that people gave back.
	CoolDown time.Duration
}

// WrapUp is what is asked of agents at the end.
type WrapUp struct {
	Required     bool
	Dispositions []string // empty: any
}

// Limits of a policy.
const (
	// MaxDuration is the longest of any duration in a policy.
	MaxDuration = 30 * 24 * time.Hour
	// MaxOverflow is how many steps a chain may have.
	MaxOverflow = 16
	// MaxHandoffs is the highest limit of handoffs.
	MaxHandoffs = 100
	// MaxDispositions is how many dispositions a policy may name, each at most MaxName characters long.
	MaxDispositions = 100
	// MaxCannedReplies is how many canned replies a policy may have, each with a name of at most MaxName characters and a
	// text of at most MaxText.
	MaxCannedReplies = 200
	MaxName          = 64
	// MaxText is how many characters a text may have.
	MaxText = 1000
	// minDuration is the precision of time here.
	minDuration = time.Millisecond
)

// defaults is a policy of which only the desk and the queue are open. Warnings follow from the deadlines: see fillIn.
func defaults() Policy {
	return Policy{
		Deadlines: Deadlines{
			Bot: 30 * time.Minute, Queued: 5 * time.Minute, Offered: time.Minute, Agent: 10 * time.Minute,
			Conference: 10 * time.Minute, Transferring: time.Minute, WrapUp: 2 * time.Minute,
		},
		CustomerDeadAfter: 90 * time.Second,
		AgentGoneAfter:    45 * time.Second,
		OfferAgainAfter:   30 * time.Second,
		OnWordAfterEnd:    afterEndKeep,
		CustomerMayAsk:    true,
		Limits:            Limits{Handoffs: 3, CoolDown: 30 * time.Second},
	}
}

// warningShare is when a warning comes if the policy does not say: after four fifths of the deadline.
func warningShare(deadline time.Duration) time.Duration { return deadline / 5 * 4 }

// of is the deadline of a live state, 0 for the others.
func (d Deadlines) of(s orchestrator.State) time.Duration {
	switch s {
	case bot:
		return d.Bot
	case queued:
		return d.Queued
	case offered:
		return d.Offered
	case agent:
		return d.Agent
	case conference:
		return d.Conference
	case transferring:
		return d.Transferring
	case wrapUp:
		return d.WrapUp
	case completed, abandoned, expired:
	}
	return 0
}

// of is the warning of a state, 0 where none is given.
func (w Warnings) of(s orchestrator.State) time.Duration {
	switch s {
	case bot:
		return w.Bot
	case agent:
		return w.Agent
	case conference:
		return w.Conference
	case queued, offered, transferring, wrapUp, completed, abandoned, expired:
	}
	return 0
}

func (d Destination) place() place { return place{d.Desk, d.Queue} }

func (d Destination) target() *orchestrator.Target {
	return &orchestrator.Target{Desk: d.Desk, Queue: d.Queue}
}
