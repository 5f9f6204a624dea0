package genesys

import (
	"context"
	"encoding/json"
	"time"

	"handoff/connectors/internal/bayeux"
	"handoff/connectors/internal/drift"
	"handoff/orchestrator"
)

// beatEvery is how often chats are looked after that wait for something: a person who was invited, an outcome, a log.
const beatEvery = 2 * time.Second

// hear takes one notification, without waiting for anything.
func (s *agentSeat) hear(ev bayeux.Event) {
	if ev.Channel == topicChannels {
		s.hearChannel(ev.Data)
		return
	}
	n, ok := decodeNotice(ev.Data)
	if !ok || !validID(n.chat) {
		s.Log.Debug("a notification about no chat", "channel", ev.Channel)
		return
	}
	s.put(n.chat, input{notice: n, live: true})
}

// hearChannel says so when somebody takes the bot's chat channel out of work: no chat is offered then.
func (s *agentSeat) hearChannel(data []byte) {
	var m struct {
		Channels each[struct {
			Channel string `json:"channel"`
			State   struct {
				State string `json:"state"`
			} `json:"userState"`
		}] `json:"channels"`
	}
	_ = json.Unmarshal(data, &m)
	for _, c := range m.Channels {
		if c.Channel == "chat" && c.State.State != "" && c.State.State != "Ready" && s.listens() && s.Keeper.Up() {
			s.Log.Warn("the agent's chat channel is not ready: no chat is offered to the bot", "state", c.State.State)
		}
	}
}

// put gives something to do about a chat. While this process does not listen, nothing is done: whoever does reads it.
func (s *agentSeat) put(chat string, in input) {
	s.guard.Lock()
	defer s.guard.Unlock()
	if s.serving == nil {
		return
	}
	s.chatOf(chat).add(in)
}

// listens: this process hears notifications now.
func (s *agentSeat) listens() bool {
	s.guard.Lock()
	defer s.guard.Unlock()
	return s.serving != nil
}

// chatOf answers a chat, and makes it if it is not known here. The guard is held.
func (s *agentSeat) chatOf(chat string) *agentChat {
	c := s.chats[chat]
	if c == nil {
		c = &agentChat{
			agentSeat: s, ref: chat, ctx: s.serving, user: s.current.user, changed: make(chan struct{}),
			failures: map[number]string{}, log: map[number]entry{},
		}
		s.chats[chat] = c
	}
	return c
}

// wake lets a chat be looked at again, because something was noted about it.
func (s *agentSeat) wake(chat string) { s.put(chat, input{look: true}) }

func (s *agentSeat) lookEvery(ctx context.Context) {
	for s.Report.Rest(ctx, beatEvery) == nil {
		s.guard.Lock()
		for _, c := range s.chats {
			c.add(input{look: true})
		}
		s.guard.Unlock()
	}
}

// serve tells what is new in a chat that is with the bot.
func (c *agentChat) serve(ctx context.Context, in input) error {
	c.unheard = c.unheard || in.truth
	if !c.note.Begun {
		if began, err := c.begin(ctx, in); err != nil || !began {
			return err
		}
	}
	if in.truth { // something may have been missed
		if err := c.readLog(ctx); err != nil {
			return err
		}
	}
	if err := c.tellEntries(ctx, in); err != nil {
		return err
	}
	defer func() { c.unheard = c.unheard && c.asked != 0 }()
	if in.state == nil && !in.look && len(in.entries) > 0 && !comesOrGoes(in.entries) {
		return nil
	}
	if c.state == stateChatting && c.at != nil && len(c.at.Participants) > 0 && !c.at.customerIn() {
		if err := c.customerLeft(ctx); err != nil {
			return err
		}
	}
	return c.handOver(ctx)
}

func comesOrGoes(entries []entry) bool {
	for i := range entries {
		if entries[i].Type == entryJoined || entries[i].Type == entryLeft {
			return true
		}
	}
	return false
}

// customerLeft tells that the customer is in the chat no more; once, however it is noticed. Read after a loss, it is drift.
func (c *agentChat) customerLeft(ctx context.Context) error {
	if c.unheard {
		return c.compare(ctx, drift.Truth{Stand: drift.WithBot, CustomerGone: true, Mark: c.mark()})
	}
	_, err := c.Report.Tell(ctx, c.addressed(c.ref, c.mark()+":customer-left", orchestrator.Event{
		Type: orchestrator.EventCustomerLeft, Actor: orchestrator.Actor{Role: orchestrator.ActorCustomer},
	}))
	return err
}
