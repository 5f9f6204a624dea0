package redisstore

import (
	"context"
	"strings"
	"testing"
	"time"

	"handoff/orchestrator/redisstore/redistest"
)

// spoilt are servers that answer and yet take no commit: how each is spoilt and repaired, and which finding names it.
var spoilt = map[string]struct {
	spoil, repair [][]any
	finding       string
}{
	"memory is full": {
		[][]any{{"CONFIG", "SET", "maxmemory", "1mb"}}, [][]any{{"CONFIG", "SET", "maxmemory", "0"}}, "writes",
	},
	"a replica": {
		[][]any{{"REPLICAOF", "127.0.0.1", "1"}}, [][]any{{"REPLICAOF", "NO", "ONE"}}, "writes",
	},
	"a user without channels": {
		[][]any{{"ACL", "SETUSER", "app", "resetchannels"}}, [][]any{{"ACL", "SETUSER", "app", "allchannels"}}, "channels",
	},
	"a user who may only read": {
		[][]any{{"ACL", "SETUSER", "app", "-@write"}}, [][]any{{"ACL", "SETUSER", "app", "+@all"}}, "writes",
	},
}

func TestServerThatTakesNoCommitIsNotReadyAndStoresNothing(t *testing.T) {
	for name, tc := range spoilt {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			admin := mustOpen(t, server.URL(), Options{})
			tell := func(commands [][]any) {
				t.Helper()
				for _, command := range commands {
					if err := admin.client.Do(t.Context(), command...).Err(); err != nil {
						t.Fatal(err)
					}
				}
			}
			tell([][]any{{"ACL", "SETUSER", "app", "on", ">pw", "~*", "&*", "+@all"}})
			asApp := strings.Replace(server.URL(), "redis://", "redis://app:pw@", 1)
			s := mustOpen(t, asApp, Options{})
			c := beginChat(t, s, "chat")
			if err := s.Ready(t.Context()); err != nil {
				t.Fatalf("before: %v", err)
			}

			tell(tc.spoil)
			if err := s.Ready(t.Context()); err == nil {
				t.Error("ready")
			}
			if _, err := s.Commit(t.Context(), message(c, s.now())); err == nil {
				t.Error("a commit was taken")
			}
			found, err := findings(t, Options{URL: asApp})
			if err != nil {
				t.Fatal(err)
			}
			if f := found[tc.finding]; f.OK || f.Name == "" {
				t.Errorf("%s: %+v", tc.finding, f)
			}
			if got, err := admin.Load(t.Context(), c.ID); err != nil || got.Version != c.Version {
				t.Errorf("the refused commit left %+v (%v)", got, err)
			}

			tell(tc.repair)
			if err := s.Ready(t.Context()); err != nil {
				t.Errorf("repaired: %v", err)
			}
			if _, err := s.Commit(t.Context(), message(c, s.now())); err != nil {
				t.Errorf("repaired: %v", err)
			}
		})
	}
}

func TestReadinessChecksTellNobodyOfAChange(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(Options) *Store) {
		s := open(Options{})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		changes, err := s.Subscribe(ctx)
		if err != nil {
			t.Fatal(err)
		}
		// As another process sends it: with an echo that is not ours.
		if err := s.client.Publish(ctx, s.keys.changes, strings.Repeat("x", echoLength)).Err(); err != nil {
			t.Fatal(err)
		}
		if err := s.Ready(ctx); err != nil {
			t.Fatal(err)
		}
		c := beginChat(t, s, "chat")
		if change := <-changes; change.Conversation != c.ID {
			t.Errorf("told of %+v", change)
		}
	})
}
