package desktest

import (
	"slices"
	"time"

	"handoff/orchestrator"
)

// TB is what the suite needs of a test; *testing.T is one. Fatalf must not return.
type TB interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
	Cleanup(f func())
}

// Subject is one freshly made desk with everything around it that the suite plays: its people, its customer's side
// and its vendor's moods. What a desk cannot do or what cannot be played is nil and declared in Missing with the
// reason; the suite checks both directions.
type Subject struct {
	Desk  orchestrator.Desk
	Clock orchestrator.Clock
	// Queue is a queue that all of People serve.
	Queue orchestrator.QueueName
	// People are at least three who can be signed in. A desk without SignIn has them there from the start.
	People []orchestrator.Agent
	// Capacity is how many conversations a person signed in by SignIn may have; 0 where the desk does not tell.
	Capacity int

	Script Script
	Faults Faults
	// Missing names what is nil above, each with the reason in plain words.
	Missing map[Item]string

	// Secrets are texts that must appear in no error and no log line: keys, tokens, passwords.
	Secrets []string
	// Logged answers everything that the desk has logged so far.
	Logged func() string
	// Patience is how long the suite waits for something that should happen; 0 means ten seconds.
	Patience time.Duration
	// Close ends what lies around the desk: the simulator, the store, idle connections. It is called after the desk's
	// Run has ended, and afterwards no goroutine may be left. Nil where there is nothing to end.
	Close func()
	// Outcomes replaces what the suite expects of an HTTP status, where the vendor means something else by it.
	Outcomes map[int][]orchestrator.Outcome
}

// Open makes one fresh subject.
type Open func(t TB) *Subject

// Item names one thing that a subject can play.
type Item string

// The items.
const (
	ItemSignIn       Item = "sign_in"
	ItemSignOff      Item = "sign_off"
	ItemAccepts      Item = "agent_accepts"
	ItemAgentSays    Item = "agent_says"
	ItemAgentTypes   Item = "agent_types"
	ItemAgentLeaves  Item = "agent_leaves"
	ItemCustomerSays Item = "customer_says"
	ItemSeen         Item = "seen"
	ItemSeenTyping   Item = "seen_typing"
	ItemStatus       Item = "status"
	ItemLoseAnswer   Item = "lose_answer"
	ItemHang         Item = "hang"
	ItemDuplicate    Item = "duplicate"
	ItemReorder      Item = "reorder"
	ItemUnknown      Item = "unknown"
	ItemLoseSession  Item = "lose_session"
)

// Script is the side of the people, and of the customer where the chat began at the desk. Conversations are named by
// our id.
type Script struct {
	// SignIn makes a person ready for chats of the subject's queue; SignOff takes them away at once.
	SignIn, SignOff func(t TB, who orchestrator.Agent)
	// AgentAccepts takes a conversation at the desk itself. Missing where people accept through our API.
	AgentAccepts func(t TB, id orchestrator.ConversationID, who orchestrator.Agent)
	// AgentSays and AgentTypes happen at the desk itself. Missing where people write through our API.
	AgentSays  func(t TB, id orchestrator.ConversationID, who orchestrator.Agent, text string)
	AgentTypes func(t TB, id orchestrator.ConversationID, who orchestrator.Agent, on bool)
	// AgentLeaves ends the person's part of the chat at the desk itself.
	AgentLeaves func(t TB, id orchestrator.ConversationID, who orchestrator.Agent)
	// CustomerSays is a word of a customer who came to the desk's own channel.
	CustomerSays func(t TB, id orchestrator.ConversationID, text string)
	// Seen answers the customer's words as they reached the people, in order. SeenTyping answers how often typing did.
	Seen       func(id orchestrator.ConversationID) []string
	SeenTyping func(id orchestrator.ConversationID) int
}

// Faults is the vendor's side. Each switch concerns the next call that carries a customer's word, whatever else the
// desk calls meanwhile, or the next notifications, and nothing after.
type Faults struct {
	// Status answers the call with an HTTP status and does nothing else. The body holds the subject's secrets, as vendors'
	// error pages do that echo the request.
	Status func(code int)
	// LoseAnswer carries the call out and cuts the connection before the answer.
	LoseAnswer func()
	// Hang keeps the call without an answer until its caller gives up.
	Hang func()
	// Duplicate tells every notification caused by f twice; Reorder tells them in the wrong order.
	Duplicate, Reorder func(f func())
	// Unknown sends notifications of a kind nobody has heard of, with unknown fields, and one that is cut short.
	Unknown func()
	// LoseSession forgets our session, does f at the vendor while nobody listens, and lets us come back.
	LoseSession func(f func())
}

// items answers what the subject has of each item.
func (s *Subject) items() map[Item]bool {
	return map[Item]bool{
		ItemSignIn:       s.Script.SignIn != nil,
		ItemSignOff:      s.Script.SignOff != nil,
		ItemAccepts:      s.Script.AgentAccepts != nil,
		ItemAgentSays:    s.Script.AgentSays != nil,
		ItemAgentTypes:   s.Script.AgentTypes != nil,
		ItemAgentLeaves:  s.Script.AgentLeaves != nil,
		ItemCustomerSays: s.Script.CustomerSays != nil,
		ItemSeen:         s.Script.Seen != nil,
		ItemSeenTyping:   s.Script.SeenTyping != nil,
		ItemStatus:       s.Faults.Status != nil,
		ItemLoseAnswer:   s.Faults.LoseAnswer != nil,
		ItemHang:         s.Faults.Hang != nil,
		ItemDuplicate:    s.Faults.Duplicate != nil,
		ItemReorder:      s.Faults.Reorder != nil,
		ItemUnknown:      s.Faults.Unknown != nil,
		ItemLoseSession:  s.Faults.LoseSession != nil,
	}
}

// can reports whether the subject has all of the items.
func (s *Subject) can(items ...Item) bool {
	have := s.items()
	return !slices.ContainsFunc(items, func(i Item) bool { return !have[i] })
}
