package redisstore

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
)

// ttls answers how long the keys of a store live: -1 for ever.
func ttls(t *testing.T, s *Store) map[string]time.Duration {
	t.Helper()
	ctx := context.Background()
	keys, err := s.client.Keys(ctx, s.keys.prefix+"*").Result()
	if err != nil {
		t.Fatal(err)
	}
	lives := map[string]time.Duration{}
	for _, key := range keys {
		ttl, err := s.client.PTTL(ctx, key).Result()
		if err != nil {
			t.Fatal(err)
		}
		lives[key] = ttl
	}
	return lives
}

func near(got, want time.Duration) bool { return got <= want && got > want-time.Minute }

func TestEndedConversationIsKeptForItsTimes(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(Options) *Store) {
		s := open(Options{Partitions: 1, Retention: 10 * time.Hour})
		c := beginChat(t, s, "chat")
		p := &s.keys.partitions[0]
		for _, key := range []string{p.conversation(c.ID), p.record(c.ID), p.timeline(c.ID), p.external("shop", "chat")} {
			if ttl := ttls(t, s)[key]; ttl != -1 {
				t.Errorf("live: %s expires in %v", key, ttl)
			}
		}
		ended := end(c, s.now())
		if _, err := s.Commit(t.Context(), ended); err != nil {
			t.Fatal(err)
		}
		want := map[string]time.Duration{
			p.conversation(c.ID): SeenFor, p.external("shop", "chat"): SeenFor, p.record(c.ID): 10 * time.Hour,
			p.timeline(c.ID): 10 * time.Hour, p.hour(s.now()): CountersFor,
		}
		check := func() {
			t.Helper()
			lives := ttls(t, s)
			for key, ttl := range want {
				if !near(lives[key], ttl) {
					t.Errorf("ended: %s expires in %v, want %v", key, lives[key], ttl)
				}
			}
			for key := range lives {
				if strings.HasSuffix(key, "due") || strings.Contains(key, ":s:") || strings.HasSuffix(key, ":seen") {
					t.Errorf("ended, and %s is still there", key)
				}
			}
		}
		check()
		if _, err := s.Commit(t.Context(), message(ended.Next, s.now())); err != nil { // a late word changes none of that
			t.Fatal(err)
		}
		check()
	})
}

func TestNothingIsLeftOfAForgottenConversation(t *testing.T) {
	clock := orchestrator.NewStepClock(testStart)
	s := mustEmbed(t, Options{Partitions: 1, Clock: clock})
	ctx := t.Context()
	c := beginChat(t, s, "chat")
	commit := withCommand(end(c, s.now()))
	if _, err := s.Commit(ctx, commit); err != nil {
		t.Fatal(err)
	}
	if err := s.Bind(ctx, "house", "ref", c.ID); err != nil {
		t.Fatal(err)
	}
	clock.Advance(SeenFor + time.Hour)
	// The command was never delivered: whoever claims it finds that the conversation is forgotten.
	if keys, err := s.Claim(ctx, "n2", s.now(), time.Minute, 10); err != nil || len(keys) != 0 {
		t.Errorf("claimed %v, %v", keys, err)
	}
	// A sweep tidies the index of those that were not archived up, and another end that of ended conversations.
	if err := s.Retired(ctx, 0, []orchestrator.ConversationID{c.ID}); err != nil {
		t.Fatal(err)
	}
	other := beginChat(t, s, "other")
	if _, err := s.Commit(ctx, end(other, s.now())); err != nil {
		t.Fatal(err)
	}
	clock.Advance(BoundFor)
	left := ttls(t, s)
	var names []string
	for key := range left {
		if strings.Contains(key, string(c.ID)) {
			t.Errorf("%s is left", key)
		}
		names = append(names, key)
	}
	slices.Sort(names)
	want := []string{"ho:partitions", "ho:{p00}:ended", "ho:{p00}:f", "ho:{p00}:unretired"} // f counts what stands: all zero
	if !slices.Equal(names, want) {
		t.Errorf("left are %v, want %v", names, want)
	}
	for _, index := range []string{"ho:{p00}:ended", "ho:{p00}:unretired"} {
		if ids := s.client.ZRange(ctx, index, 0, -1).Val(); !slices.Equal(ids, []string{string(other.ID)}) {
			t.Errorf("%s holds %v", index, ids)
		}
	}
}

func TestCommitAfterTheRecordExpiredIsAConflict(t *testing.T) {
	clock := orchestrator.NewStepClock(testStart)
	s := mustEmbed(t, Options{Partitions: 1, Clock: clock, Retention: time.Hour})
	c := beginChat(t, s, "chat")
	ended := end(c, s.now())
	if _, err := s.Commit(t.Context(), ended); err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Hour)
	if _, err := s.Commit(t.Context(), message(ended.Next, s.now())); err == nil {
		t.Error("a forgotten conversation was written again")
	}
	if _, there := ttls(t, s)["ho:{p00}:r:"+string(c.ID)]; there {
		t.Error("the record is there again")
	}
}

func TestRetentionWaitsForTheArchive(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(Options) *Store) {
		clock := orchestrator.NewStepClock(testStart)
		s := open(Options{Partitions: 1, Clock: clock, Retention: 10 * time.Hour, Archive: true})
		p := &s.keys.partitions[0]
		early, late := beginChat(t, s, "early"), beginChat(t, s, "late")
		for _, c := range []*orchestrator.Conversation{early, late} {
			if _, err := s.Commit(t.Context(), end(c, s.now())); err != nil {
				t.Fatal(err)
			}
		}
		clock.Advance(4 * time.Hour)
		if err := s.Retired(t.Context(), 0, []orchestrator.ConversationID{early.ID}); err != nil {
			t.Fatal(err)
		}
		if ttl := ttls(t, s)[p.record(early.ID)]; !near(ttl, 6*time.Hour) {
			t.Errorf("archived after 4 of 10 hours, expires in %v", ttl)
		}
		clock.Advance(24 * time.Hour) // the archive was full
		if ttl := ttls(t, s)[p.record(late.ID)]; ttl != -1 {
			t.Errorf("not archived, and expires in %v", ttl)
		}
		if _, err := s.Load(t.Context(), late.ID); err != nil {
			t.Errorf("not archived, and cannot be read: %v", err)
		}
		if err := s.Retired(t.Context(), 0, []orchestrator.ConversationID{late.ID}); err != nil {
			t.Fatal(err)
		}
		lives := ttls(t, s)
		for _, key := range []string{p.record(late.ID), p.timeline(late.ID)} {
			if _, there := lives[key]; there {
				t.Errorf("archived long after retention, and %s is still there", key)
			}
		}
	})
}

func TestOldBurialsAreForgotten(t *testing.T) {
	clock := orchestrator.NewStepClock(testStart)
	s := mustEmbed(t, Options{Partitions: 1, Clock: clock})
	bury := func() orchestrator.CommandID {
		c := beginChat(t, s, string(s.Mint("shop", "x")))
		commit := withCommand(message(c, s.now()))
		if _, err := s.Commit(t.Context(), commit); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Bury(t.Context(), &commit.Commands[0], "n1", s.now(), time.Minute); err != nil {
			t.Fatal(err)
		}
		return commit.Commands[0].ID
	}
	bury()
	clock.Advance(UndeliveredFor + time.Second)
	newest := bury()
	commands, _, err := s.Undelivered(t.Context(), "", 10)
	if err != nil || len(commands) != 1 || commands[0].ID != newest {
		t.Errorf("listed are %v (%v), want %s", commands, err, newest)
	}
	if n := s.client.HLen(t.Context(), s.keys.partitions[0].burials).Val(); n != 1 {
		t.Errorf("%d burials are kept", n)
	}
}

func TestTokenIsNotStored(t *testing.T) {
	s := mustOpen(t, redistest.Start(t).URL(), Options{})
	const token = "a-very-secret-token"
	if err := s.PutSession(t.Context(), orchestrator.Session{Token: token, User: "anna"}, time.Hour); err != nil {
		t.Fatal(err)
	}
	if stored := dump(t, s); strings.Contains(stored, token) {
		t.Errorf("the token lies in Redis: %s", stored)
	}
}

func TestHandleWhoseNotesHaveExpiredLeavesTheList(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(Options) *Store) {
		clock := orchestrator.NewStepClock(time.Now())
		s := open(Options{Partitions: 1, Clock: clock})
		for _, ref := range []string{"old", "kept"} {
			if err := s.Keep(t.Context(), "desk", ref, "n", []byte("1")); err != nil {
				t.Fatal(err)
			}
			if ttl := ttls(t, s)[s.keys.notes("desk", ref)]; !near(ttl, orchestrator.KeptFor) {
				t.Errorf("%s expires in %v", ref, ttl)
			}
		}
		clock.Advance(orchestrator.KeptFor - time.Hour)
		if err := s.Keep(t.Context(), "desk", "kept", "n", []byte("2")); err != nil {
			t.Fatal(err)
		}
		clock.Advance(2 * time.Hour)
		if err := s.client.Del(t.Context(), s.keys.notes("desk", "old")).Err(); err != nil { // as its expiry does
			t.Fatal(err)
		}
		handles, err := s.Handles(t.Context(), "desk", 0, 10)
		if err != nil || len(handles) != 1 || handles[0].Ref != "kept" {
			t.Errorf("handles %v, %v", handles, err)
		}
		if listed, err := s.client.ZCard(t.Context(), s.keys.handles("desk")).Result(); err != nil || listed != 1 {
			t.Errorf("%d on the list, %v", listed, err)
		}
	})
}

func TestWhatWasNeverArchivedExpiresOnceNothingIsArchived(t *testing.T) {
	clock := orchestrator.NewStepClock(testStart)
	url := redistest.Start(t).URL()
	with := mustOpen(t, url, Options{Partitions: 1, Clock: clock, Retention: time.Hour, Archive: true})
	old := beginChat(t, with, "old")
	if _, err := with.Commit(t.Context(), end(old, with.now())); err != nil {
		t.Fatal(err)
	}
	clock.Advance(2 * time.Hour)
	without := mustOpen(t, url, Options{Partitions: 1, Clock: clock, Retention: time.Hour})
	other := beginChat(t, without, "other")
	if _, err := without.Commit(t.Context(), end(other, without.now())); err != nil {
		t.Fatal(err)
	}
	items, err := without.Retire(t.Context(), 0, without.now(), 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range items {
		if err := without.Retired(t.Context(), 0, []orchestrator.ConversationID{item.ID}); err != nil {
			t.Fatal(err)
		}
	}
	p := &without.keys.partitions[0]
	for _, key := range []string{p.record(old.ID), p.timeline(old.ID)} {
		if ttl, ok := ttls(t, without)[key]; ok && ttl == -1 {
			t.Errorf("%s is kept for ever", key)
		}
	}
}
