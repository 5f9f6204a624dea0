package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// process is the program under test, run in this process: its arguments in, its output and exit code out.
type process struct {
	t     *testing.T
	lines chan string // of stdout; closed at the end
	said  strings.Builder
	err   syncBuffer
	stop  context.CancelFunc
	code  chan int
}

// launch runs the program with its output followed line by line. It is stopped with the test.
func launch(t *testing.T, environ []string, args ...string) *process {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	p := &process{t: t, lines: make(chan string, 10000), stop: stop, code: make(chan int, 1)}
	read, write := io.Pipe()
	go func() {
		p.code <- run(ctx, args, environ, strings.NewReader(""), write, &p.err)
		_ = write.Close() // a pipe's end; it cannot fail
	}()
	go func() {
		defer close(p.lines)
		for lines := bufio.NewScanner(read); lines.Scan(); {
			p.lines <- lines.Text()
		}
	}()
	t.Cleanup(func() { stop() })
	return p
}

// until reads lines up to the first that matches, and answers the submatches.
func (p *process) until(pattern string) []string {
	p.t.Helper()
	re := regexp.MustCompile(pattern)
	for line := range p.lines {
		fmt.Fprintln(&p.said, line)
		if found := re.FindStringSubmatch(line); found != nil {
			return found
		}
	}
	p.t.Fatalf("it ended without a line like %q:\n%s\n%s", pattern, p.said.String(), p.err.String())
	return nil
}

// ends waits for the exit code.
func (p *process) ends(want int) {
	p.t.Helper()
	for line := range p.lines {
		fmt.Fprintln(&p.said, line)
	}
	if got := <-p.code; got != want {
		p.t.Fatalf("exit code %d, want %d:\n%s\n%s", got, want, p.said.String(), p.err.String())
	}
}

// command runs the program to its end.
func command(t *testing.T, stdin string, environ []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs syncBuffer
	code = run(t.Context(), args, environ, strings.NewReader(stdin), &out, &errs)
	return code, out.String(), errs.String()
}

// writeConfig writes a configuration into a file of the test.
func writeConfig(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "handoff.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
