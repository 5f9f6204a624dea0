package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	// readyWithin bounds the start of a process, and goneWithin its stop. Both take a fraction of a second on an idle
	// machine.
	readyWithin = 30 * time.Second
	goneWithin  = 30 * time.Second
)

// service is "handoff serve", or "handoff sim", as a process of its own.
type service struct {
	t     *testing.T
	cmd   *exec.Cmd
	log   syncBuffer     // its stderr
	begun chan error     // whether it could be started
	ready chan string    // its base URL
	line  *regexp.Regexp // what it says when it serves
	ended chan struct{}  // closed when it has ended; how is in err
	err   error

	stopped bool // by us
}

// What the processes say when they serve.
var (
	readyLine    = regexp.MustCompile(`HTTP +(http://\S+)`)
	simReadyLine = regexp.MustCompile(`^handoff sim: \S+ at (http://[^\s,]+),`)
)

// badLine is what no story may find in a process's log.
var badLine = regexp.MustCompile(`(?m)^.*(DATA RACE|^panic: |"level":"ERROR"|fatal error: ).*$`)

// serve starts the program with a configuration and waits until it serves and is ready.
func (f *floor) serve(t *testing.T, config string) (s *service, base string) {
	t.Helper()
	s, base = f.start(t, readyLine, "serve", "--config", config)
	if status := get(t, base+"/readyz"); status != 200 {
		t.Fatalf("/readyz answers %d:\n%s", status, s.log.String())
	}
	return s, base
}

// simulate starts a vendor's simulator in one of its dialects; the usual one for "".
func (f *floor) simulate(t *testing.T, kind, dialect string) (base string) {
	t.Helper()
	_, base = f.start(t, simReadyLine, "sim", kind, "--listen", "127.0.0.1:0", "--dialect", dialect)
	return base
}

// start starts the program and waits until it says its address. It is stopped with the test, must then end well, and must
// have logged neither an error, nor a panic, nor a data race.
func (f *floor) start(t *testing.T, line *regexp.Regexp, args ...string) (s *service, base string) {
	t.Helper()
	s = &service{
		t: t, cmd: exec.Command(f.program, args...), line: line,
		begun: make(chan error, 1), ready: make(chan string, 1), ended: make(chan struct{}),
	}
	s.cmd.Env = append(withoutSettings(os.Environ()), "GORACE=halt_on_error=1 exitcode=66")
	s.cmd.Stderr = &s.log
	bindToParent(s.cmd)
	out, in := io.Pipe()
	s.cmd.Stdout = in
	go s.read(out)
	go s.run(in)
	if err := <-s.begun; err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	patience, cancel := context.WithTimeout(t.Context(), readyWithin)
	defer cancel()
	select {
	case base = <-s.ready:
		return s, base
	case <-s.ended:
		t.Fatalf("%v ended instead of serving: %v\n%s", args, s.err, s.log.String())
	case <-patience.Done():
		t.Fatalf("%v is not ready after %v:\n%s", args, readyWithin, s.log.String())
	}
	return nil, ""
}

// run starts the process and waits for its end. It keeps its thread, to which the process is bound.
func (s *service) run(in *io.PipeWriter) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := s.cmd.Start()
	s.begun <- err
	if err == nil {
		s.err = s.cmd.Wait()
	}
	_ = in.Close() // a pipe's end; it cannot fail
	close(s.ended)
}

func (s *service) read(out io.Reader) {
	told := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if found := s.line.FindStringSubmatch(lines.Text()); found != nil && !told {
			told = true
			s.ready <- found[1]
		}
	}
}

// stop asks the process to end, as an operator would, and looks at what it left in its log; once.
func (s *service) stop() {
	s.t.Helper()
	if s.stopped {
		return
	}
	s.stopped = true
	select {
	case <-s.ended:
		s.t.Errorf("the service has ended by itself: %v", s.err)
	default:
		if err := s.end(); err != nil {
			s.t.Errorf("stopping the service: %v", err)
		}
	}
	if bad := badLine.FindAllString(s.log.String(), -1); bad != nil {
		s.t.Errorf("the service logged:\n%s", strings.Join(bad, "\n"))
	}
	if s.t.Failed() {
		s.t.Logf("the service's log:\n%s", s.log.String())
	}
}

func (s *service) end() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	patience := time.NewTimer(goneWithin)
	defer patience.Stop()
	select {
	case <-s.ended:
		return s.err
	case <-patience.C:
		err := s.cmd.Process.Kill()
		<-s.ended
		return errors.Join(fmt.Errorf("it has not ended after %v", goneWithin), err)
	}
}

// withoutSettings is an environment without the service's own variables.
func withoutSettings(environ []string) []string {
	var rest []string
	for _, one := range environ {
		if !strings.HasPrefix(one, "HANDOFF_") && !strings.HasPrefix(one, "GORACE=") {
			rest = append(rest, one)
		}
	}
	return rest
}
