package orchestrator

import (
	"context"
	"errors"
)

// locate finds the conversation of an event that names it by the bot's own id. It stays empty when there is none yet.
func (e *Engine) locate(ctx context.Context, ev *Event) error {
	if ev.Conversation != "" {
		return e.confirm(ctx, ev)
	}
	if _, ok := e.bots[ev.Bot]; !ok {
		return ErrUnknownBot
	}
	if id, ok := e.newest.get(externalKey{ev.Bot, ev.External}); ok {
		ev.Conversation = id
		return nil
	}
	return e.relocate(ctx, ev)
}

// confirm checks a conversation that a bot names by our id: it must be that bot's and, where the bot's own id stands beside
// ours, that one. From then on ours alone counts: what speaks of a conversation that has ended is not taken by the next.
func (e *Engine) confirm(ctx context.Context, ev *Event) error {
	if ev.Bot == "" {
		return nil
	}
	c, err := e.known(ctx, ev.Conversation)
	if err != nil {
		return err
	}
	if c.Bot != ev.Bot || ev.External != "" && c.External != ev.External {
		return ErrNotFound
	}
	ev.External = ""
	return nil
}

// relocate asks the store, because nothing is remembered or what is remembered was overtaken.
func (e *Engine) relocate(ctx context.Context, ev *Event) error {
	id, err := e.store.Find(ctx, ev.Bot, ev.External)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	ev.Conversation = id
	e.newest.put(externalKey{ev.Bot, ev.External}, id)
	return nil
}

// begin makes the record of a conversation that does not exist yet.
func (e *Engine) begin(ev *Event) (*Conversation, error) {
	flow, ok := e.policies.Load().flows[e.bots[ev.Bot]]
	if !ok {
		return nil, ErrUnknownBot
	}
	return flow.Start(e.store.Mint(ev.Bot, ev.External), ev, e.Now()), nil
}

// afterEnd handles an event addressed by the bot's own id when the newest conversation known here has ended: another
// process may have begun the next one (ErrConflict: look again), this event may begin it, or it is answered by the ended
// one, because that had taken it or because it begins nothing.
func (e *Engine) afterEnd(ctx context.Context, c *Conversation, ev *Event) (*Conversation, error) {
	if err := e.relocate(ctx, ev); err != nil {
		return nil, err
	}
	if ev.Conversation != c.ID {
		return nil, ErrConflict
	}
	if !begins(ev) {
		return c, nil
	}
	seen, err := e.seen(ctx, c.ID, ev)
	if err != nil || seen != nil {
		return c, err
	}
	return e.begin(ev)
}

// afterExpiry handles an event whose conversation has ended so long ago that its record is gone while its event ids are
// still remembered. Another process may have begun the next one (ErrConflict: look again). What the expired one had taken is
// not taken again, by nobody; anything else may begin the next one.
func (e *Engine) afterExpiry(ctx context.Context, ev *Event) (*Conversation, error) {
	if ev.External == "" {
		return nil, ErrNotFound
	}
	expired := ev.Conversation
	if err := e.relocate(ctx, ev); err != nil {
		return nil, err
	}
	if ev.Conversation != expired {
		return nil, ErrConflict
	}
	if !begins(ev) {
		return nil, ErrNotFound
	}
	seen, err := e.seen(ctx, ev.Conversation, ev)
	if err != nil {
		return nil, err
	}
	if seen != nil {
		return nil, ErrNotFound
	}
	return e.begin(ev)
}

// begins reports whether an event may be the first of a conversation.
func begins(ev *Event) bool {
	if ofBrowser(ev.External) {
		return ev.Type == EventStarted
	}
	switch ev.Type { //nolint:exhaustive // all others speak of something that exists
	case EventStarted, EventHandoffRequested, EventContextUpdated:
		return true
	case EventMessage:
		return ev.Actor.Role == ActorCustomer || ev.Actor.Role == ActorBot
	default:
		return false
	}
}

// externalKey is a conversation as a bot names it.
type externalKey struct {
	bot      ConnectorName
	external string
}

// lockKey is what events of one conversation share, also before it has an id of ours.
func (ev *Event) lockKey() string {
	if ev.Conversation != "" {
		return string(ev.Conversation)
	}
	return string(ev.Bot) + "\x00" + ev.External
}
