package web

import (
	"handoff/orchestrator"
	"handoff/orchestrator/wire"
)

// wait is how a customer's wait goes: it rings at somebody, or she stands at a place in a line.
type wait struct {
	state    orchestrator.State
	queue    orchestrator.QueueName
	position int
	seconds  int64
}

// movesWait reports whether a hint tells a customer's reader that her wait goes on otherwise. The steps that it stands for are
// among the people of the desk (offered, declined), so that her timeline does not have them.
func (r *reader) movesWait(change *orchestrator.Change) bool {
	return r.lens.role == RoleCustomer && (change.Resync || waiting(change.State))
}

// appendWait appends how the customer's wait goes, as an event without a place in the timeline: it is told when it differs
// from what this reader was told last. What the desk cannot be asked is left out.
func (r *reader) appendWait(b []byte) ([]byte, bool, error) {
	conversation, err := r.s.store.Load(r.c.ctx(), r.id)
	if err != nil {
		return b, false, err
	}
	if r.waits = waiting(conversation.State); !r.waits {
		r.told = wait{}
		return b, false, nil
	}
	v := r.s.view(r.c.ctx(), conversation, RoleCustomer)
	now := wait{conversation.State, conversation.Queue, v.position, (v.waitMS + 999) / 1000}
	if now == r.told {
		return b, false, nil
	}
	b, err = wire.Append(b, &envelope{Type: wire.Waiting, Timestamp: r.s.now(), Epoch: conversation.Epoch, Data: &wire.Data{
		ToState: now.state, Queue: now.queue, Position: now.position, WaitSeconds: now.seconds,
	}})
	if err != nil {
		return b, false, err
	}
	r.told = now
	return b, true, nil
}

// showWait tells the reader of a stream how her wait goes.
func (r *reader) showWait(st *stream) error {
	b, shows, err := r.appendWait(r.buf[:0])
	r.buf = b
	if err != nil || !shows {
		return err
	}
	st.event(0, b)
	return st.flush()
}

// collectWait tells it in the answer of a poll.
func (r *reader) collectWait() error {
	mark := len(r.buf)
	r.separate()
	b, shows, err := r.appendWait(r.buf)
	r.buf = b
	if err == nil && !shows {
		r.buf = r.buf[:mark]
		r.shown--
	}
	return err
}
