package flows

import (
	"slices"

	"handoff/orchestrator"
)

// carried are the events that are taken without moving the conversation, and the states in which they are.
var carried = map[orchestrator.EventType][]orchestrator.State{
	orchestrator.EventStarted:         live,
	orchestrator.EventMessage:         live,
	orchestrator.EventTyping:          live,
	orchestrator.EventMessageRefused:  live,
	orchestrator.EventContextUpdated:  live,
	orchestrator.EventCustomerSeen:    live,
	orchestrator.EventPositionChanged: {queued, offered},
	orchestrator.EventInvited:         {agent, conference},
	orchestrator.EventBotReached:      {bot},
	orchestrator.EventIdleWarned:      {bot, agent, conference},
	orchestrator.EventRepaired:        live,

	// What comes after the end still belongs to the story.
	orchestrator.EventRated:         orchestrator.States(),
	orchestrator.EventNote:          orchestrator.States(),
	orchestrator.EventDelivery:      orchestrator.States(),
	orchestrator.EventMessageFailed: orchestrator.States(),
	orchestrator.EventDeskOpened:    orchestrator.States(),

	// Asked again while a person is on the way: what stands is the answer.
	handoffRequested: {queued, offered, agent, conference, transferring},
	// A third colleague comes; an invited one says no; one of three goes.
	agentJoined: {conference},
	agentLeft:   {agent, conference},
	// The customer goes while the after-call work is still under way: the bot will not get the conversation back.
	customerLeft: {wrapUp},
	customerDead: {wrapUp},
}

// live are the states in which something is still to happen.
var live = orchestrator.LiveStates()

// carriedIn reports whether an event is taken in a state without moving it.
func carriedIn(state orchestrator.State, on orchestrator.EventType) bool {
	return slices.Contains(carried[on], state)
}

// facts are the events whose destination the policy or the situation chooses: Decide makes one of the table's moves of
// them, and the timeline keeps both.
var facts = map[orchestrator.EventType][]orchestrator.State{
	orchestrator.EventQueueTimedOut: {queued, offered},
	orchestrator.EventDeskFailed:    live[1:],
	orchestrator.EventAgentGone:     live[1:],
	// The policy fetches people, or tells the customer.
	orchestrator.EventBotFailed: {bot, wrapUp},

	// What it needs is configured nowhere.
	orchestrator.EventUnconfigured: live,

	// Accepting also joins whom the chat rings at otherwise, and lets people take a chat from the bot, or a supervisor a served
	// one.
	accepted: {bot, agent, conference, transferring},
	// People send a chat of the bot's to a person or a queue: that is a request.
	transferRequested:  {bot},
	transferredToQueue: {bot},
	// The same ringing, not answered.
	declined:     {agent, conference, transferring},
	offerExpired: {agent, conference, transferring},
	// The bot or a supervisor closes a conversation that still waits.
	completedEvent: {queued, offered},
}

// moves are the events of the table.
var moves = func() map[orchestrator.EventType]bool {
	all := map[orchestrator.EventType]bool{}
	for _, r := range handoff {
		all[orchestrator.EventType(r.Name)] = true
	}
	return all
}()
