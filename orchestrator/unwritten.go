package orchestrator

import (
	"context"
	"errors"
)

// Answers for which nothing is written: what is passed on at once, what stands already, what is refused, what was taken before.

// passing answers an event that changes nothing: typing, which is told and not written down, and what was asked for already.
func (e *Engine) passing(ctx context.Context, c *Conversation, ev *Event, d *Decision, now Moment) (Receipt, error) {
	if ev.Type == EventTyping {
		e.transient(ctx, c, d, now)
		return Receipt{Conversation: c, then: d.Then}, nil
	}
	seen, err := e.stands(ctx, c, ev)
	if err != nil {
		return Receipt{}, err
	}
	if seen != nil {
		return e.repeated(ctx, ev, seen)
	}
	e.answered.note(c, ev)
	return Receipt{Conversation: c}, nil
}

// refuse answers a refusal, unless the event was taken before: then its first answer stands. What is not valid now may have
// been when it came first, or may be on a newer record, so that is looked at as well.
func (e *Engine) refuse(ctx context.Context, c *Conversation, ev *Event, cause error) (Receipt, error) {
	var rejection *Rejection
	var input *InputError
	if c.Version == 0 || ev.ID == "" || !errors.As(cause, &rejection) && !errors.As(cause, &input) {
		return Receipt{}, cause
	}
	seen, err := e.stands(ctx, c, ev)
	if err != nil {
		return Receipt{}, err
	}
	if seen == nil {
		return Receipt{}, cause
	}
	return e.repeated(ctx, ev, seen)
}

// stands makes sure of an answer that nothing was written for. It answers what is remembered of the event, if it was taken
// before, and ErrConflict if the record is not the newest: one out of the cache may be behind.
func (e *Engine) stands(ctx context.Context, c *Conversation, ev *Event) (*known, error) {
	seen, err := e.seen(ctx, c.ID, ev)
	if err != nil || seen != nil {
		return seen, err
	}
	newest, err := e.store.Load(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	if newest.Version != c.Version {
		e.records.drop(c.ID)
		return nil, ErrConflict
	}
	return nil, nil
}

// repeated answers an event that had been taken before: the record as it was then, read back from the timeline. A policy
// that was changed meanwhile may not give it again; then what stands now is the answer.
func (e *Engine) repeated(ctx context.Context, ev *Event, seen *known) (Receipt, error) {
	if err := seen.same(ev); err != nil {
		return Receipt{}, err
	}
	current, err := e.store.Load(ctx, ev.Conversation)
	if err != nil {
		return Receipt{}, err
	}
	then, refusal, err := e.At(ctx, current, seen.Sequence)
	if changed := (*ReplayError)(nil); errors.As(err, &changed) {
		e.log.WarnContext(ctx, "a repeated event is answered with what stands now", "conversation", current.ID, "error", err)
		if then = current; changed.Last.Type == EventMessageRefused {
			refusal = Reject(current, ev, CodeNotInControl, changed.Last.Reason)
		}
	} else if err != nil {
		return Receipt{}, err
	}
	// The first answer may have been lost on the way from the store, and with it the knowledge that lanes are ours.
	e.dispatcher.resume(current)
	receipt := Receipt{Conversation: then, Sequence: seen.Sequence, Created: seen.Sequence == 1, Repeated: true}
	if refusal != nil {
		return receipt, refusal
	}
	return receipt, nil
}
