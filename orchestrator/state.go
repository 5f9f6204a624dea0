package orchestrator

import "slices"

// State is where a conversation stands.
type State string

// The ten states. The first seven are live: each has a deadline. The last three are final.
const (
	// StateBot: the bot speaks with the customer. Every conversation begins here.
	StateBot State = "bot"
	// StateQueued: a person was asked for; the conversation waits in a queue and nobody controls it.
	StateQueued State = "queued"
	// StateOffered: the conversation rings at one person, for a limited time.
	StateOffered State = "offered"
	// StateAgent: one person serves the customer.
	StateAgent State = "agent"
	// StateConference: an invited colleague has joined the person who serves.
	StateConference State = "conference"
	// StateTransferring: a transfer to another person is under way; the first person still serves.
	StateTransferring State = "transferring"
	// StateWrapUp: after-call work; the chat has ended for the customer, not yet for the agent.
	StateWrapUp State = "wrap_up"
	// StateCompleted: served and done.
	StateCompleted State = "completed"
	// StateAbandoned: the customer left, or was let go, before anybody served.
	StateAbandoned State = "abandoned"
	// StateExpired: the bot's conversation ran dry.
	StateExpired State = "expired"
)

// States lists all states in the order of a conversation's life.
func States() []State {
	return []State{
		StateBot, StateQueued, StateOffered, StateAgent, StateConference, StateTransferring, StateWrapUp,
		StateCompleted, StateAbandoned, StateExpired,
	}
}

// LiveStates lists the states in which something is still to happen.
func LiveStates() []State { return States()[:7] }

// Ended reports whether nothing can happen to the conversation any more.
func (s State) Ended() bool {
	return s == StateCompleted || s == StateAbandoned || s == StateExpired
}

// Waiting reports whether the customer waits for a person.
func (s State) Waiting() bool { return s == StateQueued || s == StateOffered }

// Served reports whether a person is in the chat.
func (s State) Served() bool {
	return s == StateAgent || s == StateConference || s == StateTransferring
}

// Valid reports whether s is one of the ten states.
func (s State) Valid() bool {
	return slices.Contains(States(), s)
}

// Controller is who may speak to the customer.
type Controller string

// The three controllers.
const (
	ControllerBot    Controller = "bot"
	ControllerNobody Controller = "nobody"
	ControllerAgent  Controller = "agent"
)
