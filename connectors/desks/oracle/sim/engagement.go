package sim

import (
	"maps"
	"slices"
	"strings"
	"time"

	"handoff/connectors/simkit"
)

// engagement is one chat.
type engagement struct {
	id       int64
	state    simkit.ChatState
	queue    string // in which people look for it, now or when the bot is done with it
	forBot   bool   // it waits in the bot's queue
	customer simkit.Customer
	client   int64 // the customer's
	byUs     bool  // begun through the Consumer API
	who      information
	question string
	set      map[string]string // properties set by the bot

	members []member // people, the lead first
	ringing *ring
	botHas  bool // the bot leads it
	seat    bool // it takes one of the bot's seats, until it is released
	wrapUp  string
	place   int // in the people's line, as the customer was last told

	words  []simkit.Word
	unsaid []word          // the customer's, for a bot that accepts later
	posted map[string]bool // message ids of our posts
	typing int
	active time.Time

	session string // the consumer session; empty: none, or the customer is at Oracle's own page
	inbox   *inbox
}

// member is a person in it.
type member struct {
	name   string
	client int64
}

// ring is somebody who was asked.
type ring struct {
	name   string
	guest  bool
	answer func() // stops the wait for an answer
}

// word is something that the customer said, as the bot is told.
type word struct {
	text string
	id   int64
	at   int64
}

func (e *engagement) ref() string { return text(e.id) }

func (e *engagement) over() bool { return e.state == simkit.ChatEnded || e.state == simkit.ChatWrapUp }

func (e *engagement) member(name string) (member, bool) {
	for _, m := range e.members {
		if m.name == name {
			return m, true
		}
	}
	return member{}, false
}

// add begins an engagement.
func (s *Sim) add(e *engagement) *engagement {
	e.id, e.client = s.next(), s.next()
	e.state, e.active = simkit.ChatWaiting, s.clock.Now()
	e.set, e.posted, e.inbox = map[string]string{}, map[string]bool{}, newInbox()
	s.chats = append(s.chats, e)
	s.watchIdle(e)
	return e
}

// watchIdle ends an engagement in which nobody does anything.
func (s *Sim) watchIdle(e *engagement) {
	s.clock.AfterFunc(idleFor, func() {
		_ = s.do(func() error {
			switch {
			case e.over():
			case s.clock.Now().Sub(e.active) < idleFor:
				s.watchIdle(e)
			default:
				s.conclude(e, "IDLE_TIMEOUT", "")
			}
			return nil
		})
	})
}

// conclude ends an engagement for the customer. Who served it has after-call work.
func (s *Sim) conclude(e *engagement, reason, role string) {
	if e.over() {
		return
	}
	body := fields{"reason": reason}
	if role != "" {
		body["role"] = role
	}
	s.tellConsumer(e, "RNEngagementConcludedMessage", body)
	if e.botHas && reason != "AGENT_CONCLUDED" {
		s.tellBot("ChatDisconnectNotification", fields{
			"engagementId": e.id, "engagementIdString": e.ref(), "clientId": e.client, "reason": reason, "createdTime": s.nowMS(),
		})
	}
	e.state = simkit.ChatEnded
	if len(e.members) > 0 {
		e.state, e.wrapUp = simkit.ChatWrapUp, e.members[0].name
	}
	e.botHas = false
	s.stopRinging(e)
	s.tellLine(e.queue)
}

func (s *Sim) stopRinging(e *engagement) {
	if e.ringing != nil && e.ringing.answer != nil {
		e.ringing.answer()
	}
	e.ringing = nil
}

// wait puts an engagement into the queue of the people. The one who had it as the lead leaves it, transferred.
func (s *Sim) wait(e *engagement, queue string, lead int64) {
	s.stopRinging(e)
	e.state, e.queue, e.forBot, e.members, e.botHas = simkit.ChatWaiting, queue, false, nil, false
	s.tellConsumer(e, "RNEngagementParticipantLeftMessage", fields{
		"clientId": lead, "role": "LEAD", "disconnectReason": "TRANSFERRED_TO_QUEUE",
	})
	s.tellPosition(e)
}

// tellLine tells those who wait in a queue whose place has changed, because somebody has left it.
func (s *Sim) tellLine(queue string) {
	for _, e := range s.chats {
		if e.state == simkit.ChatWaiting && !e.forBot && e.queue == queue && e.place != s.placeOf(e) {
			s.tellPosition(e)
		}
	}
}

// placeOf is the place of an engagement in its line, from 1.
func (s *Sim) placeOf(e *engagement) (place int) {
	for _, other := range s.chats {
		if other.state == simkit.ChatWaiting && other.queue == e.queue {
			place++
		}
		if other == e {
			break
		}
	}
	return place
}

// tellPosition tells the customer which place in line they have.
func (s *Sim) tellPosition(e *engagement) {
	position := s.placeOf(e)
	e.place = position
	s.tellConsumer(e, "RNEngagementWaitInformationChangedMessage", fields{
		"position": position, "positionString": text(int64(position)), "expectedWaitTimeSeconds": 30 * position,
		"averageWaitTimeSecondsString": "45",
	})
}

// tellConsumer tells the customer's session something. Times are ISO on this side.
func (s *Sim) tellConsumer(e *engagement, name string, body fields) {
	if !e.byUs {
		return
	}
	body["messageName"], body["createdTime"] = name, s.clock.Now().UTC().Format(time.RFC3339)
	s.out = append(s.out, e.inbox.message(name, body))
}

// tellBot tells the bot's session something.
func (s *Sim) tellBot(name string, body fields) {
	s.out = append(s.out, s.bot.inbox.message(name, body))
}

// say writes a word down.
func (e *engagement) say(w simkit.Word) { e.words = append(e.words, w) }

// chat is an engagement as everybody may see it.
func (e *engagement) chat() simkit.Chat {
	c := simkit.Chat{
		ID: e.ref(), State: e.state, Queue: e.queue, Customer: e.customer, Typing: e.typing, ByUs: e.byUs,
		Words: slices.Clone(e.words),
	}
	for _, m := range e.members {
		c.Agents = append(c.Agents, m.name)
	}
	if e.ringing != nil {
		c.Ringing = []string{e.ringing.name}
	}
	if e.question != "" {
		c.Context = append(c.Context, strings.Split(e.question, "\n")...)
	}
	for _, name := range slices.Sorted(maps.Keys(e.set)) {
		c.Context = append(c.Context, name+": "+e.set[name])
	}
	c.Vendor = map[string]any{"bots_seat": e.seat, "client": e.client}
	return c
}
