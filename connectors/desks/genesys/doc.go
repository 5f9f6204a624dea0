// Package genesys is the desk of Genesys Engage: Web Services (GWS, before: HTCC) for agents, and Mobile Services (GMS) for
// customers.
//
// # Seat customer
//
// Open requests a chat of GMS Chat API v2 in a chat service (the queue's target) and answers the chat's id. The customer's
// words and typing go there; one process, which has the desk's lease, refreshes each chat every few seconds and so hears
// what people say, and keeps the chat alive: without a request for 45 s the vendor throws the customer out. Each answer is
// the transcript from a position on, so nothing is missed by a process that was away. The secure key of a chat is a
// credential and lies in the desk's memory, never in the handle.
//
// Not seen there: the place in the queue; to whom a chat is transferred or why a person left (it waits again then, until
// the next one comes); that an invited colleague was asked, before they join; after-call work.
//
// # Seat agent
//
// Our bot is an agent of GWS. A chat that is offered to it is accepted at once and begins a conversation. Two generations
// of the interface differ in paths, names and answers, and are chosen by configuration: 8.5.1 (/me/interactions/{id}) and
// 8.5.2 (/me/chats/{id}). Notifications come over CometD, by one process, which holds the one session that an agent may
// have; operations may be called by every process. An answer with status code 0 says only that an operation was accepted;
// how it went is joined from the notification, or read when that does not come in time.
//
// A handoff to a queue is the vendor's own transfer. A handoff to a person who is known there is an invitation: when the
// person has joined, the bot leaves. Either way our sight ends there, and the conversation is told so: accepted, with the
// reason "handed_over: not visible from here", and completed. A chat that comes back to the bot is a new conversation.
//
// # Sources
//
// GWS 8.5.1 "Interactions On Chat Channel", "Interactions API Operations", "Interaction Notifications"; GWS 8.5.2 chat
// pages, "Return Values", "CSRF Protection", "Recovering Existing State"; GMS 8.5.2 "Chat API Version 2", "API Responses";
// the CometD reference book. What they leave open and what was inferred is said where it is relied on.
package genesys
