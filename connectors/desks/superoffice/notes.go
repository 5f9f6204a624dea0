package superoffice

import (
	"context"
	"encoding/json"
	"fmt"

	"handoff/orchestrator"
)

// Names under which something lies below the handle of a session.
const (
	noteChat   = "chat"   // what was told of it; written by readings
	noteHook   = "mark"   // the newest hook; written when it comes, before it is acknowledged
	noteHanded = "handed" // the command that handed it over (seat agent)
	noteEnded  = "ended"  // we have ended it (seat customer)
)

// note is what was told of a session so far. Only a reading writes it, and readings of one session exclude each other.
type note struct {
	Conversation orchestrator.ConversationID `json:"conversation,omitempty"`
	// Seen is the id of the last message that was told: the cursor. It moves on when the fact was taken.
	Seen number `json:"seen"`
	// Turn counts the facts that were told, so that the same fact at another time has another id.
	Turn  int                 `json:"turn"`
	Stand stand               `json:"stand"`
	Topic number              `json:"topic"`
	Agent *orchestrator.Agent `json:"agent,omitempty"` // who serves it
	To    *orchestrator.Agent `json:"to,omitempty"`    // to whom it is being transferred
	// Opening is where the creation of the session is noted (seat customer).
	Opening string `json:"opening,omitempty"`
	// OverAt is when it was found over.
	OverAt orchestrator.Moment `json:"over_at,omitzero"`
}

// kept is everything that is remembered of a session.
type kept struct {
	note   *note // nil: nothing was told yet
	mark   string
	handed orchestrator.CommandID
	ended  bool
}

func (b *base) read(ctx context.Context, ref string) (*kept, error) {
	values, err := b.Memory.Kept(ctx, b.Name, ref)
	if err != nil {
		return nil, err
	}
	k := &kept{mark: string(values[noteHook]), handed: orchestrator.CommandID(values[noteHanded]), ended: len(values[noteEnded]) > 0}
	if len(values[noteChat]) > 0 {
		k.note = &note{}
		if err := json.Unmarshal(values[noteChat], k.note); err != nil {
			return nil, fmt.Errorf("what was told of session %s cannot be read: %w", ref, err)
		}
	}
	return k, nil
}

func (b *base) write(ctx context.Context, ref string, n *note) error {
	return b.Keep(ctx, ref, noteChat, n)
}

// keep notes a short text under a session; empty takes it away.
func (b *base) keep(ctx context.Context, op, ref, name, text string) error {
	var value []byte
	if text != "" {
		value = []byte(text)
	}
	return b.Broken(op, b.Memory.Keep(ctx, b.Name, ref, name, value))
}
