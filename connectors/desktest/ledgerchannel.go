package desktest

import (
	"fmt"

	"handoff/orchestrator"
)

// A conversation that begins at the desk: it is addressed by the bot and the bot's own id, and its first event makes it.

// theBot is whose conversations begin at a desk in the agent's seat, where the subject's desk was given no other name.
const theBot orchestrator.ConnectorName = "shop"

// Expect gives the next conversation that begins at the desk an id.
func (l *Ledger) Expect(id orchestrator.ConversationID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expected = append(l.expected, id)
}

// HandOver puts a conversation that the bot has into the desk's queue: the channel's own transfer.
func (l *Ledger) HandOver(id orchestrator.ConversationID, w orchestrator.Waiting) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.books[id]
	if b == nil || b.c.State != orchestrator.StateBot {
		return
	}
	w.Since = l.now()
	b.waiting = w
	b.c.State, b.c.Queue, b.c.Desk, b.c.DeskRef = orchestrator.StateQueued, w.Queue, l.desk.Name(), b.c.ChannelRef
	b.c.Version++
	b.c.Epoch++
	b.c.Handoff++
	l.order(b, b.open(false))
	l.notify()
}

// SayAsBot lets the bot say something to the customer at the desk's own channel, in the conversation's order.
func (l *Ledger) SayAsBot(id orchestrator.ConversationID, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.books[id]
	cmd := b.command(orchestrator.CommandSend)
	cmd.Author = orchestrator.Actor{Role: orchestrator.ActorBot, ID: string(theBot)}
	b.c.Version++
	l.order(b, cmd)
	cmd.Message = &orchestrator.Message{ID: string(cmd.ID), Text: text}
}

// find answers the book of an event, which it may begin; nil if there is none.
func (l *Ledger) find(ev *orchestrator.Event) *book {
	if ev.Conversation != "" {
		return l.books[ev.Conversation]
	}
	if ev.Bot == "" || ev.External == "" {
		return nil
	}
	b := l.newest[ev.External]
	if b != nil && (!b.c.State.Ended() || b.seen[ev.ID] || !begins(ev)) {
		return b
	}
	if !begins(ev) {
		return nil
	}
	return l.beginAtDesk(ev)
}

// begins reports whether an event may be the first of a conversation.
func begins(ev *orchestrator.Event) bool {
	return ev.Type == orchestrator.EventStarted || ev.Type == orchestrator.EventContextUpdated ||
		ev.Type == orchestrator.EventMessage && ev.Actor.Role == orchestrator.ActorCustomer
}

func (l *Ledger) beginAtDesk(ev *orchestrator.Event) *book {
	id := orchestrator.ConversationID(fmt.Sprintf("cv-%d", len(l.books)+1))
	if len(l.expected) > 0 {
		id, l.expected = l.expected[0], l.expected[1:]
	}
	b := &book{seen: map[orchestrator.EventID]bool{}, c: orchestrator.Conversation{
		ID: id, Bot: ev.Bot, External: ev.External, Channel: ev.Channel, ChannelRef: ev.Ref,
		State: orchestrator.StateBot, Version: 1, Epoch: 1,
	}}
	l.books[id], l.newest[ev.External] = b, b
	return b
}

// inChannel is what the desk of the channel reports, or the bot does, while the bot has the conversation.
func (b *book) inChannel(
	next *orchestrator.Conversation, ev *orchestrator.Event,
) (cmds []*orchestrator.Command, ok bool) {
	switch ev.Type { //nolint:exhaustive // all others are about people
	case orchestrator.EventStarted, orchestrator.EventMessage, orchestrator.EventTyping, orchestrator.EventContextUpdated,
		orchestrator.EventNote, orchestrator.EventCustomerSeen, orchestrator.EventRepaired:
		if ev.Customer != nil {
			next.Customer = *ev.Customer
		}
		return nil, ev.Actor.Role != orchestrator.ActorAgent
	case orchestrator.EventCustomerLeft, orchestrator.EventCompleted:
		next.State = orchestrator.StateCompleted
		return []*orchestrator.Command{b.command(orchestrator.CommandEnd)}, true
	default:
		return nil, false
	}
}
