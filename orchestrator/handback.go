package orchestrator

import (
	"context"
	"errors"
)

// MaxHandback is how many messages of the people's part the bot gets back; older ones are cut.
const MaxHandback = 200

// TimelineReader reads entries; a Store is one.
type TimelineReader interface {
	Timeline(ctx context.Context, id ConversationID, after uint64, limit int) ([]Entry, error)
}

// ReadHandback reads what the people said before the step of a notice, nil if the notice gives nothing back. The callback and
// the feed are both made of it.
func ReadHandback(ctx context.Context, timeline TimelineReader, id ConversationID, n *Notice) (*Handback, error) {
	if n == nil || n.HandbackFrom == 0 {
		return nil, nil
	}
	h := &Handback{Reason: n.HandbackReason, Disposition: n.Disposition}
	entries, err := readEntries(ctx, timeline, id, n.HandbackFrom, n.HandbackUntil)
	if errors.Is(err, ErrNotFound) { // the bot was away for longer than the timeline is kept: it hears of the end at least
		h.Truncated = true
		return h, nil
	}
	if err != nil {
		return nil, err
	}
	for i := range entries {
		if n.HandbackHandoff != 0 && entries[i].Handoff != n.HandbackHandoff {
			continue
		}
		switch ev := &entries[i].Event; ev.Type { //nolint:exhaustive // the bot needs words and notes
		case EventMessage:
			h.Messages = append(h.Messages, said(&entries[i]))
		case EventNote:
			h.Notes = append(h.Notes, ev.Note)
		}
	}
	if cut := len(h.Messages) - MaxHandback; cut > 0 {
		h.Messages, h.Truncated = h.Messages[cut:], true
	}
	return h, nil
}

// HearsNotes reports whether people's internal notes are for this bot. One that does not say so is told none.
func HearsNotes(b Bot) bool {
	hearer, says := b.(NoteHearer)
	return says && hearer.HearsNotes()
}

// withoutNotes is a delivery without the notes of people. The command is kept as it is, with them.
func (d Delivery) withoutNotes() Delivery {
	if d.Handback != nil {
		d.Handback.Notes = nil
	}
	if n := d.Command.Notice; n != nil && len(n.Notes) > 0 {
		cmd, notice := *d.Command, *n
		notice.Notes, cmd.Notice = nil, &notice
		d.Command = &cmd
	}
	return d
}

// heldWords reads the customer's words that a flush is to deliver.
func (d *Dispatcher) heldWords(ctx context.Context, cmd *Command) ([]HandbackMessage, error) {
	entries, err := readEntries(ctx, d.store, cmd.Conversation, cmd.From, cmd.Until)
	if err != nil {
		return nil, err
	}
	var words []HandbackMessage
	for i := range entries {
		if ev := &entries[i].Event; ev.Type == EventMessage && ev.Actor.Role == ActorCustomer {
			words = append(words, said(&entries[i]))
		}
	}
	return words, nil
}

func said(entry *Entry) HandbackMessage {
	return HandbackMessage{Sequence: entry.Sequence, At: entry.At, Author: entry.Event.Actor, Message: *entry.Event.Message}
}

// readEntries reads the timeline from a sequence to another, both included.
func readEntries(ctx context.Context, timeline TimelineReader, id ConversationID, from, until uint64) ([]Entry, error) {
	var entries []Entry
	for after := from - 1; after < until; {
		page, err := timeline.Timeline(ctx, id, after, int(min(timelinePage, until-after)))
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		entries = append(entries, page...)
		after = page[len(page)-1].Sequence
	}
	return entries, nil
}
