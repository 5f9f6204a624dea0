package web

import (
	"errors"

	"handoff/orchestrator"
)

// errLost ends a stream whose reader may not read on: the sign-in or the token is over, or the conversation is somebody
// else's business now.
var errLost = errors.New("the reader may not read on")

// stream answers with server-sent events until the client goes, may not read on, or the process stops.
func (r *reader) stream() error {
	st, err := r.s.openStream(r.c, "feed")
	if err != nil {
		return nil // the client is gone
	}
	defer r.s.metrics.streamClosed("feed")
	beat, stop := after(r.s.clock, Heartbeat)
	defer func() { stop() }()
	newer := true
	r.moved = r.lens.role == RoleCustomer // how it goes as the stream begins
	for {
		if newer {
			if err := r.goOn(st); err != nil {
				return r.s.streamEnd(r.c, err)
			}
		}
		select {
		case change := <-r.watch.C:
			if newer, err = r.changed(st, change); err != nil {
				return r.s.streamEnd(r.c, err)
			}
		case <-beat:
			beat, stop = after(r.s.clock, Heartbeat)
			if err := r.beat(st); err != nil {
				return r.s.streamEnd(r.c, err)
			}
			newer = true // a hint may have been lost
			if r.c.who.user != nil {
				r.watched()
			}
		case <-r.s.stopping:
			return nil
		case <-r.c.ctx().Done():
			return nil
		}
	}
}

// watched notes that a person still reads what is theirs.
func (r *reader) watched() {
	if conversation, err := r.s.store.Load(r.c.ctx(), r.id); err == nil {
		r.s.seen(r.c, conversation)
	}
}

// streamEnd logs what ended a stream other than its client. The answer has begun, so there is nothing to answer.
func (s *Server) streamEnd(c *call, err error) error {
	if err != nil && c.ctx().Err() == nil && !errors.Is(err, errLost) {
		s.log.Debug("stream ended", "route", c.Path(), "request_id", requestID(c), "error", err.Error())
	}
	return nil
}

// goOn tells what the timeline has beyond the reader's place, and then how the customer's wait goes if that may be otherwise.
func (r *reader) goOn(st *stream) error {
	if err := r.catchUp(st); err != nil {
		return err
	}
	if !r.moved && !r.waits {
		return nil
	}
	r.moved = false
	return r.showWait(st)
}

// catchUp writes everything that the timeline has beyond the reader's place.
func (r *reader) catchUp(st *stream) error {
	for {
		more, err := r.read(func(sequence uint64, e *orchestrator.Entry) error {
			b, err := r.lens.appendEnvelope(r.buf[:0], e)
			if err != nil {
				return err
			}
			r.buf = b
			if len(st.buf) > 0 && len(st.buf)+len(b) > r.s.options.Bounds.AnswerBytes {
				if err := st.flush(); err != nil {
					return err
				}
			}
			st.event(sequence, b)
			return nil
		})
		if err != nil {
			return err
		}
		if err := st.flush(); err != nil {
			return err
		}
		if !more {
			r.page, r.buf = smallPage, nil // from now on entries come one by one
			return nil
		}
	}
}

// changed handles one hint and reports whether the timeline has more than was read.
func (r *reader) changed(st *stream, change orchestrator.Change) (newer bool, err error) {
	if change.Typing != nil {
		return false, r.showTyping(st, &change)
	}
	if change.From != "" || change.Resync {
		if err := r.stillMay(); err != nil {
			return false, err
		}
	}
	r.moved = r.moved || r.movesWait(&change)
	return change.Resync || change.Erased || change.Sequence > r.after || r.moved, nil
}

func (r *reader) showTyping(st *stream, change *orchestrator.Change) error {
	b, shows, err := r.lens.appendTyping(r.buf[:0], change, r.s.now())
	if err != nil || !shows {
		return err
	}
	r.buf = b
	st.event(0, b)
	return st.flush()
}

// beat shows that the connection lives, and looks whether the reader may still read.
func (r *reader) beat(st *stream) error {
	if err := r.stillMay(); err != nil {
		return err
	}
	st.beat()
	if err := st.flush(); err != nil {
		return err
	}
	return r.s.touch(r.c, r.id)
}

// stillMay checks what may have ended since the stream began.
func (r *reader) stillMay() error {
	if err := r.s.stillSignedIn(r.c); err != nil {
		return err
	}
	if r.c.who.role != RoleAgent {
		return nil
	}
	conversation, err := r.s.store.Load(r.c.ctx(), r.id)
	if err != nil {
		return err
	}
	if !r.c.who.sees(conversation) {
		return errLost
	}
	return nil
}

// stillSignedIn checks that the session or the token of a stream's reader is still good.
func (s *Server) stillSignedIn(c *call) error {
	if c.who.role == RoleCustomer && s.now() > c.who.until {
		return errLost
	}
	if c.who.user == nil {
		return nil
	}
	who, err := s.identifyUser(c.ctx(), c.who.session.Token)
	if problem, ok := errors.AsType[*orchestrator.InputError](err); ok && problem.Code == codeNotSignedIn {
		return errLost
	}
	if err != nil {
		return err
	}
	if who.role != c.who.role { // by a new configuration
		return errLost
	}
	c.who.user = who.user
	return nil
}
