package simkit

import "errors"

// Stage is a simulated contact centre as its people and customers see it: what they do by hand at the vendor's own screens.
// Every simulator is one, so that one story and one cast play at all of them. Chats are named by the vendor's handle. What
// cannot happen now answers an error that says why; what the vendor does not know at all answers ErrNoSuchThing.
type Stage interface {
	// Chats lists every chat that the vendor remembers, oldest first.
	Chats() []Chat
	// Begin lets a customer begin a chat at the vendor's own channel, waiting in a queue of the vendor's, and answers its handle.
	Begin(c Customer, queue string) (chat string, err error)
	// CustomerSays, CustomerTypes and CustomerLeaves are the customer's side of a chat, however it began.
	CustomerSays(chat, text string) error
	CustomerTypes(chat string, on bool) error
	CustomerLeaves(chat string) error

	// SetPresence makes a person ready for chats of their queues, or not. Everybody in the simulator's list begins ready.
	SetPresence(agent string, ready bool) error
	// Accept lets a person take a chat that waits or rings at them; Decline lets them turn down what rings.
	Accept(chat, agent string) error
	Decline(chat, agent string) error
	// Says and Types are what a person in the chat writes to the customer.
	Says(chat, agent, text string) error
	Types(chat, agent string, on bool) error
	// Transfer sends the chat on, to a queue or to a person, who then accepts or declines.
	Transfer(chat, agent string, to Destination) error
	// Invite asks a colleague into the chat, who then accepts or declines; Leave takes one of several out of it.
	Invite(chat, agent, colleague string) error
	Leave(chat, agent string) error
	// End ends the chat for the customer; Complete ends the after-call work.
	End(chat, agent string) error
	Complete(chat, agent string) error
}

// ErrNoSuchThing says that the vendor has nothing of the kind, so it cannot be played there.
var ErrNoSuchThing = errors.New("this vendor has no such thing")

// ErrUnknownChat says that no chat has this handle.
var ErrUnknownChat = errors.New("there is no such chat")

// Destination is where a chat is sent: exactly one is set.
type Destination struct {
	Queue string `json:"queue,omitempty"`
	Agent string `json:"agent,omitempty"`
}

// Customer is who begins a chat.
type Customer struct {
	Name  string `json:"name"`
	Email string `json:"email,omitempty"`
}

// ChatState is where a chat stands at the vendor, in words that are the same for all.
type ChatState string

// The states of a chat at a vendor.
const (
	ChatWithBot ChatState = "bot"     // our bot serves it, as an agent or chatbot of the vendor
	ChatWaiting ChatState = "waiting" // in a queue
	ChatRinging ChatState = "ringing" // offered to a person
	ChatServed  ChatState = "served"  // a person serves it
	ChatWrapUp  ChatState = "wrap_up" // over for the customer, not yet for the person
	ChatEnded   ChatState = "ended"
)

// Chat is one chat as it stands at the vendor.
type Chat struct {
	ID       string    `json:"id"`
	State    ChatState `json:"state"`
	Queue    string    `json:"queue,omitempty"`
	Agents   []string  `json:"agents,omitempty"`  // who are in it, the owner first
	Ringing  []string  `json:"ringing,omitempty"` // at whom it rings
	Customer Customer  `json:"customer"`          // as the vendor knows them
	Context  []string  `json:"context,omitempty"` // what the people can read besides words: summary, attributes
	Words    []Word    `json:"words,omitempty"`   // in order, as the people see them
	Typing   int       `json:"typing"`            // how often the people saw that our side began to type
	ByUs     bool      `json:"by_us,omitempty"`   // opened by us for a customer (customer seat)
	Vendor   any       `json:"vendor,omitempty"`  // the vendor's own fields, for whoever looks
}

// Word is one thing said in a chat.
type Word struct {
	Role string `json:"role"` // customer, bot, agent or system
	Name string `json:"name,omitempty"`
	Text string `json:"text"`
	// Hidden words are seen by people only, not by the customer.
	Hidden bool `json:"hidden,omitempty"`
}
