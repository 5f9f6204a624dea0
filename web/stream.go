package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// stream writes server-sent events. It lifts the server's time-outs for itself and gives up on a client that does not
// take what is written.
type stream struct {
	s       *Server
	c       *call
	control *http.ResponseController
	buf     []byte
}

func wantsStream(h http.Header) bool { return strings.Contains(h.Get("Accept"), "text/event-stream") }

// openStream begins the answer. Whoever gets a stream tells the metrics when it is closed.
func (s *Server) openStream(c *call, kind string) (*stream, error) {
	st := &stream{s: s, c: c}
	if err := st.lift(); err != nil {
		return nil, err
	}
	h := c.Response().Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no")
	c.Response().WriteHeader(http.StatusOK)
	st.buf = append(st.buf, "retry: 2000\n\n"...)
	if err := st.flush(); err != nil {
		return nil, err
	}
	s.metrics.streamOpened(kind)
	return st, nil
}

// lift takes the server's read and write time-outs off this connection: both would end a feed that is doing well.
func (st *stream) lift() error {
	st.control = http.NewResponseController(st.c.Response())
	for _, set := range []func(time.Time) error{st.control.SetWriteDeadline, st.control.SetReadDeadline} {
		if err := set(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
			return err
		}
	}
	return nil
}

// event adds one event; id 0 is one that does not move the reader's place.
func (st *stream) event(id uint64, data []byte) {
	if id != 0 {
		st.buf = append(st.buf, "id: "...)
		st.buf = strconv.AppendUint(st.buf, id, 10)
		st.buf = append(st.buf, '\n')
	}
	st.buf = append(st.buf, "data: "...)
	st.buf = append(st.buf, data...) // JSON on one line
	st.buf = append(st.buf, "\n\n"...)
}

// named adds an event of another type than message.
func (st *stream) named(name string, data string) {
	st.buf = append(st.buf, "event: "+name+"\ndata: "+data+"\n\n"...)
}

// beat adds a comment, which keeps proxies from closing the connection and finds out whether the client is still there.
func (st *stream) beat() { st.buf = append(st.buf, ": \n\n"...) }

// flush writes what was added. A client that does not take it within StallTimeout is given up.
func (st *stream) flush() error {
	if len(st.buf) == 0 {
		return nil
	}
	defer st.bound()()
	if _, err := st.c.Response().Write(st.buf); err != nil {
		return err
	}
	if st.buf = st.buf[:0]; cap(st.buf) > keptBuffer {
		st.buf = nil
	}
	return st.control.Flush()
}

// keptBuffer is how large a buffer a stream that waits may keep.
const keptBuffer = 8 << 10

// bound interrupts what is written from now on after StallTimeout, until stop is called.
func (st *stream) bound() (stop func()) {
	return st.s.clock.AfterFunc(StallTimeout, func() {
		// The connection may be gone already; then there is nothing to interrupt.
		_ = st.control.SetWriteDeadline(time.Unix(1, 0))
	})
}
