package desktest

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
)

// Verdict checks one behaviour by its name on a subject and answers what was found wrong, instead of failing a test.
// It is for proving that the suite finds a fault: a test that plants one wants a verdict that is not empty.
func Verdict(name string, open Open) []string {
	for _, b := range Behaviours() {
		if b.Name == name {
			r := &recorder{}
			r.run(func() { One(r, b, open) })
			return r.wrong
		}
	}
	return []string{fmt.Sprintf("there is no behaviour %q", name)}
}

// recorder is a TB that writes down.
type recorder struct {
	mu       sync.Mutex
	wrong    []string
	cleanups []func()
}

// run does f in a goroutine of its own, which Fatalf ends, and then the cleanups.
func (r *recorder) run(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	<-done
	for _, v := range slices.Backward(r.cleanups) {
		v()
	}
}

// Helper does nothing.
func (r *recorder) Helper() {}

// Logf does nothing.
func (r *recorder) Logf(string, ...any) {}

// Errorf writes down.
func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrong = append(r.wrong, fmt.Sprintf(format, args...))
}

// Fatalf writes down and ends the check.
func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// Cleanup is done after the check.
func (r *recorder) Cleanup(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cleanups = append(r.cleanups, f)
}
