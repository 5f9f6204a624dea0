package redisstore

import (
	"context"
	"testing"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
)

// published is what a commit by s sends through Redis.
func published(t *testing.T, s *Store, c *orchestrator.Commit) string {
	t.Helper()
	call, err := s.prepare(c)
	if err != nil {
		t.Fatal(err)
	}
	return call.texts.change
}

func TestOwnCommitIsToldOnceAndThoseOfOthersThroughRedis(t *testing.T) {
	server := redistest.Start(t)
	one, two := mustOpen(t, server.URL(), Options{}), mustOpen(t, server.URL(), Options{})
	ctx, cancel := context.WithTimeout(t.Context(), restartTimeout)
	defer cancel()
	changes, err := one.Subscribe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	mine, theirs := beginChat(t, one, "mine"), beginChat(t, two, "theirs")
	last := beginChat(t, one, "last")
	told := map[orchestrator.ConversationID]int{}
	for told[theirs.ID] == 0 || told[last.ID] == 0 {
		change := next(ctx, t, changes)
		if change.Resync {
			t.Fatal("told to read everything again without a reason")
		}
		told[change.Conversation]++
	}
	// What another process publishes now comes behind every echo that Redis still has for this one.
	if err := two.Publish(ctx, orchestrator.Change{Version: 99}); err != nil {
		t.Fatal(err)
	}
	for change := next(ctx, t, changes); change.Version != 99; change = next(ctx, t, changes) {
		told[change.Conversation]++
	}
	if told[mine.ID] != 1 || told[last.ID] != 1 || told[theirs.ID] != 1 {
		t.Errorf("told %v, want each once", told)
	}
}

func TestCommitWhoseAnswerIsLostIsToldWheneverItIsWritten(t *testing.T) {
	server := redistest.Start(t)
	s := mustOpen(t, server.URL(), Options{})
	c := beginChat(t, s, "chat")
	ctx, cancel := context.WithTimeout(t.Context(), restartTimeout)
	defer cancel()
	changes, err := s.Subscribe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	commit := message(c, 1700000000001)
	late := published(t, s, commit)
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(ctx, commit); err == nil {
		t.Fatal("a dead server has answered")
	}
	if change := next(ctx, t, changes); !change.Resync {
		t.Errorf("got %+v, want Resync for a commit that nobody knows of", change)
	}
	if err := server.Restart(); err != nil {
		t.Fatal(err)
	}
	if err := s.client.Publish(ctx, s.keys.changes, late).Err(); err != nil { // it was written after all
		t.Fatal(err)
	}
	for change := next(ctx, t, changes); change.Version != commit.Next.Version; change = next(ctx, t, changes) {
		if !change.Resync {
			t.Fatalf("got %+v, want the late commit", change)
		}
		if err := s.client.Publish(ctx, s.keys.changes, late).Err(); err != nil { // the subscription stands again now
			t.Fatal(err)
		}
	}
}

func TestRepetitionByTheClientIsToldThoughAnotherCommitFollowed(t *testing.T) {
	server := redistest.Start(t)
	s, other := mustOpen(t, server.URL(), Options{}), mustOpen(t, server.URL(), Options{})
	c := beginChat(t, s, "chat")
	first := message(c, 1700000000001)
	if _, err := other.Commit(t.Context(), first); err != nil { // stands for the attempt whose answer was lost
		t.Fatal(err)
	}
	if _, err := other.Commit(t.Context(), message(first.Next, 1700000000002)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), restartTimeout)
	defer cancel()
	changes, err := s.Subscribe(ctx)
	if err != nil {
		t.Fatal(err)
	}
	done, err := s.Commit(ctx, first)
	if err != nil || done.Seen == nil {
		t.Fatalf("got %+v and %v, want the event seen", done, err)
	}
	if change := next(ctx, t, changes); change.Version != first.Next.Version {
		t.Errorf("got %+v, want version %d", change, first.Next.Version)
	}
}
