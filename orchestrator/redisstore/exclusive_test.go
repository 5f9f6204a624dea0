package redisstore

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-redsync/redsync/v4"

	"handoff/orchestrator/redisstore/redistest"
)

func TestLostLockEndsTheWork(t *testing.T) {
	s := mustOpen(t, redistest.Start(t).URL(), Options{})
	ran, err := s.Exclusive(t.Context(), "sweep", 300*time.Millisecond, func(ctx context.Context) error {
		if err := s.client.Del(ctx, s.keys.lock("sweep")).Err(); err != nil { // as if it had run out
			return err
		}
		<-ctx.Done()
		return context.Cause(ctx)
	})
	if !ran || !errors.Is(err, redsync.ErrExtendFailed) {
		t.Errorf("ran %v, error %v; want the loss of the lock", ran, err)
	}
}

func TestLongWorkKeepsItsLock(t *testing.T) {
	s := mustOpen(t, redistest.Start(t).URL(), Options{})
	const ttl = 300 * time.Millisecond
	work := time.NewTimer(4 * ttl) // longer than the lock would live
	defer work.Stop()
	ran, err := s.Exclusive(t.Context(), "sweep", ttl, func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-work.C:
		}
		again, err := s.Exclusive(ctx, "sweep", ttl, func(context.Context) error { return nil })
		if again {
			return errors.New("the lock has run out")
		}
		return err
	})
	if !ran || err != nil {
		t.Errorf("ran %v, error %v", ran, err)
	}
}
