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
	wireWaiting     = "handoff.waiting"

	wirePrefix = "conversation."
)

// carriedWire are the events that move nothing.
var carriedWire = map[orchestrator.EventType]string{
	orchestrator.EventStarted:         wireStarted,
	orchestrator.EventMessage:         wireMessage,
	orchestrator.EventMessageRefused:  wireRefused,
	orchestrator.EventMessageFailed:   wireUndelivered,
	orchestrator.EventPositionChanged: wirePosition,
	orchestrator.EventHandoffRefused:  wireFailed,
}

// movedWire are the steps whose type does not depend on where the conversation stood.
var movedWire = map[orchestrator.EventType]string{
	orchestrator.EventHandoffRequested:   wireQueued,
	orchestrator.EventHandoffCancelled:   wireEnded,
	orchestrator.EventAccepted:           wireAccepted,
	orchestrator.EventTransferAccepted:   wireTransferred,
	orchestrator.EventTransferredToQueue: wireTransferred,
	orchestrator.EventAbandoned:          wireFailed,
	orchestrator.EventChatEnded:          wireEnded,
	orchestrator.EventWrapUpTimedOut:     wireCompleted,
}

// wireType is the type under which a step is told: the same that the bot is notified of, where there is one.
func wireType(e *orchestrator.Entry) string {
	on := e.Event.Type
	if t, ok := carriedWire[on]; ok {
		return t
	}
	if e.Moved() {
		if t, ok := movedWire[on]; ok {
			return t
		}
		switch on { //nolint:exhaustive // the rest is told under its own name
		case orchestrator.EventReturnedToBot:
			if e.Derived {
				return wireFailed // the policy gave up on finding somebody
			}
			return wireEnded
		case orchestrator.EventCustomerLeft, orchestrator.EventCustomerDead, orchestrator.EventIdleTimedOut:
			if e.From == orchestrator.StateBot {
				return wireOver
			}
			return wireEnded
		case orchestrator.EventCompleted:
			if e.From == orchestrator.StateBot {
				return wireOver
			}
			return wireCompleted
		}
	}
	return wirePrefix + string(on)
}
