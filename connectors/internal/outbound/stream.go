package outbound

import (
	"context"
	"errors"
	"io"
	"net/http/httptrace"
	"time"

	"handoff/orchestrator"
)

// errSilent: nothing came through a stream for too long.
var errSilent = errors.New("the stream is silent")

// Stream opens a call whose answer goes on, as server-sent events do. The client's time-out bounds the wait for the answer's
// head; from then on the body may last, but every silence longer than the given one ends it. The caller closes the body. A
// status that is not 2xx is answered as Do answers it.
func (c *Client) Stream(ctx context.Context, call *Call, silence time.Duration) (io.ReadCloser, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := c.clock.AfterFunc(c.timeout, func() { cancel(errTimeout) })
	var sent progress
	req, err := newRequest(httptrace.WithClientTrace(ctx, sent.trace()), call)
	if err != nil {
		stop()
		cancel(nil)
		return nil, c.failed(call, 0, orchestrator.OutcomePermanent, "bad-request", err)
	}
	res, err := c.transport.RoundTrip(req)
	stop()
	if err != nil {
		defer cancel(nil)
		return nil, c.lost(ctx, call, &sent, err)
	}
	if res.StatusCode < 200 || res.StatusCode >= 300 {
		defer cancel(nil)
		_, err := c.answer(ctx, call, res)
		return nil, err
	}
	return &stream{client: c, call: call, ctx: ctx, cancel: cancel, silence: silence, body: res.Body}, nil
}

// stream is a body that ends when it is silent for too long.
type stream struct {
	client  *Client
	call    *Call
	ctx     context.Context
	cancel  context.CancelCauseFunc
	silence time.Duration
	body    io.ReadCloser
}

// Read reads what comes. Its errors are those of a call that was cut, but for the end of the body (io.EOF).
func (s *stream) Read(p []byte) (int, error) {
	stop := s.client.clock.AfterFunc(s.silence, func() { s.cancel(errSilent) })
	defer stop()
	n, err := s.body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = s.client.failed(s.call, 0, orchestrator.OutcomeUnknown, "answer-cut", cutBy(s.ctx, err))
	}
	return n, err
}

// Close ends the call.
func (s *stream) Close() error {
	s.cancel(nil)
	return s.body.Close()
}
