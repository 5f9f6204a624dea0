package sim

import (
	"maps"
	"slices"
	"strings"

	"handoff/connectors/simkit"
)

// Chats lists every chat, oldest first.
func (s *Simulator) Chats() []simkit.Chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	chats := make([]simkit.Chat, 0, len(s.chats))
	for _, c := range s.chats {
		chats = append(chats, s.shown(c))
	}
	return chats
}

func (s *Simulator) shown(c *chat) simkit.Chat {
	shown := simkit.Chat{ID: c.id, State: simkit.ChatWaiting, Queue: c.queue, Customer: c.customer, ByUs: c.byUs, Vendor: maps.Clone(c.data)}
	wrapUp, withBot := false, false
	for _, id := range c.order {
		u, leg := s.users[id], c.legs[id]
		switch {
		case u.bot:
			withBot = withBot || leg.state == stateChatting || leg.state == stateInvited
		case leg.state == stateInvited:
			shown.Ringing = append(shown.Ringing, u.name)
		case leg.state == stateLeft:
			wrapUp = true
		}
	}
	for _, u := range c.in() {
		if !u.bot {
			shown.Agents = append(shown.Agents, u.name)
		}
	}
	switch {
	case c.ended && wrapUp, c.gone && len(shown.Agents) > 0: // who stays behind has work left
		shown.State = simkit.ChatWrapUp
	case c.ended:
		shown.State = simkit.ChatEnded
	case len(shown.Agents) > 0:
		shown.State = simkit.ChatServed
	case withBot:
		shown.State = simkit.ChatWithBot
	case len(shown.Ringing) > 0:
		shown.State = simkit.ChatRinging
	}
	for _, key := range slices.Sorted(maps.Keys(c.data)) {
		if strings.HasPrefix(key, "Handoff") {
			shown.Context = append(shown.Context, key+": "+c.data[key])
		}
	}
	for i := range c.log {
		s.showEntry(&shown, c, &c.log[i])
	}
	return shown
}

func (s *Simulator) showEntry(shown *simkit.Chat, c *chat, e *entry) {
	role := "agent"
	switch {
	case e.from.kind == "Customer":
		role = "customer"
	case e.from.kind == "External":
		role = "system"
	case e.from.user.bot:
		role = "bot"
	}
	switch e.kind {
	case "Text":
		shown.Words = append(shown.Words, simkit.Word{Role: role, Name: e.from.nickname, Text: e.text, Hidden: e.visibility != forAll})
	case "TypingStarted":
		if role == "bot" || role == "customer" && c.byUs {
			shown.Typing++
		}
	}
}

// Begin lets a customer begin a chat. The bot has it first, if it is there.
func (s *Simulator) Begin(customer simkit.Customer, queue string) (id string, err error) {
	err = s.do(func() error {
		if !slices.Contains(s.options.Queues, queue) && queue != BotQueue {
			return cannot("there is no queue %q", queue)
		}
		c := s.newChat(customer, queue)
		id = c.id
		s.route(c, true)
		return nil
	})
	return id, err
}

// CustomerSays is a word of the customer.
func (s *Simulator) CustomerSays(id, text string) error {
	return s.byCustomer(id, func(c *chat) { c.write(s, entry{kind: "Text", text: text, from: c.client()}) })
}

// CustomerTypes shows that the customer types.
func (s *Simulator) CustomerTypes(id string, on bool) error {
	return s.byCustomer(id, func(c *chat) { c.write(s, entry{kind: typingKind(on), from: c.client()}) })
}

// RenameCustomer gives the customer another nickname.
func (s *Simulator) RenameCustomer(id, name string) error {
	return s.byCustomer(id, func(c *chat) {
		c.client().nickname = name
		c.write(s, entry{kind: "NicknameUpdated", text: name, from: c.client()})
		for _, u := range c.in() {
			s.tellState(u, c, "ParticipantsUpdated", 0)
		}
	})
}

// MoveChat moves a chat to another node of the chat server: for customers its alias changes with the next answer.
func (s *Simulator) MoveChat(id string) error {
	return s.byCustomer(id, func(c *chat) { c.alias++ })
}

// CustomerLeaves takes the customer out of the chat.
func (s *Simulator) CustomerLeaves(id string) error {
	return s.byCustomer(id, func(c *chat) { s.customerLeaves(c) })
}

func (s *Simulator) byCustomer(id string, act func(*chat)) error {
	return s.do(func() error {
		c := s.find(id)
		switch {
		case c == nil:
			return simkit.ErrUnknownChat
		case c.gone || c.ended:
			return cannot("the customer is not in the chat any more")
		}
		act(c)
		return nil
	})
}

// SetPresence makes a person ready, or the bot's agent.
func (s *Simulator) SetPresence(agent string, ready bool) error {
	return s.do(func() error {
		u := s.users[UserID(agent)]
		if u == nil {
			return cannot("there is no user %q", agent)
		}
		u.ready = ready
		return nil
	})
}

// Accept lets a person take a chat that waits in a queue, or rings at them.
func (s *Simulator) Accept(id, agent string) error {
	return s.byPerson(id, agent, "", func(c *chat, u *user) error {
		leg := c.legs[u.id]
		waits := !c.ended && len(c.in()) == 0 && len(c.order) == 0 && u.ready
		if !waits && (leg == nil || leg.state != stateInvited) {
			return cannot("the chat does not ring at %s and does not wait", agent)
		}
		s.accept(c, u, "", 0)
		return nil
	})
}

// Decline turns down what rings: it waits in its queue then, unless it was an invitation.
func (s *Simulator) Decline(id, agent string) error {
	return s.byPerson(id, agent, stateInvited, func(c *chat, u *user) error {
		conference := c.legs[u.id].invited
		c.stand(s, u, stateCompleted, 0)
		if !conference {
			s.route(c, false)
		}
		return nil
	})
}

// Says is a word of a person in the chat.
func (s *Simulator) Says(id, agent, text string) error {
	return s.byPerson(id, agent, stateChatting, func(c *chat, u *user) error {
		c.write(s, entry{kind: "Text", text: text, from: c.partyOf(u)})
		return nil
	})
}

// Types shows that a person types.
func (s *Simulator) Types(id, agent string, on bool) error {
	return s.byPerson(id, agent, stateChatting, func(c *chat, u *user) error {
		c.write(s, entry{kind: typingKind(on), from: c.partyOf(u)})
		return nil
	})
}

// Transfer sends the chat on.
func (s *Simulator) Transfer(id, agent string, to simkit.Destination) error {
	return s.byPerson(id, agent, stateChatting, func(c *chat, u *user) error {
		if to.Agent == "" {
			s.transfer(c, u, nil, to.Queue, 0)
			return nil
		}
		target := s.users[UserID(to.Agent)]
		if target == nil || target == u {
			return cannot("there is no other user %q", to.Agent)
		}
		s.transfer(c, u, target, "", 0)
		return nil
	})
}

// Invite asks a colleague into the chat.
func (s *Simulator) Invite(id, agent, colleague string) error {
	return s.byPerson(id, agent, stateChatting, func(c *chat, _ *user) error {
		target := s.users[UserID(colleague)]
		if target == nil || c.legs[target.id] != nil {
			return cannot("%q cannot be asked in", colleague)
		}
		s.invite(c, target, true)
		return nil
	})
}

// Leave takes one of several people out of the chat.
func (s *Simulator) Leave(id, agent string) error {
	return s.byPerson(id, agent, stateChatting, func(c *chat, u *user) error {
		if len(c.in()) < 2 {
			return cannot("%s is alone in the chat: leaving would end it", agent)
		}
		s.leave(c, u, 0)
		return nil
	})
}

// End ends the chat for the customer.
func (s *Simulator) End(id, agent string) error {
	return s.byPerson(id, agent, stateChatting, func(c *chat, u *user) error {
		s.finish(c, u, 0)
		return nil
	})
}

// Complete ends the after-call work.
func (s *Simulator) Complete(id, agent string) error {
	return s.byPerson(id, agent, "", func(c *chat, u *user) error {
		if leg := c.legs[u.id]; leg == nil || leg.state == stateInvited {
			return cannot("%s does not have the chat", agent)
		}
		s.complete(c, u, 0)
		return nil
	})
}

func (s *Simulator) byPerson(id, agent, state string, act func(*chat, *user) error) error {
	return s.do(func() error {
		c, u := s.find(id), s.users[UserID(agent)]
		switch {
		case c == nil:
			return simkit.ErrUnknownChat
		case u == nil:
			return cannot("there is no user %q", agent)
		case state != "" && (c.legs[u.id] == nil || c.legs[u.id].state != state):
			return cannot("the chat is not in state %s at %s", state, agent)
		}
		return act(c, u)
	})
}

func typingKind(on bool) string {
	if on {
		return "TypingStarted"
	}
	return "TypingStopped"
}
