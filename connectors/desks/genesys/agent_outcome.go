package genesys

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Times of outcomes.
const (
	// outcomeWithin is how long an outcome is awaited before it is read.
	outcomeWithin = 4 * time.Second
	// outcomeLook is how often it is read by a process that does not listen.
	outcomeLook = 300 * time.Millisecond
)

// outcome is that of one operation: the vendor's answer says that it was accepted, a notification how it went.
type outcome struct {
	*agentSeat
	op, ref string
	heard   *agentChat // nil while this process does not listen
}

// expect prepares to learn the outcome of an operation. It comes before the operation: the notification may be quicker than
// the answer.
func (s *agentSeat) expect(op, chat string) outcome {
	s.guard.Lock()
	defer s.guard.Unlock()
	o := outcome{agentSeat: s, op: op, ref: chat}
	if s.serving != nil {
		o.heard = s.chatOf(chat)
	}
	return o
}

// await answers the state in which the chat is after the operation, one of those wanted. A chat that is with the bot no more
// is Completed. Errors: permanent, if the vendor tells that the operation failed; unknown, if nothing is told and the chat
// stands as before.
func (o outcome) await(ctx context.Context, reference number, wanted ...string) (string, error) {
	late := make(chan struct{})
	defer o.Clock.AfterFunc(outcomeWithin, func() { close(late) })()
	for {
		state, failed, changed := o.now(reference)
		if failed != "" {
			return "", o.Permanent(o.op, failed, errors.New("the operation was accepted and failed then"))
		}
		if slices.Contains(wanted, state) {
			return state, nil
		}
		look := make(chan struct{})
		stop := func() {}
		var deaf <-chan struct{} // closed when this process stops listening
		if changed == nil {
			stop = o.Clock.AfterFunc(outcomeLook, func() { close(look) })
		} else {
			deaf = o.heard.ctx.Done()
		}
		select {
		case <-changed:
		case <-deaf:
			return o.last(ctx, wanted)
		case <-look:
			if state, err := o.read(ctx); err != nil || slices.Contains(wanted, state) {
				return state, err
			}
		case <-late:
			stop()
			return o.last(ctx, wanted)
		case <-ctx.Done():
			stop()
			return "", o.unknown(ctx.Err())
		}
		stop()
	}
}

// now is what was heard so far; changed is nil where nothing can be heard.
func (o outcome) now(reference number) (state, failed string, changed <-chan struct{}) {
	if o.heard == nil {
		return "", "", nil
	}
	o.guard.Lock()
	defer o.guard.Unlock()
	if reference != 0 {
		failed = o.heard.failures[reference]
	}
	return o.heard.heard, failed, o.heard.changed
}

// last reads how the chat stands when nothing was heard in time.
func (o outcome) last(ctx context.Context, wanted []string) (string, error) {
	state, err := o.read(ctx)
	if err == nil && !slices.Contains(wanted, state) {
		err = o.unknown(errors.New("the vendor has accepted it and does not tell how it went"))
	}
	return state, err
}

func (o outcome) read(ctx context.Context) (string, error) {
	at, _, err := o.find(ctx, o.op, o.ref)
	if err != nil {
		return "", err
	}
	if at == nil {
		return stateCompleted, nil
	}
	return at.State, nil
}

func (o outcome) unknown(why error) error {
	return o.Unknown(o.op, "outcome-unknown", why)
}
