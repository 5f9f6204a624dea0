package orchestrator

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Configured is what a process has configured, by name.
type Configured struct {
	Flows  []string        `cbor:"1,keyasint,omitempty"`
	Bots   []ConnectorName `cbor:"2,keyasint,omitempty"`
	Desks  []ConnectorName `cbor:"3,keyasint,omitempty"`
	Queues []QueueName     `cbor:"4,keyasint,omitempty"`
}

// Missing names what a conversation needs and no process that lives has configured; empty fields are there.
type Missing struct {
	Flow  string        `cbor:"1,keyasint,omitzero" json:"flow,omitempty"`
	Bot   ConnectorName `cbor:"2,keyasint,omitzero" json:"bot,omitempty"`
	Desk  ConnectorName `cbor:"3,keyasint,omitzero" json:"desk,omitempty"`
	Queue QueueName     `cbor:"4,keyasint,omitzero" json:"queue,omitempty"`
}

// String names what is missing, in words.
func (m Missing) String() string {
	var names []string
	for _, one := range [][2]string{{"flow", m.Flow}, {"bot", string(m.Bot)}, {"desk", string(m.Desk)}, {"queue", string(m.Queue)}} {
		if one[1] != "" {
			names = append(names, one[0]+" "+one[1])
		}
	}
	return strings.Join(names, ", ") + " not configured"
}

// Unconfigured is a live conversation that needs what is configured nowhere, and for which nothing can be done.
type Unconfigured struct {
	ID      ConversationID
	State   State
	Missing Missing
}

// How long something must have been configured nowhere before a conversation is taken out of it.
const (
	// waitingGrace is for whoever only waits: nobody can come there, so there is nothing to lose. It is longer than AliveFor, so
	// that a process that was a little late with its heartbeat has been heard again.
	waitingGrace = AliveFor + time.Second
	// servedGrace is for the chats of a bot or of people at a vendor's desk: the only process that has it may just be restarting,
	// and they are better off with those whom they talk to.
	servedGrace = time.Minute
)

// needs is what a conversation cannot do without as it stands. While somebody serves, the queue does not matter: the person
// goes on. While people have a chat of the web channel, the bot does not either.
func (c *Conversation) needs() Missing {
	need := Missing{Flow: c.Flow}
	if c.State == StateBot || c.Channel == ChannelBot {
		need.Bot = c.Bot
	}
	if c.State.Waiting() {
		need.Queue = c.Queue
	}
	if c.State.Waiting() || c.State.Served() {
		need.Desk = c.Desk
	}
	return need
}

// lastHad remembers when each thing was configured by some process that lived.
type lastHad struct {
	since  Moment // when looking began
	looked Moment // when it was looked at last
	flows  map[string]Moment
	bots   map[ConnectorName]Moment
	desks  map[ConnectorName]Moment
	queues map[QueueName]Moment
}

// had takes in what the processes have now; false where one of them does not tell: then nothing follows. changed
// tells that this is the first look, or that something which was configured at the last one is not any more.
func (l *lastHad) had(told map[NodeID]*Configured, now Moment) (known, changed bool) {
	for _, has := range told {
		if has == nil {
			*l = lastHad{}
			return false, false
		}
	}
	if l.since == 0 {
		*l = lastHad{since: now, flows: map[string]Moment{}, bots: map[ConnectorName]Moment{},
			desks: map[ConnectorName]Moment{}, queues: map[QueueName]Moment{}}
	}
	before := l.looked
	l.looked = now
	for _, has := range told {
		note(l.flows, has.Flows, now)
		note(l.bots, has.Bots, now)
		note(l.desks, has.Desks, now)
		note(l.queues, has.Queues, now)
	}
	return true, before == 0 || before != now && l.stoodAt(before)
}

func note[K ~string](seen map[K]Moment, names []K, now Moment) {
	for _, name := range names {
		seen[name] = now
	}
}

// stoodAt reports whether something was configured at a look and never since.
func (l *lastHad) stoodAt(look Moment) bool {
	return has(l.flows, look) || has(l.bots, look) || has(l.desks, look) || has(l.queues, look)
}

func has[K ~string](seen map[K]Moment, at Moment) bool {
	return slices.Contains(slices.Collect(maps.Values(seen)), at)
}

// missing is what of a need has been configured nowhere for a while; empty names are never missing.
func (l *lastHad) missing(c *Conversation, now Moment) Missing {
	need := c.needs()
	atDesk := waitingGrace
	if c.State.Served() {
		atDesk = servedGrace
	}
	return Missing{
		Flow:  gone(l.since, l.flows, need.Flow, now, waitingGrace),
		Bot:   gone(l.since, l.bots, need.Bot, now, servedGrace),
		Desk:  gone(l.since, l.desks, need.Desk, now, atDesk),
		Queue: gone(l.since, l.queues, need.Queue, now, waitingGrace),
	}
}

// gone answers the name if nobody has had it for the given time.
func gone[K ~string](since Moment, seen map[K]Moment, name K, now Moment, grace time.Duration) K {
	if name == "" || now.Sub(max(since, seen[name])) < grace {
		return ""
	}
	return name
}
