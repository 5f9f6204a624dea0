package redisstore

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
)

// floorWith opens a store on which anna is there with two seats, and answers what the store logs.
func floorWith(t *testing.T) (*Store, *bytes.Buffer) {
	t.Helper()
	log := &bytes.Buffer{}
	s := mustOpen(t, redistest.Start(t).URL(), Options{})
	s.log = slog.New(slog.NewTextHandler(log, nil))
	p := orchestrator.Presence{
		Agent: orchestrator.Agent{ID: "anna"}, Online: true, Queues: []orchestrator.QueueName{"general"}, Capacity: 2,
		Until: s.now().Add(time.Hour),
	}
	if err := s.SetPresence(t.Context(), p, s.now()); err != nil {
		t.Fatal(err)
	}
	return s, log
}

func take(t *testing.T, s *Store, id orchestrator.ConversationID, agent orchestrator.AgentID) {
	t.Helper()
	if err := s.Take(t.Context(), id, agent, orchestrator.SeatOwner, s.now()); err != nil {
		t.Fatal(err)
	}
}

// takeAsBefore takes a seat like the version before: counted, and not in the index by agent.
func takeAsBefore(t *testing.T, s *Store, id, agent string) {
	t.Helper()
	keys := s.keys.roster
	seat := strings.Join([]string{agent, "owner", "1700000000000", "0", "1700000000000", "general", "0"}, unitSeparator)
	pipe := s.client.TxPipeline()
	pipe.HSet(t.Context(), keys.seats, id, seat)
	pipe.HIncrBy(t.Context(), keys.load, agent, 1)
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// releaseAsBefore gives a conversation's seat back like the version before.
func releaseAsBefore(t *testing.T, s *Store, id, agent string) {
	t.Helper()
	keys := s.keys.roster
	pipe := s.client.TxPipeline()
	pipe.HDel(t.Context(), keys.seats, id)
	pipe.HIncrBy(t.Context(), keys.load, agent, -1)
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func chatsOf(t *testing.T, s *Store, agent orchestrator.AgentID) []orchestrator.ConversationID {
	t.Helper()
	seats, err := s.Seats(t.Context(), orchestrator.SeatFilter{Agent: agent})
	if err != nil {
		t.Fatal(err)
	}
	var ids []orchestrator.ConversationID
	for _, seat := range seats {
		ids = append(ids, seat.Conversation)
	}
	return ids
}

func TestSeatsAreFoundThatTheVersionBeforeTookAndGaveBack(t *testing.T) {
	s, _ := floorWith(t)
	take(t, s, "new", "anna")
	for _, step := range []struct {
		name string
		do   func()
		want []orchestrator.ConversationID
	}{
		{"one taken", func() { takeAsBefore(t, s, "old", "anna") }, []orchestrator.ConversationID{"new", "old"}},
		{"one given back", func() { releaseAsBefore(t, s, "new", "anna") }, []orchestrator.ConversationID{"old"}},
		{"one for another", func() {
			releaseAsBefore(t, s, "old", "anna")
			takeAsBefore(t, s, "other", "anna")
		}, []orchestrator.ConversationID{"other"}},
		{"to somebody else", func() {
			releaseAsBefore(t, s, "other", "anna")
			takeAsBefore(t, s, "other", "bo")
		}, nil},
	} {
		step.do()
		if diff := cmp.Diff(step.want, chatsOf(t, s, "anna")); diff != "" {
			t.Errorf("%s: anna's chats (-want +have):\n%s", step.name, diff)
		}
	}
	if diff := cmp.Diff([]orchestrator.ConversationID{"other"}, chatsOf(t, s, "bo")); diff != "" {
		t.Errorf("bo's chats (-want +have):\n%s", diff)
	}
}

// derived shows what follows from the seats.
func derived(t *testing.T, s *Store) string {
	t.Helper()
	keys := s.keys.roster
	pipe := s.client.TxPipeline()
	load := pipe.HGetAll(t.Context(), keys.load)
	seated := pipe.ZRange(t.Context(), keys.seated, 0, -1)
	rings := pipe.ZRangeWithScores(t.Context(), keys.rings, 0, -1)
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%q %q %+v", load.Val(), seated.Val(), rings.Val())
}

func TestCountsOfSeatsThatAreWrongAreMended(t *testing.T) {
	s, _ := floorWith(t)
	keys := s.keys.roster
	take(t, s, "a", "anna")
	if err := s.Enqueue(t.Context(), "b", orchestrator.Waiting{Queue: "general"}, s.now()); err != nil {
		t.Fatal(err)
	}
	ringing := orchestrator.Reservation{Conversation: "b", Agent: "anna", Until: s.now().Add(time.Minute), FromLine: true}
	if err := s.Reserve(t.Context(), ringing, s.now()); err != nil {
		t.Fatal(err)
	}
	before := derived(t, s)
	for name, spoil := range map[string]func(ctx context.Context) error{
		"a count":              func(ctx context.Context) error { return s.client.HSet(ctx, keys.load, "anna", 7).Err() },
		"a count of nobody":    func(ctx context.Context) error { return s.client.HSet(ctx, keys.load, "ghost", 1).Err() },
		"no counts":            func(ctx context.Context) error { return s.client.Del(ctx, keys.load).Err() },
		"no index":             func(ctx context.Context) error { return s.client.Del(ctx, keys.seated).Err() },
		"no reservations":      func(ctx context.Context) error { return s.client.Del(ctx, keys.rings).Err() },
		"a count of no number": func(ctx context.Context) error { return s.client.HSet(ctx, keys.load, "anna", "x").Err() },
		"nothing that follows": func(ctx context.Context) error { return s.client.Del(ctx, keys.rings, keys.load, keys.seated).Err() },
	} {
		if err := spoil(t.Context()); err != nil {
			t.Fatal(err)
		}
		if wrong, err := s.RecountSeats(t.Context()); err != nil || wrong == 0 {
			t.Errorf("%s: %d mended, error %v", name, wrong, err)
		}
		if after := derived(t, s); after != before {
			t.Errorf("%s: after mending\n%s\nwant\n%s", name, after, before)
		}
		if wrong, err := s.RecountSeats(t.Context()); err != nil || wrong != 0 {
			t.Errorf("%s: once more: %d mended, error %v", name, wrong, err)
		}
	}
}

func TestValueOfTheFloorThatCannotBeReadIsSetAsideAndTheOthersGoOn(t *testing.T) {
	s, log := floorWith(t)
	ctx, keys := t.Context(), s.keys.roster
	take(t, s, "good", "anna")
	if err := s.Enqueue(ctx, "waits", orchestrator.Waiting{Queue: "general", Since: s.now()}, s.now()); err != nil {
		t.Fatal(err)
	}
	place := "general" + unitSeparator + "910000000000000001" + unitSeparator + "bad"
	pipe := s.client.TxPipeline()
	pipe.HSet(ctx, keys.presence, "broken", "1|2|not a moment")
	pipe.HSet(ctx, keys.idle, "broken", "1700000000000")
	pipe.HSet(ctx, keys.seats, "bad", "anna"+unitSeparator+"owner", "ringing", "x"+unitSeparator+"ringing")
	pipe.ZAdd(ctx, keys.rings, redis.Z{Score: 1700000000000, Member: "ringing" + unitSeparator + "x"})
	pipe.HSet(ctx, keys.places, "bad", place+recordSeparator+"\xff")
	pipe.ZAdd(ctx, keys.line, redis.Z{Member: place})
	if _, err := pipe.Exec(ctx); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		floor, err := s.Floor(ctx, 10)
		if err != nil {
			t.Fatal(err)
		}
		if len(floor.Agents) != 2 || floor.Agents[1].Online || floor.Agents[1].Until <= s.now() || floor.Agents[1].Capacity != 0 {
			t.Errorf("people %+v, want anna, and the broken one away", floor.Agents)
		}
		if first := floor.Lines["general"].First; len(first) != 1 || first[0].Conversation != "waits" {
			t.Errorf("first in line %v", first)
		}
		if floor.Taken["anna"] != 1 || len(floor.Ringing) != 0 {
			t.Errorf("taken %v, ringing %v", floor.Taken, floor.Ringing)
		}
	}
	if diff := cmp.Diff([]orchestrator.ConversationID{"good"}, chatsOf(t, s, "anna")); diff != "" {
		t.Errorf("anna's chats (-want +have):\n%s", diff)
	}
	if n := strings.Count(log.String(), "set aside"); n < 3 || n > 4 {
		t.Errorf("said %d times that something is set aside, want once for each value:\n%s", n, log)
	}
	take(t, s, "bad", "anna") // whoever takes the conversation writes over it
	if diff := cmp.Diff([]orchestrator.ConversationID{"bad", "good"}, chatsOf(t, s, "anna")); diff != "" {
		t.Errorf("anna's chats (-want +have):\n%s", diff)
	}
	if err := s.Remove(ctx, "ringing", s.now()); err != nil {
		t.Errorf("removing what cannot be read: %v", err)
	}
}

func TestSaidOnceThatAValueIsSetAside(t *testing.T) {
	var a asides
	if !a.first("one") || a.first("one") || !a.first("two") {
		t.Error("not said exactly once")
	}
	for i := range 2 * maxAsides {
		a.first(fmt.Sprint(i))
	}
	if n := len(a.said); n > maxAsides {
		t.Errorf("%d are remembered, want at most %d", n, maxAsides)
	}
}
