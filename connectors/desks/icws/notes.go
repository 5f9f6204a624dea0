package icws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"handoff/orchestrator"
)

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

// read answers the values kept of a chat, decoded into what is given for each name. What was never kept stays as it is.
func (b *base) read(ctx context.Context, ref string, into map[string]any) error {
	kept, err := b.Memory.Kept(ctx, b.Name, ref)
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

// record reads our record of a conversation; nil if there is none any more. A store that does not answer is asked again.
func (b *base) record(ctx context.Context, ref string, id orchestrator.ConversationID) (*orchestrator.Conversation, error) {
	if id == "" {
		return nil, ctx.Err()
	}
	var record *orchestrator.Conversation
	err := b.untilStored(ctx, ref, func() (err error) {
		if record, err = b.Memory.Load(ctx, id); errors.Is(err, orchestrator.ErrNotFound) {
			record, err = nil, nil
		}
		return err
	})
	return record, err
}
