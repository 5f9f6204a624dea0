// Package oracle is the desk of Oracle B2C Service (RightNow) chat.
//
// # Seat customer
//
// Open begins an engagement for the customer through the Consumer API, in Oracle's queue that the queue's target names, and
// answers its id. The customer's words and typing go there; what people say comes from one long poll for each engagement,
// made by the process that has the desk's lease. The consumer session of an engagement is a credential and lies in the desk's
// memory, never in the handle. A session that Oracle does not know any more is asked for again (resumeType RESUME); when the
// engagement has ended meanwhile, that is told as drift.
//
// Not seen there: who is asked before somebody accepts, and after-call work.
//
// # Seat agent
//
// Our bot is an automated agent of Oracle's. An engagement that is offered to it is accepted at once and begins a
// conversation; Oracle waits 60 s for the answer. One process holds the account's session and makes the one getMessages call
// that a session may have; everything else may be called by every process.
//
// A handoff is rerouteEngagement: Oracle's own rules choose the queue, so a queue of ours may name product and category for
// them to look at. From then on nothing reaches the bot's session, and the conversation is told so: accepted, with the reason
// "handed_over: not visible from here", and completed. An engagement that comes back to the bot is a new conversation.
//
// If every process dies, Oracle marks the account absent, disconnects it after a while and puts its engagements back into
// the queue; the site's rules have them in the escalation state by then, so people get them.
//
// # What Oracle does not promise
//
// There is no transcript to read and no idempotency key. A word whose answer was lost is posted again under the same
// messageId; where Oracle does not recognise it, it is shown twice. A poll whose answer was lost is repeated under the same
// transaction number.
//
// # Sources
//
// "REST API for Chat in B2C Service" (operations, tokens, URL path, change history); Oracle's support answers on presence,
// the engagement time-out and chat events; where the reference does not show a message, the names of the chat server's older
// protocol, in Oracle's own Customer Portal scripts. Messages are therefore recognised by any of their known names, and the
// offer, whose name is not documented, by its shape.
package oracle
