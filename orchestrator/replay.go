package orchestrator

import (
	"context"
	"fmt"
)

// timelinePage is how many entries are read at a time.
const timelinePage = 500

// Replay decides a timeline anew from its first entry and answers the record that results, the entries that the decisions
// gave, and the refusal of the last one if it was refused.
func Replay(flow Flow, id ConversationID, bot ConnectorName, external string, entries []Entry) (*Conversation, []Entry, *Rejection, error) {
	var c *Conversation
	var again []Entry
	var refusal *Rejection
	for i := range entries {
		if entries[i].Derived {
			continue
		}
		ev := entries[i].Event
		ev.Conversation, ev.Bot, ev.External = id, bot, external
		if c == nil {
			c = flow.Start(id, &ev, entries[i].At)
		}
		d, err := flow.Decide(asWritten(c, &entries[i]), &ev, entries[i].At)
		if err != nil {
			return nil, nil, nil, &ReplayError{
				Sequence: entries[i].Sequence, Event: ev.Type, Last: entries[len(entries)-1].Event, Err: err,
			}
		}
		c, refusal = d.Next, d.Refusal
		if !d.Stored() {
			c = unchangedBefore(c, &entries[i])
		}
		again = append(again, d.Entries...)
	}
	return c, again, refusal, nil
}

// asWritten is the record on which an entry was decided, with the numbers that the timeline gives it: the version before may have
// written more or fewer entries for the same event.
func asWritten(c *Conversation, e *Entry) *Conversation {
	if c.Version == 0 || c.Sequence+1 == e.Sequence && c.Version+1 == e.Version {
		return c
	}
	then := *c
	then.Sequence, then.Version = e.Sequence-1, e.Version-1
	return &then
}

// unchangedBefore is the record after an event that changes nothing, and of which the version before wrote an entry.
func unchangedBefore(c *Conversation, e *Entry) *Conversation {
	then := *c
	then.Sequence, then.Version, then.BotSequence = e.Sequence, e.Version, max(c.BotSequence, e.Event.BotSequence)
	return &then
}

// ReplayError says that a timeline cannot be decided anew: it was decided under another policy.
type ReplayError struct {
	Sequence uint64    // of the entry that is refused now
	Event    EventType // of that entry
	Last     Event     // the last that was to be decided
	Err      error     // of the flow
}

// Error names the entry and why it is refused.
func (e *ReplayError) Error() string {
	return fmt.Sprintf("replaying entry %d (%s): %v", e.Sequence, e.Event, e.Err)
}

// Unwrap is the flow's refusal.
func (e *ReplayError) Unwrap() error { return e.Err }

// At answers the conversation as it was right after the event of a sequence was decided, and the refusal if it was refused.
func (e *Engine) At(ctx context.Context, c *Conversation, sequence uint64) (*Conversation, *Rejection, error) {
	flow, err := e.Flow(c)
	if err != nil {
		return nil, nil, err
	}
	entries, err := e.allEntries(ctx, c.ID, sequence)
	if err != nil {
		return nil, nil, err
	}
	then, _, refusal, err := Replay(flow, c.ID, c.Bot, c.External, entries)
	return then, refusal, err
}

// allEntries reads a timeline up to and with a sequence.
func (e *Engine) allEntries(ctx context.Context, id ConversationID, until uint64) ([]Entry, error) {
	var entries []Entry
	for uint64(len(entries)) < until {
		page, err := e.store.Timeline(ctx, id, uint64(len(entries)), int(min(timelinePage, until-uint64(len(entries)))))
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			return nil, fmt.Errorf("timeline of %s: entry %d is missing", id, len(entries)+1)
		}
		entries = append(entries, page...)
	}
	return entries, nil
}
