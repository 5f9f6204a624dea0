package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asProgram makes this test binary be the program, so that tests can send signals to a process of its own.
const asProgram = "TEST_BINARY_IS_THE_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	m.Run()
}

// program is the program as a process.
type program struct {
	cmd   *exec.Cmd
	lines *bufio.Scanner
	log   *syncBuffer // its stderr
}

func startProgram(t *testing.T, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	log := &syncBuffer{}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return &program{cmd, bufio.NewScanner(out), log}
}

func (p *program) until(t *testing.T, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for p.lines.Scan() {
		if found := re.FindStringSubmatch(p.lines.Text()); found != nil {
			return found[len(found)-1]
		}
	}
	t.Fatalf("the process ended without a line like %q", pattern)
	return ""
}

// ends waits for the process and answers its exit code.
func (p *program) ends(t *testing.T) int {
	t.Helper()
	for p.lines.Scan() {
	}
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return p.cmd.ProcessState.ExitCode()
}

func TestFirstSignalStopsInGoodOrder(t *testing.T) {
	p := startProgram(t, "serve", "--config", servedConfig(t, ""))
	p.until(t, `HTTP +http://(\S+)`)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.until(t, "stopping")
	if code := p.ends(t); code != exitOK {
		t.Errorf("exit code %d", code)
	}
}

// halfSent begins a request whose body does not come, which keeps the service from stopping. The answer to Expect shows that it
// has begun.
func halfSent(t *testing.T, address string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	head := "POST /v1/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"
	if _, err := io.WriteString(conn, head); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("got %q, %v", line, err)
	}
}

func TestHalfSentBodiesDoNotSpoilAStop(t *testing.T) {
	p := startProgram(t, "serve", "--config", servedConfig(t, ""))
	address := p.until(t, `HTTP +http://(\S+)`)
	for range 20 {
		halfSent(t, address)
	}
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code, took := p.ends(t), time.Since(began); code != exitOK || took > stopTimeout {
		t.Errorf("exit code %d after %v, want 0 within %v", code, took, stopTimeout)
	}
}

func TestSecondSignalDoesNotWait(t *testing.T) {
	p := startProgram(t, "serve", "--config", servedConfig(t, ""))
	halfSent(t, p.until(t, `HTTP +http://(\S+)`))
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	p.until(t, "stopping")
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := p.ends(t); code != exitKilled {
		t.Errorf("exit code %d, want %d", code, exitKilled)
	}
}
