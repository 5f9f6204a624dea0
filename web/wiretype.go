package web

import "handoff/orchestrator"

// Types of events on the wire. Every step that is not named here is "conversation.<event>".
const (
	wireQueued      = "handoff.queued"
	wirePosition    = "handoff.position_changed"
	wireAccepted    = "handoff.accepted"
	wireTransferred = "handoff.transferred"
	wireFailed      = "handoff.failed"
	wireEnded       = "handoff.ended"
	wireCompleted   = "handoff.completed"
	wireStarted     = "conversation.started"
	wireOver        = "conversation.ended"
	wireMessage     = "message.created"
	wireRefused     = "message.refused"
	wireUndelivered = "message.delivery_failed"
	wireTyping      = "typing.started"
	wireTypingOver  = "typing.stopped"

	wirePrefix = "conversation."
)

// alwaysWire are the events whose type does not depend on where the conversation stood.
var alwaysWire = map[orchestrator.EventType]string{
	orchestrator.EventStarted:            wireStarted,
	orchestrator.EventMessage:            wireMessage,
	orchestrator.EventMessageRefused:     wireRefused,
	orchestrator.EventMessageFailed:      wireUndelivered,
	orchestrator.EventAccepted:           wireAccepted,
	orchestrator.EventTransferAccepted:   wireTransferred,
	orchestrator.EventTransferredToQueue: wireTransferred,
	orchestrator.EventPositionChanged:    wirePosition,
	orchestrator.EventHandoffRefused:     wireFailed,
	orchestrator.EventAbandoned:          wireFailed,
	orchestrator.EventChatEnded:          wireEnded,
	orchestrator.EventWrapUpTimedOut:     wireCompleted,
}

// wireType is the type under which a step is told.
func wireType(e *orchestrator.Entry) string {
	if t, ok := alwaysWire[e.Event.Type]; ok {
		return t
	}
	switch e.Event.Type { //nolint:exhaustive // the rest is told under its own name
	case orchestrator.EventHandoffRequested:
		if e.Moved() {
			return wireQueued
		}
	case orchestrator.EventReturnedToBot:
		if e.From.Served() {
			return wireEnded
		}
		return wireFailed
	case orchestrator.EventCustomerLeft, orchestrator.EventCustomerDead, orchestrator.EventIdleTimedOut:
		switch {
		case e.From.Served():
			return wireEnded
		case e.From == orchestrator.StateBot:
			return wireOver
		}
	case orchestrator.EventCompleted:
		if e.From == orchestrator.StateBot {
			return wireOver
		}
		return wireCompleted
	}
	return wirePrefix + string(e.Event.Type)
}
