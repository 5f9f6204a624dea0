package redisstore

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
)

// testStart is where the clocks of these tests begin.
var testStart = time.Date(2026, time.March, 2, 9, 30, 0, 0, time.UTC)

func quiet(o Options) Options {
	o.Log = slog.New(slog.DiscardHandler)
	if o.Partitions == 0 {
		o.Partitions = 4
	}
	return o
}

func mustOpen(t testing.TB, url string, o Options) *Store {
	t.Helper()
	o = quiet(o)
	o.URL = url
	s, err := Open(context.Background(), o)
	return closeLater(t, s, err)
}

func mustEmbed(t testing.TB, o Options) *Store {
	t.Helper()
	s, err := OpenEmbedded(context.Background(), quiet(o))
	return closeLater(t, s, err)
}

func closeLater(t testing.TB, s *Store, err error) *Store {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// onBoth runs a test on the embedded server and on a real one.
func onBoth(t *testing.T, test func(t *testing.T, open func(Options) *Store)) {
	t.Run("embedded", func(t *testing.T) {
		test(t, func(o Options) *Store { return mustEmbed(t, o) })
	})
	t.Run("redis", func(t *testing.T) {
		server := redistest.Start(t)
		test(t, func(o Options) *Store { return mustOpen(t, server.URL(), o) })
	})
}

// end is the commit that ends a conversation, with a last word for the bot.
func end(c *orchestrator.Conversation, now orchestrator.Moment) *orchestrator.Commit {
	commit := message(c, now)
	next := commit.Next
	next.State, next.EndedAt, next.EnteredAt, next.Deadline = orchestrator.StateCompleted, now, now, 0
	commit.Entries[0].From, commit.Entries[0].To = c.State, orchestrator.StateCompleted
	return commit
}

func withCommand(commit *orchestrator.Commit) *orchestrator.Commit {
	commit.Commands = []orchestrator.Command{{
		ID: orchestrator.CommandID(string(commit.Next.ID) + ".1.0"), Conversation: commit.Next.ID,
		Type: orchestrator.CommandNotify, To: orchestrator.Party{Connector: "shop", Bot: true},
	}}
	return commit
}
