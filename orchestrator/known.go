package orchestrator

import "context"

// known is what is remembered of an event, and under which of its names.
type known struct {
	Seen
	said bool // by the id of its message, under another event
}

// seen looks an event up under both of its names; nil if it was never taken.
func (e *Engine) seen(ctx context.Context, id ConversationID, ev *Event) (*known, error) {
	seen, err := e.store.Seen(ctx, id, ev.key())
	if err != nil {
		return nil, err
	}
	if seen != nil {
		return &known{Seen: *seen}, nil
	}
	name, _, ok := ev.said()
	if !ok {
		return nil, nil
	}
	if seen, err = e.store.Seen(ctx, id, name); err != nil || seen == nil {
		return nil, err
	}
	return &known{*seen, true}, nil
}

// same refuses an event that is another one under a known name.
func (k *known) same(ev *Event) error {
	if k.said {
		if _, now, _ := ev.said(); now != k.BodyHash {
			err := InvalidField(FieldMessageID, "was used for another message")
			err.Code, err.Detail = CodeKeyReuse, "this message id was used for another message"
			return err
		}
		return nil
	}
	if none := ([8]byte{}); k.BodyHash != ev.BodyHash && k.BodyHash != none && ev.BodyHash != none {
		return &InputError{Status: 422, Code: CodeKeyReuse, Detail: "this id was used for another event"}
	}
	return nil
}
