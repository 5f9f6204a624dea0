package web

import (
	"context"
	"net"
	"net/http"
)

// ServeOperators answers what operators ask for at an address of its own until ctx ends: /metrics, /readyz and /healthz, and
// nothing else.
func (s *Server) ServeOperators(ctx context.Context, l net.Listener) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.handler)
	mux.Handle("GET /readyz", s.echo)
	mux.Handle("GET /healthz", s.echo)
	server := s.listener(mux)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return server.Close()
	}
}
