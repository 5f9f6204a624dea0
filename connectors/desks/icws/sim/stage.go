package sim

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"handoff/connectors/simkit"
)

// People implements simkit.Simulator.
func (s *Server) People() []string {
	var ids []string
	for _, p := range s.options.People {
		ids = append(ids, p.ID)
	}
	return ids
}

// Queues implements simkit.Simulator.
func (s *Server) Queues() []string {
	return slices.Concat(s.options.Workgroups, []string{s.options.BotWorkgroup})
}

func (s *Server) knowsQueue(name string) bool { return slices.Contains(s.Queues(), name) }

// on does something in a chat and tells everybody.
func (s *Server) on(id string, do func(c *chat) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.find(id)
	if c == nil {
		return simkit.ErrUnknownChat
	}
	if err := do(c); err != nil {
		return err
	}
	s.publish()
	return nil
}

// live is on for a chat that is not over.
func (s *Server) live(id string, do func(c *chat) error) error {
	return s.on(id, func(c *chat) error {
		if c.over() {
			return errors.New("the chat is over")
		}
		return do(c)
	})
}

// by is live for a person who is in the chat.
func (s *Server) by(id, agent string, do func(c *chat, p *party) error) error {
	return s.live(id, func(c *chat) error {
		p := c.member(agent)
		if p == nil || c.state != "C" {
			return fmt.Errorf("%s is not in the chat", agent)
		}
		return do(c, p)
	})
}

// Begin implements simkit.Stage.
func (s *Server) Begin(customer simkit.Customer, queue string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.knowsQueue(queue) {
		return "", fmt.Errorf("there is no workgroup %q", queue)
	}
	c := s.create(customer, queue)
	s.publish()
	return c.id, nil
}

// CustomerSays implements simkit.Stage.
func (s *Server) CustomerSays(id, text string) error {
	return s.live(id, func(c *chat) error {
		s.say(c, c.member(""), text)
		return nil
	})
}

// CustomerTypes implements simkit.Stage.
func (s *Server) CustomerTypes(id string, on bool) error {
	return s.live(id, func(c *chat) error {
		s.types(c, c.member(""), on)
		return nil
	})
}

// CustomerLeaves implements simkit.Stage.
func (s *Server) CustomerLeaves(id string) error {
	return s.live(id, func(c *chat) error {
		s.finish(c, "E")
		return nil
	})
}

// SetPresence implements simkit.Stage.
func (s *Server) SetPresence(agent string, ready bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.users[agent]
	if u == nil {
		return fmt.Errorf("there is no user %q", agent)
	}
	u.away = !ready
	status := statusAvailable
	if u.away {
		status = statusAway
	}
	s.setStatus(u, status)
	s.publish()
	return nil
}

// Accept implements simkit.Stage. A user may also pick up what rings at another, as the right to a workgroup's queue allows.
func (s *Server) Accept(id, agent string) error {
	return s.live(id, func(c *chat) error {
		switch {
		case s.users[agent] == nil:
			return fmt.Errorf("there is no user %q", agent)
		case c.invited == agent:
			c.invited = ""
			s.join(c, agent)
		case c.state == "O", c.state == "A":
			s.connect(c, agent)
		default:
			return errors.New("the chat does not ring")
		}
		return nil
	})
}

// Decline implements simkit.Stage: an unanswered transfer goes back to its workgroup.
func (s *Server) Decline(id, agent string) error {
	return s.live(id, func(c *chat) error {
		switch {
		case c.invited == agent:
			c.invited = ""
		case c.state == "A" && c.user == agent:
			c.state, c.user = "O", ""
		default:
			return fmt.Errorf("it does not ring at %s", agent)
		}
		return nil
	})
}

// Says implements simkit.Stage.
func (s *Server) Says(id, agent, text string) error {
	return s.by(id, agent, func(c *chat, p *party) error {
		s.say(c, p, text)
		return nil
	})
}

// Types implements simkit.Stage.
func (s *Server) Types(id, agent string, on bool) error {
	return s.by(id, agent, func(c *chat, p *party) error {
		s.types(c, p, on)
		return nil
	})
}

// Transfer implements simkit.Stage: PureConnect's blind transfer. Who transfers is out at once.
func (s *Server) Transfer(id, agent string, to simkit.Destination) error {
	return s.by(id, agent, func(c *chat, _ *party) error {
		kind, name := queueWorkgroup, to.Queue
		if to.Agent != "" {
			kind, name = queueUser, to.Agent
		}
		if !s.send(c, kind, name) {
			return fmt.Errorf("there is no %q", name)
		}
		return nil
	})
}

// Invite implements simkit.Stage.
func (s *Server) Invite(id, agent, colleague string) error {
	return s.by(id, agent, func(c *chat, _ *party) error {
		if s.users[colleague] == nil || c.member(colleague) != nil {
			return fmt.Errorf("%s cannot be invited", colleague)
		}
		c.invited = colleague
		return nil
	})
}

// Leave implements simkit.Stage. The next of those who remain has the chat then.
func (s *Server) Leave(id, agent string) error {
	return s.by(id, agent, func(c *chat, _ *party) error {
		people := s.people(c)
		if len(people) < 2 {
			return errors.New("the last person can end the chat, or transfer it")
		}
		s.part(c, agent)
		if c.user == agent {
			c.user = s.people(c)[0]
		}
		return nil
	})
}

// End implements simkit.Stage.
func (s *Server) End(id, agent string) error {
	return s.by(id, agent, func(c *chat, _ *party) error {
		s.finish(c, "I")
		return nil
	})
}

// Complete implements simkit.Stage: the person leaves after-call work.
func (s *Server) Complete(id, agent string) error {
	return s.on(id, func(c *chat) error {
		if !slices.Contains(c.working, agent) {
			return fmt.Errorf("%s has no work with it", agent)
		}
		c.working = slices.DeleteFunc(c.working, func(who string) bool { return who == agent })
		s.setStatus(s.users[agent], statusAvailable)
		return nil
	})
}

// Deallocate lets a chat that is over go: nobody can ask for it any more.
func (s *Server) Deallocate(id string) error {
	return s.on(id, func(c *chat) error {
		if !c.over() {
			return errors.New("the chat is not over")
		}
		c.gone = true
		return nil
	})
}

// Forget lets a chat vanish, as a server does that lost its memory.
func (s *Server) Forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.find(id); c != nil {
		c.state, c.gone = "E", true
		s.publish()
	}
}

// QueueTimesOut lets the workgroup's handler disconnect a chat that waits too long.
func (s *Server) QueueTimesOut(id string) error {
	return s.live(id, func(c *chat) error {
		s.finish(c, "I")
		return nil
	})
}

// Rename changes a person's name, who is added to their chats anew under it.
func (s *Server) Rename(agent, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[agent].Name = name
	for _, c := range s.chats {
		if p := c.member(agent); p != nil {
			p.name = name
			if c.web != nil {
				s.tellState(c, p, webActive)
			}
		}
	}
	s.publish()
}

// RenameCustomer changes the name of a chat's customer, as they can do themselves at some sites.
func (s *Server) RenameCustomer(id, name string) error {
	return s.live(id, func(c *chat) error {
		c.customer.Name = name
		c.member("").name = name
		return nil
	})
}

// Morph lets a chat go on under another id.
func (s *Server) Morph(id string) (string, error) {
	next := ""
	err := s.live(id, func(c *chat) error {
		old := c.id
		c.id = "1001" + s.number()
		next = c.id
		for _, in := range s.sessions {
			if in.interactions[old] != nil {
				delete(in.interactions, old)
				delete(in.talks, old)
				s.tell(in, "interaction:"+old, object{
					"__type": "urn:inin.com:interactions:interactionMorphedMessage", "isDelta": true, "interactionID": old, "newInteractionID": next,
				})
			}
		}
		return nil
	})
	return next, err
}

// MoveChat is Morph for whoever does not care for the id.
func (s *Server) MoveChat(id string) error {
	_, err := s.Morph(id)
	return err
}

// Chats implements simkit.Stage. A chat that we opened goes by its chat id, any other by its interaction.
func (s *Server) Chats() []simkit.Chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]simkit.Chat, 0, len(s.chats))
	for _, c := range s.chats {
		all = append(all, s.shown(c))
	}
	return all
}

func (s *Server) shown(c *chat) simkit.Chat {
	shown := simkit.Chat{
		ID: c.first, Queue: c.workgroup, Customer: c.customer, Typing: c.typing, ByUs: c.byUs, Agents: s.people(c), State: s.stateOf(c),
		Vendor: c.attributes(),
	}
	if c.web != nil {
		shown.ID = c.web.id
	}
	if c.state == "A" {
		shown.Ringing = []string{c.user}
	}
	if c.invited != "" {
		shown.Ringing = append(shown.Ringing, c.invited)
	}
	if c.notes != "" {
		shown.Context = append(shown.Context, c.notes)
	}
	for _, name := range slices.Sorted(maps.Keys(c.own)) {
		shown.Context = append(shown.Context, name+": "+c.own[name])
	}
	for _, one := range c.words {
		role := "agent"
		switch one.by.user {
		case "":
			role = "customer"
		case s.options.Bot.ID:
			role = "bot"
		}
		shown.Words = append(shown.Words, simkit.Word{Role: role, Name: one.by.name, Text: one.text})
	}
	return shown
}

func (s *Server) stateOf(c *chat) simkit.ChatState {
	switch {
	case c.over() && len(c.working) > 0:
		return simkit.ChatWrapUp
	case c.over():
		return simkit.ChatEnded
	case c.state == "A":
		return simkit.ChatRinging
	case c.state == "C" && c.user == s.options.Bot.ID:
		return simkit.ChatWithBot
	case c.state == "C":
		return simkit.ChatServed
	}
	return simkit.ChatWaiting
}
