package browsertest

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// Wire is a network between a browser and a service that can be cut: connections that stand break, and new ones do not come
// about until it is mended. Browsers that are told to be offline keep streams that are open.
type Wire struct {
	URL string // what the browser opens in place of the service's own address

	target   string
	listener net.Listener
	until    context.Context //nolint:containedctx // the test's: connections are made behind its back

	mu    sync.Mutex
	cut   bool
	ends  map[net.Conn]struct{}
	lines sync.WaitGroup
}

// NewWire leads to the service at a base address, http://host:port, until the test ends.
func NewWire(tb testing.TB, base string) *Wire {
	tb.Helper()
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	w := &Wire{
		URL: "http://" + listener.Addr().String(), target: strings.TrimPrefix(base, "http://"), listener: listener,
		until: tb.Context(),
		ends:  map[net.Conn]struct{}{},
	}
	w.lines.Go(w.accept)
	tb.Cleanup(func() {
		_ = listener.Close() // the end of accept
		w.Cut()
		w.lines.Wait()
	})
	return w
}

func (w *Wire) accept() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		far, err := (&net.Dialer{}).DialContext(w.until, "tcp", w.target)
		if err != nil || !w.hold(near, far) {
			_ = near.Close() // cut, or nobody there: the browser sees a broken connection
			if far != nil {
				_ = far.Close()
			}
			continue
		}
		w.lines.Go(func() { w.carry(near, far) })
		w.lines.Go(func() { w.carry(far, near) })
	}
}

func (w *Wire) hold(ends ...net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut {
		return false
	}
	for _, end := range ends {
		w.ends[end] = struct{}{}
	}
	return true
}

// carry copies one direction; its end is that of both.
func (w *Wire) carry(from, to net.Conn) {
	_, _ = io.Copy(to, from) // however it ends, the other side is told
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, end := range []net.Conn{from, to} {
		_ = end.Close()
		delete(w.ends, end)
	}
}

// Cut breaks the network.
func (w *Wire) Cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = true
	for end := range w.ends {
		_ = end.Close()
	}
}

// Mend lets connections come about again.
func (w *Wire) Mend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = false
}
