package sim

import (
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"

	"handoff/connectors/simkit"
)

// What people do at Oracle's console, and customers at its own chat page.

// Chats implements simkit.Stage.
func (s *Sim) Chats() []simkit.Chat {
	s.mu.Lock()
	defer s.mu.Unlock()
	chats := make([]simkit.Chat, len(s.chats))
	for i, e := range s.chats {
		chats[i] = e.chat()
	}
	return chats
}

// Begin lets a customer begin a chat at Oracle's own page. The site's rules give it to the bot first; the queue is where it goes
// when the bot has it no more.
func (s *Sim) Begin(c simkit.Customer, queue string) (chat string, err error) {
	err = s.do(func() error {
		if !has(s.options.Queues, queue) {
			return fmt.Errorf("there is no queue %q", queue)
		}
		e := s.add(&engagement{customer: c, queue: queue, forBot: true})
		s.offerNext()
		chat = e.ref()
		return nil
	})
	return chat, err
}

// on runs a change of a chat.
func (s *Sim) on(chat string, change func(e *engagement) error) error {
	return s.do(func() error {
		e := s.engagement(chat)
		if e == nil {
			return simkit.ErrUnknownChat
		}
		return change(e)
	})
}

// CustomerSays implements simkit.Stage.
func (s *Sim) CustomerSays(chat, text string) error {
	return s.on(chat, func(e *engagement) error {
		if e.over() {
			return fmt.Errorf("the chat is %s", e.state)
		}
		s.customerSays(e, text)
		return nil
	})
}

func (s *Sim) customerSays(e *engagement, text string) {
	e.active = s.clock.Now()
	e.say(simkit.Word{Role: "customer", Name: e.customer.Name, Text: text})
	w := word{text: text, id: s.next(), at: s.nowMS()}
	switch {
	case e.botHas:
		s.tellWord(e, w)
	case e.forBot:
		e.unsaid = append(e.unsaid, w)
	}
}

// CustomerTypes implements simkit.Stage.
func (s *Sim) CustomerTypes(chat string, on bool) error {
	return s.on(chat, func(e *engagement) error {
		if e.over() {
			return fmt.Errorf("the chat is %s", e.state)
		}
		s.tellTyping(e, mode(on))
		return nil
	})
}

// tellTyping tells the bot that the customer types.
func (s *Sim) tellTyping(e *engagement, how string) {
	if !e.botHas {
		return
	}
	s.tellBot("ChatActivitySignal", fields{
		"engagementId": e.id, "engagementIdString": e.ref(), "clientId": e.client, "clientIdString": text(e.client),
		"senderId": e.client, "senderType": "END_USER", "mode": how, "messageType": "ACTIVITY_SIGNAL", "createdTime": s.nowMS(),
	})
}

func mode(on bool) string {
	if on {
		return "RESPONDING"
	}
	return "LISTENING"
}

// CustomerLeaves implements simkit.Stage.
func (s *Sim) CustomerLeaves(chat string) error {
	return s.on(chat, func(e *engagement) error {
		s.conclude(e, "END_USER_CONCLUDED", "END_USER")
		return nil
	})
}

// SetPresence implements simkit.Stage.
func (s *Sim) SetPresence(agent string, ready bool) error {
	return s.do(func() error {
		if !has(s.options.People, agent) {
			return fmt.Errorf("there is nobody called %q", agent)
		}
		s.absent[agent] = !ready
		return nil
	})
}

// Accept implements simkit.Stage.
func (s *Sim) Accept(chat, agent string) error {
	return s.on(chat, func(e *engagement) error {
		rings := e.ringing != nil && e.ringing.name == agent
		switch {
		case !has(s.options.People, agent):
			return fmt.Errorf("there is nobody called %q", agent)
		case e.forBot || !rings && e.state != simkit.ChatWaiting:
			return fmt.Errorf("the chat is %s and does not wait for %s", e.state, agent)
		case rings && e.ringing.guest:
			s.join(e, agent, "CONFEREE")
		default:
			before := e.members
			e.members = nil
			s.join(e, agent, "LEAD")
			for _, m := range before { // a transfer: the others go
				s.tellConsumer(e, "RNEngagementParticipantLeftMessage", fields{
					"clientId": m.client, "role": "LEAD", "disconnectReason": "PARTICIPANT_LEFT",
				})
			}
		}
		s.stopRinging(e)
		e.state, e.active = simkit.ChatServed, s.clock.Now()
		s.tellLine(e.queue)
		return nil
	})
}

func (s *Sim) join(e *engagement, agent, role string) {
	m := member{name: agent, client: s.next()}
	e.members = append(e.members, m)
	s.tellConsumer(e, "RNEngagementParticipantAddedMessage", fields{"clientId": m.client, "name": agent, "role": role})
}

// Decline implements simkit.Stage.
func (s *Sim) Decline(chat, agent string) error {
	return s.on(chat, func(e *engagement) error {
		if e.ringing == nil || e.ringing.name != agent {
			return fmt.Errorf("the chat does not ring at %s", agent)
		}
		s.stopRinging(e)
		return nil
	})
}

// in runs what a person in a chat does.
func (s *Sim) in(chat, agent string, act func(e *engagement, m member) error) error {
	return s.on(chat, func(e *engagement) error {
		m, is := e.member(agent)
		if !is || e.over() {
			return fmt.Errorf("%s is not in the chat, which is %s", agent, e.state)
		}
		return act(e, m)
	})
}

// Says implements simkit.Stage. What people write reaches the customer as HTML.
func (s *Sim) Says(chat, agent, text string) error {
	return s.in(chat, agent, func(e *engagement, m member) error {
		e.active = s.clock.Now()
		e.say(simkit.Word{Role: "agent", Name: agent, Text: text})
		body := strings.ReplaceAll(html.EscapeString(text), "\n", "<br/>")
		s.tellConsumer(e, "RNEngagementMessagePostedMessage", fields{"clientId": m.client, "body": body})
		return nil
	})
}

// Types implements simkit.Stage.
func (s *Sim) Types(chat, agent string, on bool) error {
	return s.in(chat, agent, func(e *engagement, m member) error {
		s.tellConsumer(e, "RNEngagementActivityChangedMessage", fields{
			"clientId": text(m.client), "engagementId": e.id, "mode": mode(on),
		})
		return nil
	})
}

// Transfer implements simkit.Stage.
func (s *Sim) Transfer(chat, agent string, to simkit.Destination) error {
	return s.in(chat, agent, func(e *engagement, m member) error {
		switch {
		case to.Queue != "" && !has(s.options.Queues, to.Queue):
			return fmt.Errorf("there is no queue %q", to.Queue)
		case to.Queue != "":
			s.wait(e, to.Queue, m.client)
		case !has(s.options.People, to.Agent):
			return fmt.Errorf("there is nobody called %q", to.Agent)
		default:
			e.ringing = &ring{name: to.Agent}
		}
		return nil
	})
}

// Invite implements simkit.Stage.
func (s *Sim) Invite(chat, agent, colleague string) error {
	return s.in(chat, agent, func(e *engagement, _ member) error {
		if !has(s.options.People, colleague) {
			return fmt.Errorf("there is nobody called %q", colleague)
		}
		e.ringing = &ring{name: colleague, guest: true}
		return nil
	})
}

// Leave implements simkit.Stage. When the lead goes, who came next leads.
func (s *Sim) Leave(chat, agent string) error {
	return s.in(chat, agent, func(e *engagement, m member) error {
		if len(e.members) < 2 {
			return fmt.Errorf("%s is the only one", agent)
		}
		role := "CONFEREE"
		if e.members[0] == m {
			role = "LEAD"
		}
		var rest []member
		for _, other := range e.members {
			if other != m {
				rest = append(rest, other)
			}
		}
		e.members = rest
		s.tellConsumer(e, "RNEngagementParticipantLeftMessage", fields{
			"clientId": m.client, "role": role, "disconnectReason": "PARTICIPANT_LEFT",
		})
		if role == "LEAD" {
			s.tellConsumer(e, "RNEngagementRoleChangedMessage", fields{"leadClientId": rest[0].client})
		}
		return nil
	})
}

// End implements simkit.Stage.
func (s *Sim) End(chat, agent string) error {
	return s.in(chat, agent, func(e *engagement, _ member) error {
		s.conclude(e, "AGENT_CONCLUDED", "LEAD")
		return nil
	})
}

// Complete implements simkit.Stage.
func (s *Sim) Complete(chat, agent string) error {
	return s.on(chat, func(e *engagement) error {
		if e.state != simkit.ChatWrapUp || e.wrapUp != agent {
			return fmt.Errorf("%s has no after-call work, the chat is %s", agent, e.state)
		}
		e.state, e.wrapUp = simkit.ChatEnded, ""
		return nil
	})
}

// EndBy ends an engagement for a reason of Oracle's own, such as QUEUE_TIMEOUT.
func (s *Sim) EndBy(chat, reason string) error {
	return s.on(chat, func(e *engagement) error {
		s.conclude(e, reason, "")
		return nil
	})
}

// Post tells the customer a text of the chat server's own, as the spam filter does when it blocks a post.
func (s *Sim) Post(chat, text string) error {
	return s.on(chat, func(e *engagement) error {
		s.tellConsumer(e, "RNEngagementMessagePostedMessage", fields{"clientId": 0, "body": text})
		return nil
	})
}

var _ http.Handler = (*Sim)(nil)

// Miss disconnects the bot as if it had not fetched for long: its chats go to the people.
func (s *Sim) Miss() error {
	return s.do(func() error {
		if s.bot.session == "" {
			return fmt.Errorf("the bot is not logged on")
		}
		s.disconnectBot()
		return nil
	})
}

// Forget takes a chat out of the chat server without a word to anybody.
func (s *Sim) Forget(chat string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.chats = slices.DeleteFunc(s.chats, func(e *engagement) bool { return e.ref() == chat })
}

// BackToBot puts a chat that waits for people into the bot's queue again, as a rule of the site's may.
func (s *Sim) BackToBot(chat string) error {
	return s.on(chat, func(e *engagement) error {
		if e.state != simkit.ChatWaiting {
			return fmt.Errorf("the chat is %s", e.state)
		}
		e.forBot = true
		s.offerNext()
		return nil
	})
}

// TakeFromBot gives a chat of the bot's to people and tells the bot nothing, as when its session was lost for a while.
func (s *Sim) TakeFromBot(chat string) error {
	return s.on(chat, func(e *engagement) error {
		if !e.botHas {
			return fmt.Errorf("the bot has not got it, the chat is %s", e.state)
		}
		e.seat = false
		s.wait(e, e.queue, s.bot.client)
		return nil
	})
}
