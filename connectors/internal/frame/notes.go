package frame

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"handoff/orchestrator"
)

// Keep notes a value under a chat, as JSON.
func (f *Frame) Keep(ctx context.Context, ref, name string, value any) error {
	raw, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return f.Memory.Keep(ctx, f.Name, ref, name, raw)
}

// Read answers the values kept of a chat, decoded into what is given for each name. What was never kept stays as it is.
func (f *Frame) Read(ctx context.Context, ref string, into map[string]any) error {
	kept, err := f.Memory.Kept(ctx, f.Name, ref)
	if err != nil {
		return err
	}
	for name, value := range into {
		if len(kept[name]) == 0 {
			continue
		}
		if err := json.Unmarshal(kept[name], value); err != nil {
			return fmt.Errorf("what is kept as %q of chat %s cannot be read: %w", name, ref, err)
		}
	}
	return nil
}

// Record reads our record of a conversation; nil if there is none any more.
func (f *Frame) Record(ctx context.Context, id orchestrator.ConversationID) (*orchestrator.Conversation, error) {
	if id == "" {
		return nil, ctx.Err()
	}
	c, err := f.Memory.Load(ctx, id)
	if errors.Is(err, orchestrator.ErrNotFound) {
		return nil, nil //nolint:nilnil // no record is an answer
	}
	return c, err
}

// handlesAtOnce is how many handles are read at once.
const handlesAtOnce = 500

// Handles answers every handle that was new at or after a moment. Those of one moment may lie in two pages, so each page begins
// with the last moment of the one before.
func (f *Frame) Handles(ctx context.Context, since orchestrator.Moment) ([]orchestrator.Handle, error) {
	var all []orchestrator.Handle
	seen := map[string]bool{}
	for {
		page, err := f.Memory.Handles(ctx, f.Name, since, handlesAtOnce)
		if err != nil {
			return nil, err
		}
		for _, h := range page {
			if !seen[h.Ref] {
				seen[h.Ref] = true
				all = append(all, h)
			}
		}
		if len(page) < handlesAtOnce || page[len(page)-1].Since == since {
			return all, nil
		}
		since = page[len(page)-1].Since
	}
}
