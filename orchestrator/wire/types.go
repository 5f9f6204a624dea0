// Package wire turns what steps of a conversation tell into the types, ids and data that everybody outside is given. The bot's
// callback, the feed, the webhook's answer, the archive and the pages are all made of it, so that nobody is told two things.
package wire

import (
	"hash/fnv"
	"strconv"
	"strings"

	"handoff/orchestrator"
)

// Types of what is told. A step that tells nothing of its own is told as "conversation.<event>"; see Type.
const (
	Queued             = "handoff.queued"
	PositionChanged    = "handoff.position_changed"
	Accepted           = "handoff.accepted"
	Transferred        = "handoff.transferred"
	Failed             = "handoff.failed"
	Ended              = "handoff.ended"
	Completed          = "handoff.completed"
	Started            = orchestrator.NoticeStarted
	ConversationEnded  = "conversation.ended"
	MessageCreated     = "message.created"
	MessageRefused     = "message.refused"
	MessageUndelivered = "message.delivery_failed"
	TypingStarted      = "typing.started"
	TypingStopped      = "typing.stopped"
	// Waiting is told to a customer's feed alone, and has no place in the timeline.
	Waiting = "handoff.waiting"

	stepPrefix = "conversation."
)

// What the bot does after handoff.ended (orchestrator.Notice.Resume).
const (
	ResumeBot  = "bot"
	ResumeNone = "none"
)

// Type is the type under which a step is told.
func Type(e *orchestrator.Entry) string {
	if e.Event.Type == orchestrator.EventMessage {
		return MessageCreated
	}
	if n := NoticeOf(e); n != nil {
		return n.Type
	}
	return stepPrefix + string(e.Event.Type)
}

// NoticeOf is what a step tells, nil for a word and for a step that tells nothing of its own.
func NoticeOf(e *orchestrator.Entry) *orchestrator.Notice {
	if e.Notice != nil || e.Form == orchestrator.FormNotice {
		return e.Notice
	}
	return noticeBefore(e)
}

// EndedBy is who ended a chat.
func EndedBy(role orchestrator.ActorRole) string {
	switch role {
	case orchestrator.ActorCustomer:
		return "user"
	case orchestrator.ActorBot:
		return "bot"
	case orchestrator.ActorAgent, orchestrator.ActorSupervisor, orchestrator.ActorDesk:
		return "agent"
	case orchestrator.ActorSystem:
		return "system"
	}
	return "system"
}

// ID is the id of an entry outside, the same wherever it is told and in no other conversation.
func ID(id orchestrator.ConversationID, sequence uint64) string {
	return base(id) + strconv.FormatUint(sequence, 10)
}

// CommandID is the id under which a bot is told what a command is about.
func CommandID(cmd *orchestrator.Command) string {
	switch {
	case cmd.Type == orchestrator.CommandTyping:
		return TypingID(cmd.Conversation, cmd.At, cmd.Author, cmd.Typing)
	case cmd.ByEntry:
		return ID(cmd.Conversation, cmd.Sequence)
	}
	return string(cmd.ID) // of the version before
}

// HeldID is the id under which a bot is told one of the words that a flush brings.
func HeldID(cmd *orchestrator.Command, sequence uint64) string {
	if cmd.ByEntry {
		return ID(cmd.Conversation, sequence)
	}
	return string(cmd.ID) + "." + strconv.FormatUint(sequence, 10) // of the version before
}

// TypingID is the id of one notice of typing, which has no entry: of its moment, its author, and whether they began.
func TypingID(id orchestrator.ConversationID, at orchestrator.Moment, author orchestrator.Actor, typing bool) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(string(author.Role) + "\x00" + author.ID + "\x00" + strconv.FormatBool(typing)))
	return base(id) + "t" + strconv.FormatInt(int64(at), 36) + "_" + strconv.FormatUint(uint64(h.Sum32()), 36)
}

func base(id orchestrator.ConversationID) string {
	return "evt_" + strings.TrimPrefix(string(id), "cv_") + "_"
}
