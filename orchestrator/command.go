package orchestrator

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// CommandType names an intention.
type CommandType string

// Commands to a desk.
const (
	CommandOpen     CommandType = "open"     // put the conversation into a queue, or ring one person
	CommandAccept   CommandType = "accept"   // a person took it here: tell the desk (Accepter)
	CommandSend     CommandType = "send"     // one message; also to a bot
	CommandFlush    CommandType = "flush"    // the customer's words From..To of the timeline; also to a bot
	CommandTyping   CommandType = "typing"   // also to a bot; not stored
	CommandTransfer CommandType = "transfer" // ring another person (Transferrer)
	CommandInvite   CommandType = "invite"   // ask a colleague to join (Inviter)
	CommandLeave    CommandType = "leave"    // one person left (Inviter)
	CommandEnd      CommandType = "end"      // over for the customer, or withdrawn from the queue
	CommandComplete CommandType = "complete" // after-call work done (Completer)
	// CommandTakeBack: the chat began at the desk and goes on without its people (Reclaimer).
	CommandTakeBack CommandType = "take_back"
)

// CommandNotify tells a bot what happened to its conversation; Notice says what.
const CommandNotify CommandType = "notify"

// CommandUnreadable stands on the undelivered list for a command that another version of this program has written.
const CommandUnreadable CommandType = "unreadable"

// Class says how long and in what order a command is tried.
type Class string

// The four classes; [Class.Delays] has their schedules.
const (
	ClassTransient Class = "transient" // typing, position: no retries; dropped when older than five seconds
	ClassLive      Class = "live"      // words, strictly in order
	ClassSeeking   Class = "seeking"   // open, transfer: the conversation waits for the result
	ClassLifecycle Class = "lifecycle" // ends and notices: tried for long, then on the undelivered list
)

// Command is an intention for one party, written with the transition that caused it and before the call.
type Command struct {
	ID           CommandID      `cbor:"1,keyasint"` // also the idempotency key at the receiver
	Type         CommandType    `cbor:"2,keyasint"`
	Class        Class          `cbor:"3,keyasint"`
	Conversation ConversationID `cbor:"4,keyasint"`
	To           Party          `cbor:"5,keyasint"`
	Sequence     uint64         `cbor:"6,keyasint"` // of the timeline entry that it tells
	Epoch        uint64         `cbor:"7,keyasint"`
	Handoff      int            `cbor:"8,keyasint,omitzero"`
	At           Moment         `cbor:"9,keyasint"`            // when it was decided
	Event        EventID        `cbor:"10,keyasint,omitempty"` // of the entry that it tells

	// What the bot called the conversation, and what it wants back with every callback.
	External     string `cbor:"11,keyasint,omitempty"`
	ReplyContext []byte `cbor:"12,keyasint,omitempty"`

	Author   Actor    `cbor:"20,keyasint,omitzero"` // send, typing
	Message  *Message `cbor:"21,keyasint,omitempty"`
	Typing   bool     `cbor:"22,keyasint,omitzero"`
	From     uint64   `cbor:"23,keyasint,omitzero"` // flush: first and last sequence
	Until    uint64   `cbor:"24,keyasint,omitzero"`
	Waiting  *Waiting `cbor:"25,keyasint,omitempty"` // open
	Agent    *Agent   `cbor:"26,keyasint,omitempty"` // accept, transfer, invite, leave: who
	Guest    bool     `cbor:"27,keyasint,omitzero"`  // accept: joined by invitation
	Reason   string   `cbor:"28,keyasint,omitzero"`
	Note     string   `cbor:"29,keyasint,omitzero"`
	Notice   *Notice  `cbor:"30,keyasint,omitempty"` // notify: a copy of its entry's
	Customer Customer `cbor:"31,keyasint,omitzero"`  // open
	// KeepSeat: end leaves the person's seat taken, because after-call work follows.
	KeepSeat bool `cbor:"32,keyasint,omitzero"`
	// ByEntry: a bot knows what it is told by the id of its entry. A command of the version before does not say so, and keeps the
	// id that it may have been told under already.
	ByEntry bool `cbor:"33,keyasint,omitzero"`
	// History is what was said before, for people at a desk; open. It is read when the command is carried out, and not stored.
	History *History `cbor:"-"`

	// How it went so far; the dispatcher's.
	Attempt int    `cbor:"40,keyasint,omitzero"` // calls made
	First   Moment `cbor:"41,keyasint,omitzero"` // when it first failed, later by what it has waited for slots since
	Late    bool   `cbor:"42,keyasint,omitzero"` // stepped aside; newer commands were no longer held
	Unsure  bool   `cbor:"43,keyasint,omitzero"` // an earlier call may have arrived: the receiver may see the same id twice
	Failure string `cbor:"44,keyasint,omitzero"` // the last failure in plain words, without secrets
	// NotBefore is when the next attempt is due.
	NotBefore Moment `cbor:"45,keyasint,omitzero"`

	// Confirm: the conversation is told when it has arrived.
	Confirm bool `cbor:"46,keyasint,omitzero"`

	// Trace is the mark of the span that wrote it; empty unless that is written down.
	Trace string `cbor:"50,keyasint,omitzero"`
}

// Version is the version of the conversation whose decision wrote the command, as its id tells; false for a command that was
// not written with a decision.
func (id CommandID) Version() (uint64, bool) {
	parts := strings.Split(string(id), ".")
	if len(parts) < 3 {
		return 0, false
	}
	version, err := strconv.ParseUint(parts[len(parts)-2], 10, 64)
	return version, err == nil
}

// Party is a connector's handle for a conversation. Ref is opaque to everybody but that connector.
type Party struct {
	Connector ConnectorName `cbor:"1,keyasint"`
	Bot       bool          `cbor:"2,keyasint,omitzero"` // a bot, else a desk
	Ref       string        `cbor:"3,keyasint,omitzero"`
}

// Lane names the list in which the commands for one party of a conversation lie in order. A desk and a bot of the same
// name have different lanes; what stepped aside has a lane of its own.
type Lane string

// Lane is where commands for this party lie.
func (p Party) Lane(late bool) Lane {
	lane := "d:" + string(p.Connector)
	if p.Bot {
		lane = "b:" + string(p.Connector)
	}
	if late {
		lane += "~"
	}
	return Lane(lane)
}

// Waiting is how a conversation stands in a queue: what a desk needs to choose its place and its person.
type Waiting struct {
	Queue    QueueName `cbor:"1,keyasint"`
	Priority int       `cbor:"2,keyasint"` // 0 (last) to 9 (first)
	Since    Moment    `cbor:"3,keyasint"` // first wait of this handoff: the place among equals
	Front    bool      `cbor:"4,keyasint,omitzero"`
	Skills   []string  `cbor:"5,keyasint,omitempty"`
	Prefer   AgentID   `cbor:"6,keyasint,omitzero"`  // ring this person first, if ready
	Only     AgentID   `cbor:"7,keyasint,omitzero"`  // ring nobody else
	Exclude  []AgentID `cbor:"8,keyasint,omitempty"` // asked only when nothing else waits for them, and after AskAgain
	// AskAgain is from when on each of Exclude may be asked again. Where it is shorter, the rest may be at any time.
	AskAgain []Moment `cbor:"9,keyasint,omitempty"`
}

// Excluded reports whether a person is not asked next, and from when on they may be asked again.
func (w *Waiting) Excluded(id AgentID) (again Moment, excluded bool) {
	at := slices.Index(w.Exclude, id)
	if at >= 0 && at < len(w.AskAgain) {
		again = w.AskAgain[at]
	}
	return again, at >= 0
}

// Delays is the schedule of a class: how long to wait before each further attempt. After the last one the command is
// given up for good.
func (c Class) Delays() []time.Duration {
	switch c {
	case ClassLive:
		return []time.Duration{time.Second, 3 * time.Second, 10 * time.Second, 30 * time.Second}
	case ClassSeeking:
		return []time.Duration{time.Second, 5 * time.Second, 15 * time.Second}
	case ClassLifecycle:
		return lifecycleDelays
	case ClassTransient:
		return nil
	}
	return nil
}

// lifecycleDelays: 5 s, 30 s, 2 min, 10 min, then hourly to 24 hours.
var lifecycleDelays = func() []time.Duration {
	d := []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute}
	for range 24 {
		d = append(d, time.Hour)
	}
	return d
}()

// webhookDelays is the schedule of Standard Webhooks 1.0.0 for notices to a bot: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h,
// 20 h, 24 h.
var webhookDelays = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour,
	20 * time.Hour, 24 * time.Hour,
}

// Delays is the schedule of this command: that of its class, or of Standard Webhooks for a notice to a bot.
func (c *Command) Delays() []time.Duration {
	if c.Type == CommandNotify && c.Class == ClassLifecycle {
		return webhookDelays
	}
	return c.Class.Delays()
}

// tellsOfStart reports whether the command tells a bot that a conversation has begun where it does not see that by itself.
func (c *Command) tellsOfStart() bool {
	return c.Type == CommandNotify && c.Notice != nil && c.Notice.Type == NoticeStarted
}

// DropAfter is how old a transient command may become before it is not worth a call.
const DropAfter = 5 * time.Second

// AsideAfter is how long a failing command holds the newer ones of its lane.
const AsideAfter = 60 * time.Second
