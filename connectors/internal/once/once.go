// Package once keeps a word from reaching people twice at a vendor who knows no idempotency key. Before a piece of text is
// posted, it is written down which one it is and how many posts of ours the vendor had until then. A repetition of the same
// command finds that note: what is known to have arrived is not posted again, and where that is not known the vendor's own
// history is counted. That is enough, because the words for one chat are posted one after another (a lane has one worker).
package once

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"handoff/orchestrator"
)

// noteName is the name under which the note lies in a desk's memory.
const noteName = "posted"

// remembered is how many of the last commands are known as done: more than a lane repeats after a crash.
const remembered = 16

// Poster posts words of ours at one desk. It holds nothing and is safe for concurrent use.
type Poster struct {
	memory orchestrator.Memory
	desk   orchestrator.ConnectorName
}

// New is a poster for a desk.
func New(memory orchestrator.Memory, desk orchestrator.ConnectorName) *Poster {
	return &Poster{memory: memory, desk: desk}
}

// Chat is what a poster must be able to do at the vendor's.
type Chat struct {
	// Post posts one piece and says what came of it.
	Post func(ctx context.Context, piece string) Answer
	// Posted counts the posts of our side that the vendor has, from the beginning of the chat. It is asked only when a
	// piece may have arrived; nil where the vendor cannot be asked, and then the piece is posted again.
	Posted func(ctx context.Context) (int, error)
}

// note is what is written down of one chat.
type note struct {
	Done  []orchestrator.CommandID `json:"done,omitempty"`  // the last commands of which every piece arrived, the newest last
	ID    orchestrator.CommandID   `json:"id,omitempty"`    // the command under way
	Piece int                      `json:"piece,omitempty"` // the piece of it under way, from 0
	Count int                      `json:"count"`           // posts of ours before that piece
}

// Send posts the pieces of a command, each at most once as far as the vendor lets us know. An error means that a piece did
// not arrive, or may not have; the next call with the same command goes on there.
func (p *Poster) Send(ctx context.Context, ref string, id orchestrator.CommandID, pieces []string, at Chat) error {
	n, err := p.read(ctx, ref)
	if err != nil {
		return err
	}
	if slices.Contains(n.Done, id) {
		return nil
	}
	first := 0
	switch n.ID {
	case id:
		if first, err = p.resume(ctx, &n, at); err != nil {
			return err
		}
	case "":
	default: // the one before was given up; whether its last piece arrived decides what is counted from
		if _, err = p.resume(ctx, &n, at); err != nil {
			return err
		}
	}
	for i := first; i < len(pieces); i++ {
		n.ID, n.Piece = id, i
		if err := p.write(ctx, ref, n); err != nil {
			return err
		}
		if err := at.Post(ctx, pieces[i]).failure(p.desk); err != nil {
			return err
		}
		n.Count++
	}
	n.Done = append(n.Done, id)
	n.Done = n.Done[max(0, len(n.Done)-remembered):]
	n.ID, n.Piece = "", 0
	return p.write(ctx, ref, n)
}

// resume answers at which piece to go on: the vendor's history says whether the one under way arrived.
func (p *Poster) resume(ctx context.Context, n *note, at Chat) (int, error) {
	if at.Posted == nil {
		return n.Piece, nil
	}
	posted, err := at.Posted(ctx)
	if err != nil {
		return 0, err
	}
	arrived := posted > n.Count
	n.Count = posted
	if arrived {
		return n.Piece + 1, nil
	}
	return n.Piece, nil
}

func (p *Poster) read(ctx context.Context, ref string) (note, error) {
	var n note
	kept, err := p.memory.Kept(ctx, p.desk, ref)
	if err != nil {
		return n, p.broken(err)
	}
	if len(kept[noteName]) == 0 {
		return n, nil
	}
	if err := json.Unmarshal(kept[noteName], &n); err != nil {
		return n, p.broken(fmt.Errorf("the note of what was posted cannot be read: %w", err))
	}
	return n, nil
}

func (p *Poster) write(ctx context.Context, ref string, n note) error {
	b, err := json.Marshal(n)
	if err == nil {
		err = p.memory.Keep(ctx, p.desk, ref, noteName, b)
	}
	if err != nil {
		return p.broken(err)
	}
	return nil
}

// broken: the memory did not answer; nothing was posted since it last did.
func (p *Poster) broken(err error) error {
	return &orchestrator.ConnectorError{
		Connector: p.desk, Op: "send", Code: "memory", Outcome: orchestrator.OutcomeRetry, Err: err,
	}
}
