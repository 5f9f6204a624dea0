package sim

import (
	"maps"
	"slices"
	"strings"
	"time"

	"handoff/connectors/simkit"
)

// chat is one chat interaction. Its state is Eic_State's character.
type chat struct {
	id        string
	first     string // the id with which it began; the stage goes on calling it so
	customer  simkit.Customer
	workgroup string
	state     string // S, O, A, C, I, E
	user      string // who is alerted or serves
	from      string // who transferred it, while it rings at a person
	invited   string // who is asked to join
	own       map[string]string
	members   []*party
	words     []word
	web       *webChat
	byUs      bool
	notes     string
	gone      bool
	working   []string // who has after-call work with it
	typing    int
	lost      map[string]bool // users who may not see it any more
}

// party is a member of a chat: the customer, or a user.
type party struct {
	user   string // empty: the customer
	name   string
	id     string // its interaction
	key    string // its participant id in the web chat
	typing bool
}

type word struct {
	by     *party
	text   string
	at     time.Time
	system bool
}

func (c *chat) over() bool { return c.state == "I" || c.state == "E" }

func (c *chat) member(user string) *party {
	for _, p := range c.members {
		if p.user == user {
			return p
		}
	}
	return nil
}

// people are the users in it but for the bot, the one whom it is assigned to first.
func (s *Server) people(c *chat) []string {
	var list []string
	for _, p := range c.members {
		if p.user != "" && p.user != s.options.Bot.ID {
			list = append(list, p.user)
		}
	}
	slices.SortStableFunc(list, func(a, b string) int { return boolOrder(b == c.user, a == c.user) })
	return list
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// attributes are what a chat shows, by ICWS's names.
func (c *chat) attributes() map[string]string {
	all := map[string]string{
		"Eic_CallId": c.id, "Eic_State": c.state, "Eic_ObjectType": "Chat", "Eic_RemoteName": c.customer.Name, "Eic_UserName": c.user,
		"Eic_WorkgroupName": c.workgroup, "Eic_CallStateString": displayState[c.state],
	}
	maps.Copy(all, c.own)
	return all
}

// displayState is for people's eyes and can be changed by the site.
var displayState = map[string]string{
	"S": "System", "O": "ACD - Wait Agent", "A": "ACD - Alerting", "C": "Connected", "I": "Disconnected [Local Disconnect]",
	"E": "Disconnected [Remote Disconnect]",
}

// shown picks attributes by names in any case.
func (c *chat) shown(names []string) map[string]string {
	picked := map[string]string{}
	for name, value := range c.attributes() {
		if slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
			picked[name] = value
		}
	}
	return picked
}

// create makes a chat that waits in a workgroup.
func (s *Server) create(customer simkit.Customer, workgroup string) *chat {
	c := &chat{
		id: "1001" + s.number(), customer: customer, workgroup: workgroup, state: "O", own: map[string]string{}, lost: map[string]bool{},
	}
	c.first = c.id
	c.members = []*party{{name: customer.Name, id: c.id}}
	s.chats = append(s.chats, c)
	return c
}

// find answers a chat by its interaction, or as the web chat that we opened.
func (s *Server) find(id string) *chat {
	for _, c := range s.chats {
		if (c.id == id || c.first == id) && !c.gone || c.web != nil && c.web.id == id {
			return c
		}
	}
	return nil
}

// route lets chats ring at the bot that wait in a workgroup in which it is active. It must have all that ICWS asks for:
// otherwise nothing ever rings, and nobody is told why.
func (s *Server) route() {
	bot := s.users[s.options.Bot.ID]
	if !bot.station || !bot.licensed || bot.status != statusAvailable {
		return
	}
	for _, c := range s.chats {
		if c.state == "O" && bot.active[c.workgroup] && !c.gone {
			c.state, c.user = "A", bot.ID
		}
	}
}

// join makes a user a member of a chat.
func (s *Server) join(c *chat, user string) {
	if c.member(user) == nil {
		c.members = append(c.members, &party{user: user, name: s.users[user].Name, id: "1001" + s.number(), key: guid()})
	}
	if c.web != nil && user != s.options.Bot.ID {
		s.tellState(c, c.member(user), webActive)
	}
}

func (s *Server) part(c *chat, user string) {
	if p := c.member(user); p != nil {
		c.members = slices.DeleteFunc(c.members, func(have *party) bool { return have == p })
		if c.web != nil && user != s.options.Bot.ID {
			s.tellState(c, p, webDisconnected)
		}
	}
}

// connect assigns a chat to a user.
func (s *Server) connect(c *chat, user string) {
	before := c.user
	if c.state == "C" && before != user {
		s.part(c, before)
	}
	if c.from != "" {
		s.part(c, c.from)
	}
	c.state, c.user, c.from = "C", user, ""
	s.join(c, user)
}

// requeue lets a chat wait in a workgroup.
func (s *Server) requeue(c *chat, workgroup string) {
	for _, p := range slices.Clone(c.members) {
		if p.user != "" {
			s.part(c, p.user)
		}
	}
	c.state, c.user, c.workgroup, c.from, c.invited = "O", "", workgroup, "", ""
}

// finish ends a chat; the people in it have after-call work.
func (s *Server) finish(c *chat, state string) {
	if c.over() {
		return
	}
	people := s.people(c)
	if c.state != "C" {
		people = nil
	}
	c.state = state
	for _, who := range people {
		s.part(c, who)
		c.working = append(c.working, who)
		s.setStatus(s.users[who], statusFollowUp)
	}
	if c.web != nil {
		s.tellWeb(c, "chatParticipantStateChangedMessage", c.web.participant, object{
			"state": webDisconnected, "displayName": c.customer.Name, "participantType": "WebUser",
		})
	}
}

// say lets a member write.
func (s *Server) say(c *chat, by *party, text string) {
	by.typing = false
	c.words = append(c.words, word{by: by, text: text, at: s.now()})
	if c.web != nil {
		s.tellWeb(c, "chatTextMessage", s.participant(c, by), object{"contentType": "text/plain", "value": text})
	}
}

// participant is a member's id in the web chat.
func (s *Server) participant(c *chat, by *party) string {
	if by.user == "" {
		return c.web.participant
	}
	return by.key
}

func (s *Server) setStatus(u *user, status string) {
	u.status, u.statusSince = status, s.options.Clock.Now()
}
