// Package redistest starts real Redis servers for tests and benchmarks: one alone, or a cluster of three. They listen
// on the loopback only, on ports that were free, keep their files in a directory of their own, and end with the test
// or, on Linux, with its process. A missing redis-server fails the test; it is never skipped.
package redistest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	// startTimeout bounds a start, and reading the files of an earlier life.
	startTimeout = 30 * time.Second
	// stopTimeout bounds a friendly shutdown.
	stopTimeout = 10 * time.Second
	// startAttempts is how often another port is tried when somebody took it meanwhile.
	startAttempts = 5
)

// Server is one redis-server process.
type Server struct {
	// Addr is host:port; it stays the same after Restart.
	Addr string

	dir     string
	options []Option

	mu      sync.Mutex
	process *process
}

// process is one life of a server.
type process struct {
	cmd   *exec.Cmd
	ready chan struct{}
	ended chan struct{}
	mu    sync.Mutex
	log   []string // the last lines
}

// Option is one or more arguments of redis-server.
type Option []string

// AppendOnly keeps an append-only file; fsync is "always", "everysec" or "no". Without it nothing survives Kill.
func AppendOnly(fsync string) Option {
	return Option{"--appendonly", "yes", "--appendfsync", fsync}
}

// Config sets one directive of redis.conf.
func Config(name string, values ...string) Option {
	return append(Option{"--" + name}, values...)
}

// Start starts a server that ends with the test.
func Start(t testing.TB, options ...Option) *Server {
	t.Helper()
	s, err := New(t.TempDir(), options...)
	if err != nil {
		t.Fatalf("redistest: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("redistest: %v", err)
		}
	})
	return s
}

// New starts a server with its files in dir. The caller stops it.
func New(dir string, options ...Option) (*Server, error) {
	var err error
	for range startAttempts {
		var addr string
		if addr, err = freeAddr(); err != nil {
			return nil, err
		}
		s := &Server{Addr: addr, dir: dir, options: options}
		if err = s.Restart(); err == nil {
			return s, nil
		}
		if errors.Is(err, exec.ErrNotFound) {
			break
		}
	}
	return nil, err
}

// URL is the server's address as redisstore.Options wants it.
func (s *Server) URL() string { return "redis://" + s.Addr }

// Kill ends the server as a power cut would (SIGKILL), and waits for its end.
func (s *Server) Kill() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end(func(p *process) error { return p.cmd.Process.Kill() })
}

// Stop ends the server in good order; one that has ended is no error.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.end(interrupt)
}

func (s *Server) end(how func(*process) error) error {
	p := s.process
	if p == nil {
		return nil
	}
	select {
	case <-p.ended:
	default:
		if err := how(p); err != nil {
			return fmt.Errorf("end redis-server: %w", err)
		}
	}
	patience := time.NewTimer(stopTimeout)
	defer patience.Stop()
	select {
	case <-p.ended:
	case <-patience.C:
		if err := p.cmd.Process.Kill(); err != nil {
			return fmt.Errorf("end redis-server: %w", err)
		}
		<-p.ended
	}
	s.process = nil
	return nil
}

// Restart starts the server again at the same address with the same files, after Kill or Stop.
func (s *Server) Restart() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process != nil {
		return errors.New("redis-server runs already")
	}
	p, err := launch(s.arguments())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	select {
	case <-p.ready:
		s.process = p
		return nil
	case <-p.ended:
		return fmt.Errorf("redis-server at %s ended at once:\n%s", s.Addr, p.lastLines())
	case <-ctx.Done():
		killErr := p.cmd.Process.Kill()
		<-p.ended
		return errors.Join(fmt.Errorf("redis-server at %s is not ready after %v:\n%s", s.Addr, startTimeout,
			p.lastLines()), killErr)
	}
}

func (s *Server) arguments() []string {
	host, port, _ := strings.Cut(s.Addr, ":")
	args := []string{
		"--bind", host, "--port", port, "--dir", s.dir, "--save", "", "--daemonize", "no", "--logfile", "",
		"--protected-mode", "yes", "--maxmemory-policy", "noeviction",
	}
	for _, option := range s.options {
		args = append(args, option...)
	}
	return args
}

// launch starts the process. The goroutine that starts it keeps its thread until the process has ended, because Linux
// ends the child together with the thread that started it (see bindToParent).
func launch(args []string) (*process, error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, fmt.Errorf("redis-server is needed for this test: %w", err)
	}
	p := &process{ready: make(chan struct{}), ended: make(chan struct{})}
	p.cmd = exec.Command(path, args...) //nolint:noctx,gosec // lives longer than any context; arguments are ours
	bindToParent(p.cmd)
	out, in := io.Pipe()
	p.cmd.Stdout, p.cmd.Stderr = in, in
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := p.cmd.Start(); err != nil {
			started <- err
			_ = in.Close()
			return
		}
		started <- nil
		_ = p.cmd.Wait() // how it ended is told by whoever ended it
		_ = in.Close()
		close(p.ended)
	}()
	go p.read(out)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start redis-server: %w", err)
	}
	return p, nil
}

// read watches the log for the line that says that the server is ready.
func (p *process) read(out io.Reader) {
	const kept = 40
	ready := false
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		line := lines.Text()
		p.mu.Lock()
		p.log = append(p.log[max(0, len(p.log)-kept):], line)
		p.mu.Unlock()
		if !ready && strings.Contains(line, "Ready to accept connections") {
			ready = true
			close(p.ready)
		}
	}
	_, _ = io.Copy(io.Discard, out) // a line too long to scan must not block the server
}

func (p *process) lastLines() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.log, "\n")
}

// freeAddr answers an address on the loopback on which nobody listens now.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0") //nolint:noctx // closed at once
	if err != nil {
		return "", fmt.Errorf("look for a free port: %w", err)
	}
	addr := l.Addr().String()
	return addr, l.Close()
}

func portOf(addr string) int {
	_, port, _ := strings.Cut(addr, ":")
	n, err := strconv.Atoi(port)
	if err != nil {
		return 0
	}
	return n
}
