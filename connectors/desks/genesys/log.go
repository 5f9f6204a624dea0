package genesys

import (
	"context"
	"time"
)

// logWithin is how long the log that was asked for is awaited (8.5.1).
const logWithin = time.Second

// requestLog asks for the log of a chat, which comes as a notification (8.5.1). Only who is in the chat may ask.
func (s *agentSeat) requestLog(ctx context.Context, op, chat string) error {
	settle := s.expectLog(chat)
	_, err := s.operate(ctx, op, chat, operation(opHistory, nil))
	settle(err)
	return err
}

// expectLog counts that the log of a chat will be told from its beginning, before it is asked for: a notification names no
// request, and an earlier one may be on its way still. What is answered takes the count back if the asking failed.
func (s *agentSeat) expectLog(chat string) (settle func(error)) {
	count := func(more int) {
		s.guard.Lock()
		defer s.guard.Unlock()
		if s.serving != nil {
			ln := s.laneOf(chat)
			ln.due = max(0, ln.due+more)
		}
	}
	count(1)
	return func(err error) {
		if err != nil {
			count(-1)
		}
	}
}

// logsDue is how often the log of a chat is still to be told, and a channel that is closed when anything is told of the chat;
// nil while this process does not listen.
func (s *agentSeat) logsDue(chat string) (due int, changed <-chan struct{}) {
	s.guard.Lock()
	defer s.guard.Unlock()
	if s.serving == nil {
		return 0, nil
	}
	ln := s.laneOf(chat)
	return ln.due, ln.changed
}
