// Package native is the webhook of our own: one JSON envelope both ways, signed as Standard Webhooks 1.0.0, for every bot
// platform that can make an HTTP call.
//
// # In
//
// A bot posts {"id", "type", "timestamp", "conversation_id", "handoff_id", "handoff", "epoch", "sequence", "data"}, plain, as
// a CloudEvent in structured mode (application/cloudevents+json), or in binary mode (ce-* headers and Bearer: a signature
// does not cover these headers). Members that are not known are ignored; a null is the same as leaving the member out.
//
//	handoff.requested               handoff_requested
//	message.created                 message (role user: the customer's; bot, system: the bot's own, taken only in control)
//	typing.started, typing.stopped  typing, never stored
//	message.read                    customer_seen: no desk takes receipts, but whoever reads is there
//	context.updated                 context_updated
//	handoff.cancelled               handoff_cancelled, or customer_left with the reason user_left
//	conversation.ended              completed, or customer_left with the reason user_left
//
// The id of an event is webhook-id, else Idempotency-Key, else the envelope's id; without any (Bearer only) message.created
// goes by its message's id, and whatever else is left to the caller to name.
//
// # The flat twin
//
// For low-code tools handoff.requested can be posted as one flat object. Only conversation_id is required:
//
//	{"conversation_id", "handoff_id", "id", "timestamp", "epoch", "sequence", "reason", "queue", "agent_id", "skills": [],
//	 "priority", "summary", "language", "channel", "user_id", "user_name", "user_email", "attributes": {},
//	 "transcript_text", "queue_timeout_seconds", "reply_context", "on_end"}
//
// A line of transcript_text that begins with "user:", "bot:", "agent:" or "system:" begins a turn of that role; other lines
// go on with the turn before them, and what stands before the first is a turn of the system.
//
// # Out
//
// Each command becomes one POST to the callback with the same envelope, webhook-id the command's id (the same when it is
// tried again), webhook-timestamp and the signatures new each time. An answer of 410 ends the calls of this process.
package native
