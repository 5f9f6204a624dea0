package icws

import (
	"context"
	"errors"
	"time"

	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// Names of what is kept.
const (
	noteChat  = "chat"
	noteHeard = "heard" // by the process that listens
	noteOver  = "over"  // the chat is over for us
)

// openedPrefix begins handles that are no chats.
const openedPrefix = "opened/"

// noteCount is the name under which a count lies.
const noteCount = "count"

// customerNote is what is kept of a web chat when it is opened. Participant is its only credential.
type customerNote struct {
	Conversation orchestrator.ConversationID `json:"conversation"`
	Participant  string                      `json:"participant"`
	Queue        orchestrator.QueueName      `json:"queue"`
	Command      orchestrator.CommandID      `json:"command,omitempty"` // which opened it
}

// customerHeard is what is kept of a web chat by the process that listens: how far it has heard, and who is in it. It is written
// after the facts were taken, so what is told again after a crash is told under the same ids.
type customerHeard struct {
	Number int           `json:"number"` // of the last thing heard
	Agents []participant `json:"agents"` // who are in it, the longest first
	Before []participant `json:"others"` // who have been: words and states of one chat may overtake each other
	// Left is the person who went last while nobody else was there: the chat ends, or it waits again. The next poll tells.
	Left   *participant `json:"left,omitempty"`
	Served bool         `json:"served"`
	Over   bool         `json:"over"`
}

// participant is a participant. Its id at the server is a credential for the customer's and is never told.
type participant struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Agent bool   `json:"agent"`
}

// agent is the person to us: web chats tell a name and nothing else that may be shown.
func (p participant) agent() orchestrator.Agent {
	return orchestrator.Agent{ID: orchestrator.AgentID(p.Name), Name: p.Name}
}

// agentNote is what is kept of a chat that began at the desk.
type agentNote struct {
	// Now is the chat's id if PureConnect has given it another one since (interactionMorphedMessage).
	Now string `json:"now,omitempty"`
	// Stint counts the conversations that began with this chat: people can send it back to the bot after its end. Begun says
	// that the newest one was told, and Conversation which one it is.
	Stint        int                         `json:"stint"`
	Begun        bool                        `json:"begun"`
	Conversation orchestrator.ConversationID `json:"conversation,omitempty"`
	// Name is the customer's as it was heard first: ICWS gives the customer no id, and words are known by who said them.
	Name string `json:"name,omitempty"`
	// Skip is how many words at the beginning of the chat belong to conversations before.
	Skip int `json:"skip,omitempty"`
	// Told counts the moves that were told, so that each has an id of its own.
	Told int `json:"told,omitempty"`
}

// count is how many words of ours a chat held when the process that listens came by a mark.
type count struct {
	Ours int    `json:"ours"`
	Mark string `json:"mark"`
}

// openedBy is the handle under which lies which chat a command has opened, for the case that it comes again because nobody
// heard of it.
func openedBy(id orchestrator.CommandID) string { return openedPrefix + string(id) }

// note reads what was kept of a chat; a permanent failure if it is over for us.
func (s *customerSeat) note(ctx context.Context, op, ref string) (*customerNote, error) {
	var note customerNote
	if err := s.Read(ctx, ref, map[string]any{noteChat: &note}); err != nil {
		return nil, s.Broken(op, err)
	}
	if note.Participant == "" {
		return nil, s.Permanent(op, frame.CodeNoChat, errors.New("the chat is over for us"))
	}
	return &note, nil
}

// remember keeps what a chat was opened with. If that fails the chat is left at once: nobody would ever speak in it.
func (s *customerSeat) remember(ctx context.Context, cmd *orchestrator.Command, ref string, note *customerNote) error {
	err := s.Keep(ctx, ref, noteChat, note)
	if err == nil {
		err = s.Keep(ctx, openedBy(cmd.ID), noteChat, ref)
	}
	if err == nil {
		return nil
	}
	_ = s.leave(context.WithoutCancel(ctx), note.Participant) // the server lets go of who stops polling
	return s.Broken("open", err)
}

// keepNote keeps what must be known of a chat after a loss.
func (l *listener) keepNote(ctx context.Context, c *agentChat) error {
	return l.keepAnyway(ctx, c.ref, noteChat, &c.note)
}

// storePause is how long to wait before the store is asked again.
const storePause = 200 * time.Millisecond

// keepAnyway is Keep for what would be lost otherwise: a store that does not answer is asked again until ctx ends.
func (b *base) keepAnyway(ctx context.Context, ref, name string, value any) error {
	return b.untilStored(ctx, ref, func() error { return b.Keep(ctx, ref, name, value) })
}

// untilStored does something with the store again and again, until it succeeds or ctx ends.
func (b *base) untilStored(ctx context.Context, ref string, do func() error) error {
	for {
		err := do()
		if err == nil || ctx.Err() != nil {
			return err
		}
		b.Log.WarnContext(ctx, "the store does not answer yet", "chat", ref, "error", err)
		if err := b.Report.Rest(ctx, storePause); err != nil {
			return err
		}
	}
}

// record reads our record of a conversation; nil if there is none any more. A store that does not answer is asked again.
func (b *base) record(ctx context.Context, ref string, id orchestrator.ConversationID) (*orchestrator.Conversation, error) {
	var record *orchestrator.Conversation
	err := b.untilStored(ctx, ref, func() (err error) {
		record, err = b.Record(ctx, id)
		return err
	})
	return record, err
}

// forget takes away what is kept under a handle. Should that fail, it goes by itself in time.
func (b *base) forget(ctx context.Context, ref string) {
	if err := b.Memory.Forget(ctx, b.Name, ref); err != nil {
		b.Log.InfoContext(ctx, "a chat is not forgotten yet", "chat", ref, "error", err)
	}
}
