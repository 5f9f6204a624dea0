package web

import (
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// lens is how one reader sees a timeline: what is shown at all, and how much of it. Sequences stay those of the full
// timeline, so a filtered reader sees numbers missing and never the same number twice.
type lens struct {
	role Role
	// self is the reader as an author: nobody is told of their own typing.
	self orchestrator.Actor
	// id is the conversation's.
	id orchestrator.ConversationID
	// handback reads what the people said before a step that gave the conversation back; for bots.
	handback func(*orchestrator.Notice) (*orchestrator.Handback, error)
	// notes: the people's are for this bot.
	notes bool
}

func lensOf(who *principal, c *orchestrator.Conversation) *lens {
	return &lens{role: who.role, self: who.actor(c), id: c.ID}
}

// customerSees are what a customer sees beside the steps that move her conversation: words to and from her, and her
// place.
var customerSees = map[orchestrator.EventType]bool{
	orchestrator.EventStarted: true, orchestrator.EventMessage: true, orchestrator.EventPositionChanged: true,
	orchestrator.EventHandoffRefused: true, orchestrator.EventRated: true,
}

// customerMisses are the steps that only move it among the people of the desk.
var customerMisses = map[orchestrator.EventType]bool{
	orchestrator.EventOffered: true, orchestrator.EventDeclined: true, orchestrator.EventOfferExpired: true,
	orchestrator.EventTransferRequested: true, orchestrator.EventTransferFailed: true,
}

// botMisses are the steps that are the team's own, unless they tell something outside: notes, who was asked and did not come, how
// deliveries went.
var botMisses = map[orchestrator.EventType]bool{
	orchestrator.EventNote: true, orchestrator.EventOffered: true, orchestrator.EventDeclined: true,
	orchestrator.EventOfferExpired: true, orchestrator.EventInvited: true, orchestrator.EventAgentGone: true,
	orchestrator.EventDelivery: true, orchestrator.EventRepaired: true, orchestrator.EventDeskOpened: true,
	orchestrator.EventBotReached:   true,
	orchestrator.EventUnconfigured: true,
	orchestrator.EventCustomerSeen: true,
}

// shows reports whether the reader sees a step.
func (l *lens) shows(e *orchestrator.Entry) bool {
	switch l.role {
	case RoleCustomer:
		return customerSees[e.Event.Type] || e.Event.FailedWord() || (e.Moved() && !customerMisses[e.Event.Type])
	case RoleBot:
		if e.Event.Type == orchestrator.EventMessageFailed {
			return e.Event.FailedAtDesk()
		}
		return e.Notice != nil || !botMisses[e.Event.Type]
	case RoleAgent, RoleSupervisor, RoleAdmin:
		return true
	}
	return false
}

// explains reports whether the reader is told why: a customer never, others for each step that moved the conversation,
// and for what was refused or went wrong.
func (l *lens) explains(e *orchestrator.Entry) bool {
	if l.role == RoleCustomer || e.Why == nil {
		return false
	}
	return e.Event.Type != orchestrator.EventMessage
}

// appendTyping appends somebody's typing as the reader may see it: an event without a place in the timeline. It answers
// false when the reader is not to see it.
func (l *lens) appendTyping(b []byte, change *orchestrator.Change, now orchestrator.Moment) ([]byte, bool, error) {
	author := change.Typing.Author
	if author.Role == l.self.Role && author.ID == l.self.ID {
		return b, false, nil
	}
	at, left := change.At, time.Duration(0)
	if at == 0 {
		at = now
	}
	out := envelope{Type: wire.TypingStopped, Timestamp: at, Epoch: change.Epoch}
	if until := change.Typing.Until; until != 0 {
		if left = until.Sub(now); left <= 0 {
			return b, false, nil
		}
		out.Type = wire.TypingStarted
	}
	out.Data = wire.TypingData(author, left.Milliseconds())
	if l.role != RoleCustomer {
		out.ID = wire.TypingID(l.id, at, author, left > 0)
	}
	b, err := wire.Append(b, &out)
	return b, err == nil, err
}
