package web

import (
	"context"
	"io"
	"net"
	"testing"
)

// pipeListener hands out connections without any buffer: what is written waits until it is read.
type pipeListener struct{ conns chan net.Conn }

func (l *pipeListener) Accept() (net.Conn, error) {
	conn, ok := <-l.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (l *pipeListener) Close() error { return nil }

func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

func TestFeedGivesUpOnAClientThatTakesNothing(t *testing.T) {
	for name, accept := range map[string]string{"stream": "text/event-stream", "long poll": "application/json"} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			id, _, a := r.begin()
			listener := &pipeListener{make(chan net.Conn, 1)}
			ctx, cancel := context.WithCancel(t.Context())
			served := make(chan error, 1)
			go func() { served <- r.server.Serve(ctx, listener) }()
			client, conn := net.Pipe()
			listener.conns <- conn
			if _, err := io.WriteString(client, "GET /v1/conversations/"+id+"/events HTTP/1.1\r\nHost: x\r\nAccept: "+accept+
				"\r\nAuthorization: Bearer "+a.text("conversation_token")+"\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			if !r.clock.armed(StallTimeout, 1) {
				t.Fatal("the write has no bound")
			}
			r.clock.Advance(StallTimeout)
			if _, err := client.Read(make([]byte, 1)); err == nil {
				t.Error("the connection is still open")
			}
			cancel()
			close(listener.conns)
			if err := <-served; err != nil {
				t.Errorf("serving: %v", err)
			}
		})
	}
}
