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
