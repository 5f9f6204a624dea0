// Package superoffice is the desk of SuperOffice Service chat, over the REST interface of its WebAPI and its webhooks.
//
// # Seat customer
//
// Open creates a ChatSession on a chat topic (the queue's target) and answers its id. The customer's words are posted as
// messages to the user; what people say is read behind the last message known. Summary, reason and attributes are the first
// message there, because a session has no place for notes. A session whose customer does not fetch is closed by the vendor;
// as there is no call that fetches for the customer, WhenFetched is set by a patch while the conversation lives (that this
// works is inferred: the property can be written by the documented body).
//
// # Seat agent
//
// Our bot is the chatbot of some topics. A session that begins there is claimed (ChatbotIsActive) once the customer is
// through the form, and begins a conversation. A handoff is the vendor's own: the last words first, then Reset, then Status
// and ChatbotIsActive are looked at. A word after Reset would take the session off the queue, so none is posted. What people
// and the customer say afterwards is seen, and so are transfers and the end. A finished session (status 7) that its customer
// revives is the same conversation while that is open, and the next one afterwards.
//
// # How it hears
//
// Webhooks say only that something happened in a session. The session is then read as a whole: messages, entity, and messages
// again where it has ended. The same is done for every session on a timer, because webhooks can be lost. Any process may read
// a session; the one that does holds a lease on it and looks again when a hook came meanwhile, so the order of facts is kept.
// The ticket is held by one process (session.Keeper) and used by all: the vendor forbids a new ticket for each call.
//
// # What cannot be seen
//
// Typing: there is no call that sets it, and the flag that shows it has the value 0. After-call work: the vendor has none.
// Colleagues who listen in. Who ended a session, unless a special message says so.
//
// # Sources
//
// SuperOffice REST reference "ChatSession", "ChatTopic", "Presence", "Webhook"; "Chatbot sessions", "Chatbot messages"; "Chat
// events" and "Webhook security"; "System user flow"; "Check tenant status"; the database reference of chat_session and
// chat_message; the enums of the package @superoffice/webapi 12.4. What they leave open and was inferred is said where it is
// relied on.
package superoffice
