package redisstore

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

// TestCommitSentTwiceByTheClientIsAnsweredAlike: after a broken connection go-redis sends the same call again, and the
// first may have been carried out.
func TestCommitSentTwiceByTheClientIsAnsweredAlike(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(Options) *Store) {
		s := open(Options{})
		c := beginChat(t, s, "chat")
		plain := func(c *orchestrator.Commit) *orchestrator.Commit { return c }
		kinds := map[string]func(*orchestrator.Commit) *orchestrator.Commit{"word": plain, "word with command": withCommand}
		for name, with := range kinds {
			commit := with(message(c, s.now()))
			call, err := s.prepare(commit)
			if err != nil {
				t.Fatal(err)
			}
			var done [3]orchestrator.Committed
			for i := range done {
				answer, err := s.run(t.Context(), commitScript, call.keys, call.args...)
				if err != nil {
					t.Fatal(err)
				}
				if done[i], err = call.read(answer); err != nil {
					t.Fatalf("%s, call %d: %v", name, i, err)
				}
				if done[i].Seen != nil || !cmp.Equal(done[i].Leased, done[0].Leased) {
					t.Errorf("%s, call %d: got %+v, want like %+v", name, i, done[i], done[0])
				}
			}
			entries, err := s.Timeline(t.Context(), c.ID, 0, 100)
			if err != nil {
				t.Fatal(err)
			}
			if want := int(commit.Next.Sequence); len(entries) != want {
				t.Errorf("%s: %d entries, want %d", name, len(entries), want)
			}
			c = commit.Next
		}
	})
}

func TestServerThatForgotItsScriptsIsTaughtAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(Options) *Store) {
		s := open(Options{})
		c := beginChat(t, s, "chat")
		for range 3 {
			if err := s.client.ScriptFlush(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			var writers sync.WaitGroup
			for range 20 { // several in one flush
				writers.Go(func() {
					other := beginChat(t, s, string(s.Mint("shop", "x")))
					if _, err := s.Commit(t.Context(), withCommand(message(other, s.now()))); err != nil {
						t.Error(err)
					}
				})
			}
			writers.Wait()
			if err := s.client.ScriptFlush(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Claim(t.Context(), "n2", s.now().Add(time.Hour), time.Minute, 1000); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Load(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
	})
}

func TestCommitsOfManyConversationsAtOnceAllArrive(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(Options) *Store) {
		s := open(Options{})
		const chats, words = 300, 3
		var writers sync.WaitGroup
		ids := make([]orchestrator.ConversationID, chats)
		for i := range chats {
			writers.Go(func() {
				c := beginChat(t, s, string(s.Mint("shop", "x")))
				ids[i] = c.ID
				for range words {
					commit := message(c, s.now())
					if _, err := s.Commit(t.Context(), commit); err != nil {
						t.Error(err)
						return
					}
					c = commit.Next
				}
			})
		}
		writers.Wait()
		for _, id := range ids {
			c, err := s.Load(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if c.Version != words+1 {
				t.Errorf("%s stands at version %d, want %d", id, c.Version, words+1)
			}
		}
	})
}

func TestCallEndsWithItsContext(t *testing.T) {
	s := mustEmbed(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Find(ctx, "shop", "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that the context ended", err)
	}
}

func TestClosedStoreAnswersAnError(t *testing.T) {
	s, err := OpenEmbedded(t.Context(), quiet(Options{}))
	if err != nil {
		t.Fatal(err)
	}
	c := beginChat(t, s, "chat")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Commit(t.Context(), message(c, s.now())); !errors.Is(err, errClosed) {
		t.Errorf("got %v, want that the store is closed", err)
	}
}

func TestAnotherNumberOfPartitionsIsRefused(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(Options) *Store) {
		s := open(Options{Partitions: 4})
		if err := s.fixPartitions(t.Context(), 4); err != nil {
			t.Error(err)
		}
		err := s.fixPartitions(t.Context(), 8)
		const want = "partitions: this Redis holds an installation with 4 partitions, configured are 8; " +
			"set partitions to 4, or use another Redis or prefix"
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	})
}

func TestBadOptionsAreRefused(t *testing.T) {
	for name, o := range map[string]Options{
		"partitions": {Partitions: 257}, "fewer": {Partitions: -1}, "retention": {Retention: time.Millisecond},
		"prefix": {Prefix: "a{b}:"},
	} {
		if s, err := OpenEmbedded(t.Context(), o); err == nil {
			t.Errorf("%s: %+v was taken (closing: %v)", name, o, s.Close())
		}
	}
}
