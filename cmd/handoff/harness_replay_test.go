package main

import (
	"fmt"
	"log/slog"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore"
)

// inRedis is the conversation as it lies in Redis, read beside the service.
type inRedis struct {
	life    *life
	record  *orchestrator.Conversation
	entries []orchestrator.Entry
}

// looksIntoRedis waits until every command of the story's chats is done, and reads what is stored then. Doing a command
// tells nobody, so the store is asked again until nothing is left; each question is a round trip.
func (l *life) looksIntoRedis() *inRedis {
	l.t.Helper()
	log := slog.New(slog.NewTextHandler(l.t.Output(), nil))
	store, err := redisstore.Open(l.ctx, l.at.config.storeOptions(orchestrator.SystemClock{}, log))
	l.must(err, "looking into Redis")
	l.t.Cleanup(func() {
		if err := store.Close(); err != nil {
			l.t.Error(err)
		}
	})
	id := orchestrator.ConversationID(l.id)
	chats := []orchestrator.ConversationID{id}
	for _, p := range l.people {
		chats = append(chats, p.sides...)
	}
	for _, chat := range chats {
		for {
			pending, err := store.Pending(l.ctx, chat)
			l.must(err, "waiting for the commands of %s", chat)
			if len(pending) == 0 {
				break
			}
		}
	}
	at := &inRedis{life: l}
	at.record, err = store.Load(l.ctx, id)
	l.must(err, "loading the record")
	at.entries, err = store.Timeline(l.ctx, id, 0, 1000)
	l.must(err, "loading the timeline")
	return at
}

// checkReplay decides the whole timeline anew: the result must be the stored record, and the same entries.
func (at *inRedis) checkReplay() {
	t := at.life.t
	t.Helper()
	flow := at.life.at.config.flows.byName()[at.record.Flow]
	again, decided, _, err := orchestrator.Replay(flow, at.record.ID, at.record.Bot, at.record.External, at.entries)
	if err != nil {
		t.Errorf("the timeline cannot be decided anew: %v", err)
		return
	}
	if diff := cmp.Diff(at.record, again, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("replaying gives another record (-stored +replayed):\n%s", diff)
	}
	outside := cmpopts.IgnoreFields(orchestrator.Event{}, "Conversation", "Bot", "External")
	number := cmpopts.IgnoreFields(orchestrator.Entry{}, "Sequence")
	// The stored form keeps the value of a number and not the kind of Go integer that held it.
	looked := cmp.FilterValues(func(a, b any) bool { return isWholeOrReal(a) && isWholeOrReal(b) },
		cmp.Comparer(func(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }))
	if diff := cmp.Diff(at.entries, decided, cmpopts.EquateEmpty(), outside, number, looked); diff != "" {
		t.Errorf("replaying gives other entries (-stored +replayed):\n%s", diff)
	}
	if len(at.entries) != len(at.life.timeline) {
		t.Errorf("Redis holds %d entries, the feed showed %d", len(at.entries), len(at.life.timeline))
	}
}

func isWholeOrReal(v any) bool {
	switch v.(type) {
	case int, int64, uint64, float64:
		return true
	}
	return false
}
