package redisstore

import (
	"context"
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
)

// restartTimeout bounds what must happen after a server comes back.
const restartTimeout = time.Minute

func TestEveryAnsweredCommitSurvivesAKill(t *testing.T) {
	server := redistest.Start(t, redistest.AppendOnly("always"))
	s := mustOpen(t, server.URL(), Options{})
	ctx, cancel := context.WithTimeout(t.Context(), restartTimeout)
	defer cancel()
	c := beginChat(t, s, "chat")
	for range 3 {
		for range 20 {
			commit := withCommand(message(c, s.now()))
			if _, err := s.Commit(ctx, commit); err != nil {
				t.Fatal(err)
			}
			c = commit.Next
		}
		if err := server.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := server.Restart(); err != nil {
			t.Fatal(err)
		}
		stands, err := s.Load(ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := s.Timeline(ctx, c.ID, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		pending, err := s.Pending(ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if stands.Version != c.Version || uint64(len(entries)) != c.Sequence || uint64(len(pending)) != c.Version-1 {
			t.Fatalf("after the kill: version %d, %d entries, %d commands; want %d, %d, %d",
				stands.Version, len(entries), len(pending), c.Version, c.Sequence, c.Version-1)
		}
	}
}

func TestBrokenSubscriptionIsToldAndGoesOn(t *testing.T) {
	server := redistest.Start(t, redistest.AppendOnly("always"))
	s := mustOpen(t, server.URL(), Options{})
	ctx, cancel := context.WithTimeout(t.Context(), restartTimeout)
	defer cancel()
	changes, err := s.Subscribe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	if change := next(ctx, t, changes); !change.Resync {
		t.Fatalf("got %+v, want Resync", change)
	}
	c := beginChat(t, s, "chat")
	for change := next(ctx, t, changes); change.Conversation != c.ID; change = next(ctx, t, changes) {
		if !change.Resync {
			t.Fatalf("got %+v, want the commit after the break", change)
		}
	}
}

func next(ctx context.Context, t *testing.T, changes <-chan orchestrator.Change) orchestrator.Change {
	t.Helper()
	select {
	case change, open := <-changes:
		if !open {
			t.Fatal("the subscription has ended")
		}
		return change
	case <-ctx.Done():
		t.Fatal("nothing was told")
	}
	return orchestrator.Change{}
}

func TestSlowReaderIsToldToReadEverythingAgain(t *testing.T) {
	s := mustEmbed(t, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), restartTimeout)
	defer cancel()
	slow, err := s.Subscribe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	quick, err := s.Subscribe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for version := range uint64(changeBuffer + 100) {
		if err := s.Publish(ctx, orchestrator.Change{Version: version + 1}); err != nil {
			t.Fatal(err)
		}
		if change := next(ctx, t, quick); change.Version != version+1 {
			t.Fatalf("the quick reader got %+v, want %d", change, version+1)
		}
	}
	told := 0
	for change := next(ctx, t, slow); !change.Resync; change = next(ctx, t, slow) {
		told++
	}
	if told == 0 || told > changeBuffer {
		t.Errorf("the slow reader got %d of %d before it was told", told, changeBuffer+100)
	}
}

func TestUnreadableChangeIsTold(t *testing.T) {
	s := mustEmbed(t, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), restartTimeout)
	defer cancel()
	changes, err := s.Subscribe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.client.Publish(ctx, s.keys.changes, "\x63 of another program").Err(); err != nil {
		t.Fatal(err)
	}
	if change := next(ctx, t, changes); !change.Resync {
		t.Errorf("got %+v, want Resync", change)
	}
}
