package desktest

import (
	"handoff/connectors/simkit"
	"handoff/orchestrator"
)

// Script is the side of the people, and of the customer where the chat began at the desk. Conversations are named by
// our id. A function that the vendor has no such thing for, or whose effect cannot be seen from our seat, is nil.
type Script struct {
	// SignIn makes a person ready for chats of the subject's queue; SignOff takes them away at once.
	SignIn, SignOff func(t TB, who orchestrator.Agent)
	// AgentAccepts takes a conversation at the desk itself. Missing where people accept through our API, and in the agent's
	// seat where we cannot see what comes after a handoff.
	AgentAccepts func(t TB, id orchestrator.ConversationID, who orchestrator.Agent)
	// AgentSays and AgentTypes happen at the desk itself. Missing where people write through our API.
	AgentSays  func(t TB, id orchestrator.ConversationID, who orchestrator.Agent, text string)
	AgentTypes func(t TB, id orchestrator.ConversationID, who orchestrator.Agent, on bool)
	// AgentTransfers hands the chat to a colleague, who takes it; AgentTransfersToQueue puts it back into the line.
	AgentTransfers        func(t TB, id orchestrator.ConversationID, who, to orchestrator.Agent)
	AgentTransfersToQueue func(t TB, id orchestrator.ConversationID, who orchestrator.Agent)
	// AgentRings sends the chat to a colleague, at whom it rings.
	AgentRings func(t TB, id orchestrator.ConversationID, who, colleague orchestrator.Agent)
	// AgentDeclines sends the chat to a colleague, who turns it down.
	AgentDeclines func(t TB, id orchestrator.ConversationID, who, colleague orchestrator.Agent)
	// AgentInvites brings a colleague into the chat, and leave takes them out of it again.
	AgentInvites func(t TB, id orchestrator.ConversationID, who, colleague orchestrator.Agent) (leave func())
	// AgentLeaves ends the person's part of the chat at the desk itself; AgentCompletes ends the after-call work. The latter
	// is missing where that cannot be seen.
	AgentLeaves    func(t TB, id orchestrator.ConversationID, who orchestrator.Agent)
	AgentCompletes func(t TB, id orchestrator.ConversationID, who orchestrator.Agent)

	// CustomerBegins lets a customer called Ann come to the desk's own channel, where our bot answers.
	CustomerBegins func(t TB)
	// CustomerSays, CustomerTypes and CustomerLeaves are what a customer does who came to the desk's own channel.
	CustomerSays   func(t TB, id orchestrator.ConversationID, text string)
	CustomerTypes  func(t TB, id orchestrator.ConversationID, on bool)
	CustomerLeaves func(t TB, id orchestrator.ConversationID)

	// CustomerRenamed gives the customer of a chat another name; ChatMoves gives the chat another id, or lets another server have it.
	// Nil where the vendor has no such thing.
	CustomerRenamed func(t TB, id orchestrator.ConversationID, name string)
	ChatMoves       func(t TB, id orchestrator.ConversationID)

	// Seen answers the customer's words as they reached the people, in order. SeenTyping answers how often typing of our
	// side reached whom it was for.
	Seen       func(id orchestrator.ConversationID) []string
	SeenTyping func(id orchestrator.ConversationID) int
	// SeenByCustomer answers what our bot said as it reached the customer at the desk's own channel, in order.
	SeenByCustomer func(id orchestrator.ConversationID) []string
	// Chat answers how the chat stands at the desk.
	Chat func(id orchestrator.ConversationID) simkit.Chat
	// Open answers how many chats that we opened at the desk are not over.
	Open func() int
	// Changes answers a channel that is closed when something changes at the desk. Nil: nobody waits for it there.
	Changes func() <-chan struct{}
}

// Faults is the vendor's side. Each switch concerns the next call that carries a word, whatever else the
// desk calls meanwhile, or the next notifications, and nothing after.
type Faults struct {
	// Status answers the call with an HTTP status and does nothing else. The body holds the subject's secrets, as vendors'
	// error pages do that echo the request.
	Status func(code int)
	// LoseAnswer carries the call out and cuts the connection before the answer.
	LoseAnswer func()
	// Hang keeps the call without an answer until its caller gives up. Met waits until it does.
	Hang func() (met func(t TB))
	// Duplicate tells every notification caused by f twice; Reorder tells them in the wrong order.
	Duplicate, Reorder func(f func())
	// Unknown sends notifications of a kind nobody has heard of, with unknown fields, and one that is cut short.
	Unknown func()
	// Unheard does f at the vendor while no process of ours runs, so that nothing that tells of it by itself reaches us later.
	Unheard func(f func())
	// RefuseOne answers one call that would change something about a chat with a status and a page, and does nothing else: the one
	// behind so many that go on. The chat is named by the vendor's handle.
	RefuseOne func(chat string, skip, status int) (met func() bool, end func())
	// LoseOne carries such a call out and cuts the connection before the answer.
	LoseOne func(chat string, skip int) (met func() bool, end func())
	// Refuse answers every call about a chat so, also those that read it or ask for news of it, until it ends.
	Refuse func(chat string, status int) (met func() int, end func())
	// LosePoll cuts the connection before the answer of the next poll. Met reports whether that has happened.
	LosePoll func() (met func() bool)
	// LoseSession forgets our session, does f at the vendor while nobody listens, and lets us come back.
	LoseSession func(f func())
	// KillSession forgets our session while nobody is let in, lets calls come, and lets them in when one of them waits at the
	// door, so that it finds out. It fails the test if none comes.
	KillSession func(t TB, calls func())
}
