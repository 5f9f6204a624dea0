package genesys

import (
	"context"
	"errors"

	"handoff/orchestrator"
)

// Names of notes under a handle.
const (
	noteChat  = "chat" // of GMS: see customerNote
	noteHeard = "at"   // of GMS: see customerHeard
)

// openedBy is the handle under which lies what a command has opened, so that the same command opens one chat only.
const openedBy = "open:"

// customerNote is what is kept of a chat that we opened: its credentials, and for what it was opened.
type customerNote struct {
	User    string                 `json:"user"`
	Key     string                 `json:"key"`
	Alias   string                 `json:"alias"`
	Service string                 `json:"service"`
	Command orchestrator.CommandID `json:"command"`
}

// customerHeard is how far a chat of GMS was told, and who is in it.
type customerHeard struct {
	Next   number   `json:"next"` // the position from which to read on
	People []person `json:"people,omitempty"`
}

// person is an agent in a chat. GMS gives a nickname and a number that counts within the chat only.
type person struct {
	Number string               `json:"number"`
	ID     orchestrator.AgentID `json:"id"`
	Name   string               `json:"name"`
}

func (p person) agent() *orchestrator.Agent { return &orchestrator.Agent{ID: p.ID, Name: p.Name} }

// Names of notes under a chat of the agent's.
const (
	noteAgent    = "leg"      // see agentNote
	noteHandover = "handover" // see handover
	noteEnding   = "ending"   // the conversation that ends the chat
)

// agentNote is what is kept of a chat while the bot is in it. Only the process that listens writes it.
type agentNote struct {
	Joined       number                      `json:"joined"` // the entry with which the bot joined
	Begun        bool                        `json:"begun,omitempty"`
	Seen         number                      `json:"seen"` // told up to this entry
	Own          int                         `json:"own"`  // words of the bot's among them
	Conversation orchestrator.ConversationID `json:"conversation,omitempty"`
}

// handover is what is kept of a handoff of the bot's chat, before the vendor is asked for it.
type handover struct {
	Command orchestrator.CommandID `json:"command"`
	Queue   orchestrator.QueueName `json:"queue"`
	Target  string                 `json:"target"`          // the queue, as the vendor calls it
	User    string                 `json:"user,omitempty"`  // the person who was invited
	Only    bool                   `json:"only,omitempty"`  // that person or nobody
	Asked   bool                   `json:"asked,omitempty"` // the vendor has taken the invitation
	Since   orchestrator.Moment    `json:"since"`
}

// note answers what is kept of a chat; nil if it is over or was never opened.
func (s *customerSeat) note(ctx context.Context, op, ref string) (*customerNote, error) {
	var known *customerNote
	err := s.Read(ctx, ref, map[string]any{noteChat: &known})
	return known, s.Broken(op, err)
}

// forget takes away what is kept of a chat that is over.
func (s *customerSeat) forget(ctx context.Context, ref string, known *customerNote) error {
	return errors.Join(
		s.Memory.Forget(ctx, s.Name, openedBy+string(known.Command)),
		s.Memory.Forget(ctx, s.Name, ref),
	)
}

// note answers what is kept of a chat while the bot is in it.
func (s *agentSeat) note(ctx context.Context, chat string) (agentNote, error) {
	var known agentNote
	err := s.Read(ctx, chat, map[string]any{noteAgent: &known})
	return known, err
}

// handover answers what is kept of a handoff of a chat; nil if there is none.
func (s *agentSeat) handover(ctx context.Context, chat string) (*handover, error) {
	var h *handover
	err := s.Read(ctx, chat, map[string]any{noteHandover: &h})
	return h, err
}
