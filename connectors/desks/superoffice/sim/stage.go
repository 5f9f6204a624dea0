package sim

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"handoff/connectors/internal/plaintext"
	"handoff/connectors/simkit"
)

func itoa(n int) string { return strconv.Itoa(n) }

// People are the users who answer, by login.
func (v *Vendor) People() []string { return v.options.People }

// Queues are the ids of the chat topics.
func (v *Vendor) Queues() []string {
	names := make([]string, 0, len(v.options.Topics))
	for _, id := range v.options.Topics {
		names = append(names, itoa(id))
	}
	return names
}

// Chats lists every session, oldest first.
func (v *Vendor) Chats() []simkit.Chat {
	v.mu.Lock()
	defer v.mu.Unlock()
	chats := make([]simkit.Chat, 0, len(v.sessions))
	for _, id := range v.ids() {
		chats = append(chats, v.seen(v.sessions[id]))
	}
	return chats
}

// seen is a session as the people see it.
func (v *Vendor) seen(s *chatSession) simkit.Chat {
	c := simkit.Chat{
		ID: itoa(s.id), Queue: itoa(s.topic), Customer: simkit.Customer{Name: s.name, Email: s.email}, ByUs: s.byAPI,
		Vendor: map[string]any{"Status": statusNames[s.status], "ChatbotIsActive": s.bot},
	}
	switch {
	case !s.status.live():
		c.State = simkit.ChatEnded
	case s.user != nil:
		c.State = simkit.ChatServed
	case s.bot:
		c.State = simkit.ChatWithBot
	default:
		c.State = simkit.ChatWaiting
	}
	if s.user != nil {
		c.Agents = []string{s.user.login}
	}
	if s.transferTo != nil {
		c.Ringing = []string{s.transferTo.login}
	}
	for _, m := range s.messages {
		text := plaintext.FromHTML(m.Message)
		switch {
		case m.Type == special && m.Special != specialWelcome:
			c.Words = append(c.Words, simkit.Word{Role: "system", Text: extraNames[m.Special]})
		case m.Type == toUser && m.Author == v.options.BotName:
			c.Context = append(c.Context, text)
		case m.Type == toUser:
			c.Words = append(c.Words, simkit.Word{Role: "customer", Name: m.Author, Text: text})
		case m.Special == specialBotMessage:
			c.Words = append(c.Words, simkit.Word{Role: "bot", Name: m.Author, Text: text})
		default:
			c.Words = append(c.Words, simkit.Word{Role: "agent", Name: m.Author, Text: text})
		}
	}
	return c
}

// Begin lets a customer open the widget on a topic.
func (v *Vendor) Begin(c simkit.Customer, queue string) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	id, _ := strconv.Atoi(queue)
	t := v.topics[id]
	if t == nil {
		return "", fmt.Errorf("there is no topic %q", queue)
	}
	if c.Name == "" {
		c.Name = "Customer"
	}
	v.newest++ // the session is whole before it is told of
	s := &chatSession{
		id: v.newest, topic: id, requested: v.now(), idle: v.now(), fetched: v.now(), key: "session-key-of-" + itoa(v.newest),
		queuePos: v.queued(id) + 1, alias: c.Name, name: c.Name, email: c.Email, host: "203.0.113.7", consented: true, bot: t.bot,
	}
	s.status = v.firstStatus(t, t.bot)
	v.sessions[s.id] = s
	v.fire("chatsession.created", s)
	return itoa(s.id), nil
}

// FillForm lets the customer finish the form.
func (v *Vendor) FillForm(chat string) error {
	return v.act(chat, func(s *chatSession) error {
		if s.status != preChatForm && s.status != faq {
			return errors.New("there is no form")
		}
		v.move(s, inQueue)
		return nil
	})
}

// ResetByHand puts a session back into the line, as somebody who administers chats may do.
func (v *Vendor) ResetByHand(chat string) error {
	return v.act(chat, func(s *chatSession) error {
		v.reset(s)
		return nil
	})
}

// act does something with a session.
func (v *Vendor) act(chat string, do func(s *chatSession) error) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	s, err := v.find(chat)
	if err != nil {
		return err
	}
	return do(s)
}

func (v *Vendor) find(chat string) (*chatSession, error) {
	id, _ := strconv.Atoi(chat)
	s := v.sessions[id]
	if s == nil {
		return nil, fmt.Errorf("%w: %q", simkit.ErrUnknownChat, chat)
	}
	return s, nil
}

// by does something as a person.
func (v *Vendor) by(chat, agent string, do func(s *chatSession, u *user) error) error {
	return v.act(chat, func(s *chatSession) error {
		u := v.user(agent)
		if u == nil || !slices.Contains(v.options.People, agent) {
			return fmt.Errorf("there is no user %q", agent)
		}
		return do(s, u)
	})
}

// mine does something as the person who serves a session.
func (v *Vendor) mine(chat, agent string, do func(s *chatSession, u *user) error) error {
	return v.by(chat, agent, func(s *chatSession, u *user) error {
		if s.user != u || !s.status.live() {
			return fmt.Errorf("%s does not serve session %s", agent, chat)
		}
		return do(s, u)
	})
}

// CustomerSays lets the customer write, also into a session that is finished.
func (v *Vendor) CustomerSays(chat, text string) error {
	return v.act(chat, func(s *chatSession) error {
		if !s.status.live() && s.status != finished {
			return fmt.Errorf("session %s is over", chat)
		}
		s.fetched = v.now()
		v.say(s, message{Type: toUser, Message: plaintext.Escape(text), Author: s.alias})
		return nil
	})
}

// CustomerTypes cannot be played: nothing of the interface shows it.
func (v *Vendor) CustomerTypes(string, bool) error { return simkit.ErrNoSuchThing }

// CustomerLeaves ends the session by the customer.
func (v *Vendor) CustomerLeaves(chat string) error {
	return v.act(chat, func(s *chatSession) error {
		if !s.status.live() {
			return fmt.Errorf("session %s is over", chat)
		}
		if s.status == inQueue && s.user == nil && !s.bot {
			v.move(s, closedFromQueue)
			return nil
		}
		v.end(s, closedByCustomer, finished)
		return nil
	})
}

// SetPresence makes a user present or away.
func (v *Vendor) SetPresence(agent string, ready bool) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	u := v.user(agent)
	if u == nil {
		return fmt.Errorf("there is no user %q", agent)
	}
	u.present = ready
	return nil
}

// Accept picks a session up, or takes one that is being transferred to the person.
func (v *Vendor) Accept(chat, agent string) error {
	return v.by(chat, agent, func(s *chatSession, u *user) error {
		if s.transferTo == u {
			v.acceptTransfer(s, u)
			return nil
		}
		if v.pickup(s, u) == nil {
			return fmt.Errorf("session %s is not in the queue: %s", chat, statusNames[s.status])
		}
		return nil
	})
}

// Decline turns a transfer down.
func (v *Vendor) Decline(chat, agent string) error {
	return v.by(chat, agent, func(s *chatSession, u *user) error {
		if s.transferTo != u {
			return fmt.Errorf("session %s does not ring at %s", chat, agent)
		}
		v.rejectTransfer(s)
		return nil
	})
}

// Says lets the person who serves a session write.
func (v *Vendor) Says(chat, agent, text string) error {
	return v.mine(chat, agent, func(s *chatSession, u *user) error {
		v.say(s, message{Type: toCustomer, Message: plaintext.Escape(text), Author: u.name})
		return nil
	})
}

// Types cannot be played: nothing of the interface shows it.
func (v *Vendor) Types(string, string, bool) error { return simkit.ErrNoSuchThing }

// Transfer offers a session to a colleague, or puts it into the line of a topic.
func (v *Vendor) Transfer(chat, agent string, to simkit.Destination) error {
	return v.mine(chat, agent, func(s *chatSession, u *user) error {
		if to.Agent != "" {
			target := v.user(to.Agent)
			if target == nil || target == u {
				return fmt.Errorf("a session is not transferred to %q", to.Agent)
			}
			v.transfer(s, u, target)
			return nil
		}
		id, _ := strconv.Atoi(to.Queue)
		if v.topics[id] == nil {
			return fmt.Errorf("there is no topic %q", to.Queue)
		}
		s.topic = id
		v.reset(s)
		return nil
	})
}

// Invite cannot be played: a session has one user.
func (v *Vendor) Invite(string, string, string) error { return simkit.ErrNoSuchThing }

// Leave cannot be played: a session has one user.
func (v *Vendor) Leave(string, string) error { return simkit.ErrNoSuchThing }

// End ends a session.
func (v *Vendor) End(chat, agent string) error {
	return v.mine(chat, agent, func(s *chatSession, _ *user) error {
		v.end(s, closedByUser, finished)
		return nil
	})
}

// Complete cannot be played: there is no after-call work.
func (v *Vendor) Complete(string, string) error { return simkit.ErrNoSuchThing }
