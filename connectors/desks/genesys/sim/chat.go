package sim

import (
	"fmt"
	"slices"
	"strings"

	"handoff/connectors/simkit"
)

// States of a leg.
const (
	stateInvited    = "Invited"
	stateChatting   = "Chatting"
	stateLeft       = "LeftChat"
	stateCompleted  = "Completed"
	stateRevoked    = "Revoked"
	stateJoinFailed = "JoinFailed"
)

// chat is one session of the chat server with its legs: one for each agent who has to do with it.
type chat struct {
	id       string
	queue    string
	customer simkit.Customer
	parties  []*party
	log      []entry
	legs     map[string]*leg // by user
	order    []string        // users with a leg, in order
	data     map[string]string
	byUs     bool // requested through GMS
	gone     bool // the customer is
	rings    bool // offers are not withdrawn when the customer leaves
	ended    bool
	parted   int // participants so far, for their numbers

	gmsUser, key string
	alias, told  int    // the node, and the one that was told last
	silence      func() // stops the timer of flex-disconnect-timeout
}

// party is somebody in the chat.
type party struct {
	number   int
	kind     string // Customer, Agent or External
	nickname string
	user     *user
}

// leg is a chat as it stands for one agent.
type leg struct {
	state   string
	invited bool // asked into a conference
}

// entry is one line of the transcript.
type entry struct {
	index      int
	kind, text string
	from       *party
	visibility string
	at         int64 // milliseconds
}

// Visibilities. What only supervisors see leaves a hole in what agents see.
const (
	forAll        = "All"
	forAgents     = "Agents"
	forSupervisor = "Supervisor"
)

// newChat begins a session of the chat server. The lock is held.
func (s *Simulator) newChat(c simkit.Customer, queue string) *chat {
	id := strings.ToUpper(s.mint("chat"))[:10]
	made := &chat{
		id: "0000W" + id + "0", queue: queue, customer: c, legs: map[string]*leg{}, data: map[string]string{
			"FirstName": c.Name, "EmailAddress": c.Email, "IdentifyCreateContact": "3", "RVQID": "", "Subject": "",
		},
	}
	made.join(s, &party{kind: "Customer", nickname: c.Name})
	s.chats = append(s.chats, made)
	return made
}

func (c *chat) join(s *Simulator, p *party) {
	c.parted++
	p.number = c.parted
	c.parties = append(c.parties, p)
	c.write(s, entry{kind: "ParticipantJoined", from: p})
}

// write adds an entry to the transcript and tells it to the agents who are in the chat.
func (c *chat) write(s *Simulator, e entry) {
	if e.visibility == "" {
		e.visibility = forAll
	}
	e.index, e.at = len(c.log)+1, s.now().UnixMilli()
	c.log = append(c.log, e)
	for _, u := range c.in() {
		if e.visibility != forSupervisor {
			s.tellLog(u, c, e)
		}
	}
	if e.kind == "Text" && s.options.Gaps {
		c.log = append(c.log, entry{index: len(c.log) + 1, kind: "Notice", from: e.from, visibility: forSupervisor, at: e.at})
	}
}

// in are the users who are in the chat, in the order of joining.
func (c *chat) in() []*user {
	var users []*user
	for _, p := range c.parties {
		if p.user != nil {
			users = append(users, p.user)
		}
	}
	return users
}

func (c *chat) partyOf(u *user) *party {
	for _, p := range c.parties {
		if p.user == u {
			return p
		}
	}
	return nil
}

// client is the customer's part, nil when they have left.
func (c *chat) client() *party {
	for _, p := range c.parties {
		if p.kind == "Customer" {
			return p
		}
	}
	return nil
}

// strategy is the part of the routing strategy, which greets.
func (c *chat) strategy() *party { return &party{kind: "External", nickname: "PoD service"} }

// out takes somebody out of the chat and tells the others.
func (c *chat) out(s *Simulator, p *party) {
	if p == nil {
		return
	}
	c.parties = slices.DeleteFunc(c.parties, func(q *party) bool { return q == p })
	c.write(s, entry{kind: "ParticipantLeft", from: p})
	for _, u := range c.in() {
		s.tellState(u, c, "ParticipantsUpdated", 0)
	}
}

// stand puts an agent's leg into a state and tells that agent.
func (c *chat) stand(s *Simulator, u *user, state string, reference int) {
	if c.legs[u.id] == nil {
		c.legs[u.id] = &leg{}
		c.order = append(c.order, u.id)
	}
	c.legs[u.id].state = state
	s.tellState(u, c, "StatusChange", reference)
	if state == stateCompleted || state == stateRevoked {
		delete(c.legs, u.id)
		c.order = slices.DeleteFunc(c.order, func(id string) bool { return id == u.id })
	}
}

// route gives a chat to whom its queue serves: the bot, if it is its turn, else the people take it by hand.
func (s *Simulator) route(c *chat, fresh bool) {
	bot := s.users[UserID(s.options.Bot)]
	if c.gone || c.ended || !bot.ready || !fresh && c.queue != BotQueue || c.byUs {
		return
	}
	s.invite(c, bot, false)
}

func (s *Simulator) invite(c *chat, u *user, conference bool) {
	c.stand(s, u, stateInvited, 0)
	c.legs[u.id].invited = conference
}

// accept lets an agent into a chat.
func (s *Simulator) accept(c *chat, u *user, nickname string, reference int) {
	if c.gone || c.ended {
		c.stand(s, u, stateJoinFailed, reference)
		return
	}
	c.stand(s, u, stateChatting, reference)
	if nickname == "" {
		nickname = u.name
	}
	others := c.in()
	c.join(s, &party{kind: "Agent", nickname: nickname, user: u})
	for _, other := range others {
		s.tellState(other, c, "ParticipantsUpdated", 0)
	}
	s.tellState(u, c, "ParticipantsUpdated", 0)
	s.tellLog(u, c, c.log...)
}

// finish ends the session for the customer; agents who are in it have after-call work.
func (s *Simulator) finish(c *chat, by *user, reference int) {
	c.ended = true
	for _, u := range c.in() {
		p := c.partyOf(u)
		c.parties = slices.DeleteFunc(c.parties, func(q *party) bool { return q == p })
		c.log = append(c.log, entry{index: len(c.log) + 1, kind: "ParticipantLeft", from: p, visibility: forAll, at: s.now().UnixMilli()})
		if u == by {
			c.stand(s, u, stateLeft, reference)
		} else {
			c.stand(s, u, stateLeft, 0)
		}
	}
	for _, id := range slices.Clone(c.order) {
		if c.legs[id].state == stateInvited {
			c.stand(s, s.users[id], stateRevoked, 0)
		}
	}
}

// leave takes an agent out: in a conference the chat goes on for the others.
func (s *Simulator) leave(c *chat, u *user, reference int) {
	if len(c.in()) == 1 {
		s.finish(c, u, reference)
		return
	}
	c.out(s, c.partyOf(u))
	c.stand(s, u, stateCompleted, reference)
}

// complete ends the work of an agent on a chat, and the chat if it goes on.
func (s *Simulator) complete(c *chat, u *user, reference int) {
	if c.legs[u.id].state == stateChatting {
		s.leave(c, u, 0)
	}
	if c.legs[u.id] != nil {
		c.stand(s, u, stateCompleted, reference)
	}
}

// transfer sends a chat on: the mover is out of it at once.
func (s *Simulator) transfer(c *chat, u *user, to *user, queue string, reference int) {
	c.out(s, c.partyOf(u))
	c.stand(s, u, stateCompleted, reference)
	switch {
	case c.gone:
		c.ended = true
	case to != nil:
		s.invite(c, to, false)
	default:
		c.queue = queue
		s.route(c, false)
	}
}

// customerLeaves takes the customer out; agents stay in the chat until they leave it.
func (s *Simulator) customerLeaves(c *chat) {
	if c.gone {
		return
	}
	c.gone = true
	c.out(s, c.client())
	if c.silence != nil {
		c.silence()
	}
	if len(c.in()) > 0 {
		return
	}
	c.ended = true
	for _, id := range slices.Clone(c.order) {
		if c.legs[id].state == stateInvited && !c.rings {
			c.stand(s, s.users[id], stateRevoked, 0)
		}
	}
}

func (s *Simulator) find(id string) *chat {
	for _, c := range s.chats {
		if c.id == id {
			return c
		}
	}
	return nil
}

// cannot is why something cannot be played now.
func cannot(format string, args ...any) error { return fmt.Errorf(format, args...) }
