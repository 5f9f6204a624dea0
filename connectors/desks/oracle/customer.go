package oracle

import (
	"context"
	"errors"
	"hash/fnv"
	"net/http"

	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// customerSeat opens engagements for customers through the Consumer API.
type customerSeat struct {
	*base
	chats *frame.Chats
	locks [stripes]chan struct{}
}

// stripes is how many engagements can change their session at a time.
const stripes = 64

func newCustomerSeat(b *base) *customerSeat {
	s := &customerSeat{base: b, chats: b.NewChats(b.isRef)}
	for i := range s.locks {
		s.locks[i] = make(chan struct{}, 1)
	}
	return s
}

// Manifest: after-call work and who rings are not seen. Colleagues who join and leave are, but we cannot invite.
func (s *customerSeat) Manifest() orchestrator.Manifest {
	return orchestrator.Manifest{
		Kind: "oracle", Seats: []string{SeatCustomer}, TypingIn: true, TypingOut: true, Liveness: true, Availability: true,
		Positions: true, LongestText: s.config.LongestText, History: orchestrator.HistoryData,
	}
}

// withSession is a call with the session of an engagement. The Bearer header is needed at the beginning only; Oracle's samples
// keep sending it.
func (s *customerSeat) withSession(op string, c *customerNote, body any) request {
	header := http.Header{}
	header.Set("SessionId", c.Session)
	header.Set("Authorization", "Bearer "+c.Token)
	return request{op: op, api: "consumer", at: c.At, header: header, body: body}
}

// call makes a call with the session of an engagement, and once more with another one when Oracle does not know it.
func (s *customerSeat) call(ctx context.Context, op, ref string, body any) error {
	c, _, err := s.kept(ctx, ref)
	switch {
	case err != nil:
		return s.Broken(op, err)
	case c == nil || c.ending || c.lost:
		return s.Permanent(op, codeGone, errors.New("the engagement is over"))
	}
	_, _, err = s.do(ctx, s.withSession(op, c, body))
	if !errors.Is(err, errExpired) {
		return err
	}
	next, err := s.resume(ctx, ref, c)
	if err != nil {
		return err
	}
	_, _, err = s.do(ctx, s.withSession(op, next, body))
	return err
}

// lock keeps two calls of this process from changing an engagement's session at once.
func (s *customerSeat) lock(ctx context.Context, ref string) (unlock func(), err error) {
	h := fnv.New32a()
	h.Write([]byte(ref))
	lock := s.locks[h.Sum32()%stripes]
	select {
	case lock <- struct{}{}:
		return func() { <-lock }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
