package web

import (
	"context"
	"errors"
	"testing"
	"time"
)

type boundedKey struct{}

func newBounded(t *testing.T, limit time.Duration) (*bounded, context.CancelFunc) {
	t.Helper()
	request, leave := context.WithCancel(context.WithValue(t.Context(), boundedKey{}, "value"))
	t.Cleanup(leave)
	return &bounded{Context: request, limit: limit}, leave
}

func TestRequestThatNeverWaitsStartsNoTimer(t *testing.T) {
	b, leave := newBounded(t, time.Nanosecond)
	if err := b.Err(); err != nil {
		t.Errorf("Err() = %v before anybody waited", err)
	}
	if got := b.Value(boundedKey{}); got != "value" {
		t.Errorf("Value() = %v, want that of the request", got)
	}
	if b.within != nil {
		t.Error("asking for an error and a value started the time")
	}
	leave()
	if err := b.Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("Err() = %v after the client left, want %v", err, context.Canceled)
	}
}

func TestRequestThatWaitsIsBounded(t *testing.T) {
	b, _ := newBounded(t, time.Millisecond)
	if _, ok := b.Deadline(); !ok {
		t.Error("there is no deadline")
	}
	<-b.Done()
	if err := b.Err(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Err() = %v, want %v", err, context.DeadlineExceeded)
	}
	if got := b.Value(boundedKey{}); got != "value" {
		t.Errorf("Value() = %v, want that of the request", got)
	}
}

func TestWhoWaitsForACallHearsThatTheClientLeft(t *testing.T) {
	b, leave := newBounded(t, time.Hour)
	child, cancel := context.WithCancel(b)
	defer cancel()
	leave()
	<-child.Done()
	if err := b.Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("Err() = %v, want %v", err, context.Canceled)
	}
}

func TestCallThatIsOverEndsWhatWaits(t *testing.T) {
	waited, _ := newBounded(t, time.Hour)
	done := waited.Done()
	waited.end()
	<-done
	never, _ := newBounded(t, time.Hour)
	never.end()
	<-never.Done() // also for whoever begins to wait only now
	if err := never.Err(); !errors.Is(err, context.Canceled) {
		t.Errorf("Err() = %v, want %v", err, context.Canceled)
	}
}
