package redisstore

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"handoff/orchestrator"
)

func TestRecordThatCannotBeReadHidesNoOther(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(Options) *Store) {
		s := open(Options{})
		odd, fine := beginChat(t, s, "odd"), beginChat(t, s, "fine")
		p, err := s.keys.locate(odd.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.client.Set(t.Context(), p.record(odd.ID), string([]byte{codecVersion + 1})+"of a later time", 0).Err(); err != nil {
			t.Fatal(err)
		}
		wrong, ok := errors.AsType[*orchestrator.UnreadableRecord](func() error { _, err := s.Load(t.Context(), odd.ID); return err }())
		if !ok || wrong.ID != odd.ID {
			t.Errorf("loading it: %v", wrong)
		}
		listed, _, err := s.List(t.Context(), orchestrator.Filter{Limit: 10})
		if err != nil || len(listed) != 1 || listed[0].ID != fine.ID {
			t.Errorf("the list is %+v, %v", listed, err)
		}
		if changed, err := s.ChangedSince(t.Context(), 0, 10); err != nil || len(changed) != 1 {
			t.Errorf("the changes are %+v, %v", changed, err)
		}
		live, unreadable := walkAll(t, s)
		if live[fine.ID] == 0 || live[odd.ID] != 0 || len(unreadable) != 1 || unreadable[0].ID != odd.ID {
			t.Errorf("walked over %v, could not read %v", live, unreadable)
		}
	})
}

func TestWalkLooksAtEveryLiveConversation(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(Options) *Store) {
		s := open(Options{})
		const many = 300 // more than an index keeps in its compact form
		for i := range many {
			beginChat(t, s, "chat-"+strconv.Itoa(i))
		}
		if live, _ := walkAll(t, s); len(live) != many {
			t.Errorf("walked over %d of %d", len(live), many)
		}
		for _, cursor := range []string{"x", "1", "1.x", "99.0"} {
			if _, err := s.Walk(t.Context(), 0, cursor, 10); err == nil {
				t.Errorf("cursor %q is taken", cursor)
			}
		}
	})
}

func walkAll(t *testing.T, s *Store) (live map[orchestrator.ConversationID]int, unreadable []*orchestrator.UnreadableRecord) {
	t.Helper()
	live = map[orchestrator.ConversationID]int{}
	for p := range s.Partitions() {
		for cursor := ""; ; {
			walked, err := s.Walk(t.Context(), p, cursor, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range walked.Live {
				live[c.ID]++
			}
			unreadable = append(unreadable, walked.Unreadable...)
			if cursor = walked.Next; cursor == "" {
				break
			}
		}
	}
	return live, unreadable
}

func TestProcessesTellWhatTheyHave(t *testing.T) {
	onBoth(t, func(t *testing.T, open func(Options) *Store) {
		s := open(Options{})
		has := &orchestrator.Configured{Flows: []string{"default"}, Queues: []orchestrator.QueueName{"general"}}
		for node, has := range map[orchestrator.NodeID]*orchestrator.Configured{"new": has, "old": nil} {
			if _, err := s.Beat(t.Context(), node, time.Minute, has); err != nil {
				t.Fatal(err)
			}
		}
		told, err := s.Configured(t.Context())
		if err != nil || len(told) != 2 || told["old"] != nil || told["new"] == nil || told["new"].Queues[0] != "general" {
			t.Errorf("told is %+v, %v", told, err)
		}
		if err := s.Leave(t.Context(), "old"); err != nil {
			t.Fatal(err)
		}
		if told, err := s.Configured(t.Context()); err != nil || len(told) != 1 {
			t.Errorf("after one left: %+v, %v", told, err)
		}
	})
}
