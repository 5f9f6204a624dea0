package flows

import (
	"github.com/looplab/fsm"

	"handoff/orchestrator"
)

// handoff is the life of a conversation. Each row reads: on this event, to that state, from any of these. An event has
// exactly one destination in a state; what is not here is refused, or carried without moving (carried.go).
var handoff = fsm.Events{
	// The bot talks, until a person is asked for. Whoever asks again after a chat gets the same person if possible.
	row(handoffRequested, queued, bot, wrapUp),
	row(handoffCancelled, bot, queued, offered),

	// The conversation waits, and rings at one person at a time. Who lets it ring is not asked next.
	row(offer, offered, queued),
	row(declined, queued, offered),
	row(offerExpired, queued, offered),
	row(overflowed, queued, queued, offered),
	row(abandonedByPolicy, abandoned, queued, offered),

	// One person takes it; all others who try are told who did.
	row(accepted, agent, queued, offered),

	// Colleagues come and go. The last one who stays owns it.
	row(agentJoined, conference, agent),
	row(agentLeft, agent, conference),

	// Somebody else is better for this: a certain person, while the first one keeps the chat, or whoever is next in a
	// queue.
	row(transferRequested, transferring, agent, conference),
	row(transferAccepted, agent, transferring),
	row(transferFailed, agent, transferring),
	row(transferredToQueue, queued, agent, conference),
	row(requeued, queued, queued, offered, agent, conference, transferring),

	// People are done, and the bot goes on.
	row(returnedToBot, bot, queued, offered, agent, conference, transferring),

	// The chat is over for the customer; the person who served still has work to do, or goes on with the customer after all.
	row(chatEnded, wrapUp, agent, conference, transferring),
	row(reopened, agent, wrapUp),
	row(customerReturned, queued, wrapUp),
	row(resumed, bot, wrapUp),
	row(wrapUpTimedOut, completed, wrapUp),
	row(completedEvent, completed, bot, agent, conference, transferring, wrapUp), // from a live chat in two steps: it ends first

	// The customer is gone: said so, or stopped fetching, or nobody wrote for too long.
	row(customerLeft, completed, bot),
	row(customerLeft, abandoned, queued, offered),
	row(customerLeft, wrapUp, agent, conference, transferring),
	row(customerDead, expired, bot),
	row(customerDead, abandoned, queued, offered),
	row(customerDead, wrapUp, agent, conference, transferring),
	row(idleTimedOut, expired, bot),
	row(idleTimedOut, wrapUp, agent, conference),
}

// row is one line of the table.
func row(on orchestrator.EventType, to orchestrator.State, from ...orchestrator.State) fsm.EventDesc {
	src := make([]string, len(from))
	for i, s := range from {
		src[i] = string(s)
	}
	return fsm.EventDesc{Name: string(on), Src: src, Dst: string(to)}
}

// Transitions lists the table, one pair each, in its own order.
func Transitions() []orchestrator.Transition {
	var all []orchestrator.Transition
	for _, r := range handoff {
		for _, src := range r.Src {
			all = append(all, orchestrator.Transition{
				From: orchestrator.State(src), On: orchestrator.EventType(r.Name), To: orchestrator.State(r.Dst),
			})
		}
	}
	return all
}

// The states and events under short names, so that the table can be read as prose.
const (
	bot          = orchestrator.StateBot
	queued       = orchestrator.StateQueued
	offered      = orchestrator.StateOffered
	agent        = orchestrator.StateAgent
	conference   = orchestrator.StateConference
	transferring = orchestrator.StateTransferring
	wrapUp       = orchestrator.StateWrapUp
	completed    = orchestrator.StateCompleted
	abandoned    = orchestrator.StateAbandoned
	expired      = orchestrator.StateExpired

	handoffRequested   = orchestrator.EventHandoffRequested
	handoffCancelled   = orchestrator.EventHandoffCancelled
	offer              = orchestrator.EventOffered
	declined           = orchestrator.EventDeclined
	offerExpired       = orchestrator.EventOfferExpired
	overflowed         = orchestrator.EventOverflowed
	abandonedByPolicy  = orchestrator.EventAbandoned
	accepted           = orchestrator.EventAccepted
	agentJoined        = orchestrator.EventAgentJoined
	agentLeft          = orchestrator.EventAgentLeft
	transferRequested  = orchestrator.EventTransferRequested
	transferAccepted   = orchestrator.EventTransferAccepted
	transferFailed     = orchestrator.EventTransferFailed
	transferredToQueue = orchestrator.EventTransferredToQueue
	requeued           = orchestrator.EventRequeued
	returnedToBot      = orchestrator.EventReturnedToBot
	chatEnded          = orchestrator.EventChatEnded
	customerLeft       = orchestrator.EventCustomerLeft
	customerDead       = orchestrator.EventCustomerDead
	customerReturned   = orchestrator.EventCustomerReturned
	resumed            = orchestrator.EventResumed
	reopened           = orchestrator.EventReopened
	wrapUpTimedOut     = orchestrator.EventWrapUpTimedOut
	completedEvent     = orchestrator.EventCompleted
	idleTimedOut       = orchestrator.EventIdleTimedOut
)
