// Package testlog is a log for tests: it may be read while it is written, and waited at.
package testlog

import (
	"bytes"
	"strings"
	"sync"
	"time"
)

// Patience is how long a text is waited for before the test fails.
const Patience = 20 * time.Second

// TB is what a wait needs of a test.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Buffer takes what is logged; give it to a slog handler. The zero value is empty and ready.
type Buffer struct {
	mu      sync.Mutex
	b       bytes.Buffer
	written chan struct{} // closed with the next line; nil while nobody waits
}

// Write takes one line.
func (l *Buffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.written != nil {
		close(l.written)
		l.written = nil
	}
	return l.b.Write(p)
}

// String answers everything that has been logged so far.
func (l *Buffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Await waits until a text stands in the log.
func (l *Buffer) Await(t TB, text string) {
	t.Helper()
	late := time.NewTimer(Patience)
	defer late.Stop()
	for {
		found, written := l.look(text)
		if found {
			return
		}
		select {
		case <-written:
		case <-late.C:
			t.Fatalf("waited %s in vain for %q in the log:\n%s", Patience, text, l)
		}
	}
}

func (l *Buffer) look(text string) (found bool, written <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.written == nil {
		l.written = make(chan struct{})
	}
	return strings.Contains(l.b.String(), text), l.written
}
