package redisstore

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/orchestrator"
)

const testLease = 30 * time.Second

// ofAnotherVersion puts a command of another version of the program in front of a lane.
func ofAnotherVersion(t *testing.T, s *Store, key orchestrator.LaneKey) string {
	t.Helper()
	p, err := s.keys.locate(key.Conversation)
	if err != nil {
		t.Fatal(err)
	}
	stored := string([]byte{codecVersion + 1}) + "words of a later time"
	if err := s.client.LPush(t.Context(), p.lane(key.Conversation, key.Lane), stored).Err(); err != nil {
		t.Fatal(err)
	}
	return stored
}

func TestCommandOfAnotherVersionIsSetAsideAndTheLaneGoesOn(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(Options) *Store) {
		s := open(Options{})
		commit := withCommand(message(beginChat(t, s, "chat"), s.now()))
		commit.Node, commit.Lease = "one", testLease
		if _, err := s.Commit(t.Context(), commit); err != nil {
			t.Fatal(err)
		}
		key := laneOf(&commit.Commands[0])
		stored := ofAnotherVersion(t, s, key)
		_, err := s.Head(t.Context(), key, "one", s.now(), testLease)
		unreadable, ok := errors.AsType[*orchestrator.UnreadableError](err)
		if !ok || string(unreadable.Stored) != stored || unreadable.Lane != key {
			t.Fatalf("got %v", err)
		}
		if _, err := s.SetAside(t.Context(), key, unreadable.Stored, "two", s.now(), testLease); !errors.Is(err, orchestrator.ErrNotLeased) {
			t.Errorf("a stranger's lane: %v", err)
		}
		for range 2 { // a repetition is harmless
			next, err := s.SetAside(t.Context(), key, unreadable.Stored, "one", s.now(), testLease)
			if err != nil || next == nil || next.ID != commit.Commands[0].ID {
				t.Fatalf("next is %+v, %v", next, err)
			}
		}
		listed, _, err := s.Undelivered(t.Context(), "", 10)
		if err != nil || len(listed) != 1 {
			t.Fatalf("listed are %+v, %v", listed, err)
		}
		got := listed[0]
		if got.Type != orchestrator.CommandUnreadable || got.Conversation != key.Conversation || got.Failure == "" ||
			got.To != (orchestrator.Party{Connector: "shop", Bot: true}) || got.At == 0 {
			t.Errorf("listed is %+v", got)
		}
		_, _, err = s.Revive(t.Context(), got.Conversation, got.ID, "one", s.now(), testLease)
		if input, ok := errors.AsType[*orchestrator.InputError](err); !ok || input.Status != 409 {
			t.Errorf("reviving what cannot be read: %v", err)
		}
		if err := s.Discard(t.Context(), got.Conversation, got.ID); err != nil {
			t.Error(err)
		}
	})
}

func TestCommandThatALaterVersionCanReadIsRevived(t *testing.T) {
	s := mustEmbed(t, Options{})
	commit := withCommand(message(beginChat(t, s, "chat"), s.now()))
	commit.Node, commit.Lease = "one", testLease
	if _, err := s.Commit(t.Context(), commit); err != nil {
		t.Fatal(err)
	}
	key, want := laneOf(&commit.Commands[0]), commit.Commands[0]
	stored, err := encodeCommand(&want)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.SetAside(t.Context(), key, []byte(stored), "one", s.now(), testLease); err != nil { // as an older one did
		t.Fatal(err)
	}
	listed, _, err := s.Undelivered(t.Context(), "", 10)
	if err != nil || len(listed) != 1 || listed[0].Type != want.Type {
		t.Fatalf("listed are %+v, %v", listed, err)
	}
	if _, _, err := s.Revive(t.Context(), key.Conversation, listed[0].ID, "one", s.now(), testLease); err != nil {
		t.Fatal(err)
	}
	got, err := s.Head(t.Context(), key, "one", s.now(), testLease)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&want, got); diff != "" {
		t.Errorf("revived, got (+), want (-):\n%s", diff)
	}
}

func TestRevivalSentTwiceByTheClientIsAnsweredAlike(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(Options) *Store) {
		s := open(Options{})
		commit := withCommand(message(beginChat(t, s, "chat"), s.now()))
		commit.Node, commit.Lease = "one", testLease
		if _, err := s.Commit(t.Context(), commit); err != nil {
			t.Fatal(err)
		}
		cmd := &commit.Commands[0]
		if _, err := s.Bury(t.Context(), cmd, "one", s.now(), testLease); err != nil {
			t.Fatal(err)
		}
		call, err := s.revival(t.Context(), cmd.Conversation, cmd.ID, "one", s.now(), testLease)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if _, held, err := s.revive(t.Context(), call, cmd.ID); err != nil || !held {
				t.Errorf("call %d: held %t, %v", i, held, err)
			}
		}
		if pending, err := s.Pending(t.Context(), cmd.Conversation); err != nil || len(pending) != 1 {
			t.Errorf("pending are %+v, %v", pending, err)
		}
		if _, _, err := s.Revive(t.Context(), cmd.Conversation, cmd.ID, "one", s.now(), testLease); !errors.Is(err, orchestrator.ErrNotFound) {
			t.Errorf("another revival of the same command: %v", err)
		}
	})
}
