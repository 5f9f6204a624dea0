package redisstore

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
)

const (
	benchClients       = 64
	benchConversations = 64 // of each client
)

// chatter is one client's conversations, each of which gets one more message with every turn.
type chatter struct {
	conversations []*orchestrator.Conversation
	turn          int
}

func benchStore(b *testing.B) *Store {
	b.Helper()
	server := redistest.Start(b)
	store, err := Open(b.Context(), Options{URL: server.URL(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := store.Close(); err != nil {
			b.Error(err)
		}
	})
	return store
}

// message is the commit of one more message of 100 characters.
func message(c *orchestrator.Conversation, now orchestrator.Moment) *orchestrator.Commit {
	next := c.Clone()
	next.Version++
	next.Sequence++
	next.LastMessage = now
	id := orchestrator.EventID("evt_01JD0QXK6V3W5Z8Y7T2R" + strconv.FormatUint(next.Version, 10))
	return &orchestrator.Commit{
		Want: c.Version, Next: next, From: c.State, Event: id, BodyHash: [8]byte{1}, Now: now, Node: "n1", Lease: time.Minute,
		Entries: []orchestrator.Entry{{
			At: now, Version: next.Version, Epoch: next.Epoch, Handoff: 1,
			Event: orchestrator.Event{
				ID: id, Type: orchestrator.EventMessage, At: now, Epoch: next.Epoch,
				Actor:   orchestrator.Actor{Role: orchestrator.ActorCustomer, ID: "u-1234"},
				Message: &orchestrator.Message{ID: string(id), Text: strings.Repeat("words and ", 10)},
			},
		}},
	}
}

func beginChat(tb testing.TB, s *Store, external string) *orchestrator.Conversation {
	tb.Helper()
	now := s.now()
	c := &orchestrator.Conversation{
		ID: s.Mint("shop", external), Bot: "shop", External: external, Flow: "default", Channel: "bot",
		State: orchestrator.StateAgent,
		Epoch: 3, OpenedAt: now, EnteredAt: now, Requested: now, Started: now, WaitingFrom: now, Handoff: 1,
		Deadline: now.Add(time.Hour), DeadlineRule: "idle", Desk: "house", Queue: "general", InitialQueuePos: 3,
		Customer: orchestrator.Customer{ID: "u-1234", Name: "Ann Example"},
		Request:  &orchestrator.Request{Reason: "user_request", Summary: "Wants to change an order", Priority: 5},
		Participants: []orchestrator.Participant{{Agent: orchestrator.Agent{ID: "anna", Name: "Anna"},
			Role: orchestrator.RoleOwner, Since: now}},
	}
	commit := message(c, now)
	if _, err := s.Commit(context.Background(), commit); err != nil {
		tb.Fatal(err)
	}
	return commit.Next
}

func chatters(b *testing.B, s *Store) []*chatter {
	b.Helper()
	all := make([]*chatter, benchClients)
	for i := range all {
		all[i] = &chatter{}
		for j := range benchConversations {
			all[i].conversations = append(all[i].conversations, beginChat(b, s, fmt.Sprintf("chat-%d-%d", i, j)))
		}
	}
	return all
}

// drive lets 64 clients commit as fast as they can what next makes of a conversation.
func drive(
	b *testing.B, s *Store, next func(*orchestrator.Conversation, orchestrator.Moment) *orchestrator.Commit,
	commit func(*orchestrator.Commit) error,
) {
	b.Helper()
	clients := chatters(b, s)
	var started atomic.Int64
	b.SetParallelism(benchClients / runtime.GOMAXPROCS(0))
	b.ReportAllocs()
	ours, theirs := ownCPU(b), redisCPU(b, s)
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		me := clients[(started.Add(1)-1)%benchClients]
		for pb.Next() {
			at := me.turn % len(me.conversations)
			me.turn++
			c := next(me.conversations[at], s.now())
			if err := commit(c); err != nil {
				b.Error(err)
				return
			}
			me.conversations[at] = c.Next
		}
	})
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
	// On a busy machine these say more than the time does.
	b.ReportMetric((ownCPU(b)-ours).Seconds()*1e6/float64(b.N), "cpu-µs/commit")
	b.ReportMetric((redisCPU(b, s)-theirs).Seconds()*1e6/float64(b.N), "redis-cpu-µs/commit")
}

// ownCPU is what this process has used of the processors.
func ownCPU(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// redisCPU is what the server has used of them.
func redisCPU(b *testing.B, s *Store) time.Duration {
	b.Helper()
	text, err := s.client.Info(context.Background(), "cpu").Result()
	if err != nil {
		b.Fatal(err)
	}
	info := parseInfo(text)
	var seconds float64
	for _, name := range []string{"used_cpu_sys", "used_cpu_user"} {
		n, err := strconv.ParseFloat(info[name], 64)
		if err != nil {
			b.Fatal(err)
		}
		seconds += n
	}
	return time.Duration(seconds * float64(time.Second))
}

// BenchmarkBareCommitScript is the reference of every other measurement: the commit script alone, by EVALSHA of
// go-redis, 64 at a time, each in a round trip of its own.
func BenchmarkBareCommitScript(b *testing.B) {
	s := benchStore(b)
	drive(b, s, message, s.bare(b))
}

// bare commits by EVALSHA of go-redis alone.
func (s *Store) bare(b *testing.B) func(*orchestrator.Commit) error {
	b.Helper()
	return func(c *orchestrator.Commit) error {
		call, err := s.prepare(c)
		if err != nil {
			return err
		}
		return s.client.EvalSha(b.Context(), commitScript.sha, call.keys, call.args...).Err()
	}
}

// BenchmarkBareMoveScript is the same for commits that move: what indexes and counters add is the difference.
func BenchmarkBareMoveScript(b *testing.B) {
	s := benchStore(b)
	drive(b, s, func(c *orchestrator.Conversation, now orchestrator.Moment) *orchestrator.Commit {
		if c.State == orchestrator.StateAgent {
			return moving(c, orchestrator.StateQueued, now)
		}
		return moving(c, orchestrator.StateAgent, now)
	}, s.bare(b))
}

// BenchmarkStoreCommit is the same through Store.Commit.
func BenchmarkStoreCommit(b *testing.B) {
	s := benchStore(b)
	drive(b, s, message, func(c *orchestrator.Commit) error {
		_, err := s.Commit(b.Context(), c)
		return err
	})
}

// BenchmarkStoreCommitAlone is one client without company.
func BenchmarkStoreCommitAlone(b *testing.B) {
	s := benchStore(b)
	c := beginChat(b, s, "alone")
	b.ReportAllocs()
	for b.Loop() {
		commit := message(c, s.now())
		if _, err := s.Commit(b.Context(), commit); err != nil {
			b.Fatal(err)
		}
		c = commit.Next
	}
}

// BenchmarkBareCommitScriptAlone is its reference.
func BenchmarkBareCommitScriptAlone(b *testing.B) {
	s := benchStore(b)
	c := beginChat(b, s, "alone")
	b.ReportAllocs()
	for b.Loop() {
		commit := message(c, s.now())
		call, err := s.prepare(commit)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.client.EvalSha(b.Context(), commitScript.sha, call.keys, call.args...).Err(); err != nil {
			b.Fatal(err)
		}
		c = commit.Next
	}
}

// BenchmarkPrepare is the part of a commit that is ours: encoding and arguments.
func BenchmarkPrepare(b *testing.B) {
	s := benchStore(b)
	c := beginChat(b, s, "alone")
	commit := message(c, s.now())
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.prepare(commit); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkMemory reports the bytes of Redis that one conversation of fifteen entries takes: ten messages of 100
// characters, and the steps of a handoff.
func BenchmarkMemory(b *testing.B) {
	s := benchStore(b)
	var total int64
	for b.Loop() {
		total = memoryOfAConversation(b, s)
	}
	b.ReportMetric(float64(total), "redis-bytes/conversation")
	b.ReportMetric(0, "ns/op")
}

func memoryOfAConversation(tb testing.TB, s *Store) int64 {
	tb.Helper()
	ctx := context.Background()
	c := beginChat(tb, s, fmt.Sprintf("memory-%d", opened.Add(1)))
	for range 9 {
		commit := message(c, s.now())
		commit.Said = "bot/said/user/" + commit.Event // a word that a bot brings has two names
		if _, err := s.Commit(ctx, commit); err != nil {
			tb.Fatal(err)
		}
		c = commit.Next
	}
	for _, step := range []orchestrator.EventType{
		orchestrator.EventHandoffRequested, orchestrator.EventOffered, orchestrator.EventAccepted, orchestrator.EventChatEnded,
		orchestrator.EventNote,
	} {
		commit := message(c, s.now())
		e := &commit.Entries[0]
		e.Event = orchestrator.Event{ID: e.Event.ID, Type: step, At: e.At,
			Actor: orchestrator.Actor{Role: orchestrator.ActorAgent, ID: "anna", Name: "Anna"}}
		e.Why = &orchestrator.Why{Cause: string(step), Rule: "table",
			LookedAt: map[string]any{"online": int64(3), "waiting": int64(4)}}
		e.From, e.To = c.State, c.State
		if _, err := s.Commit(ctx, commit); err != nil {
			tb.Fatal(err)
		}
		c = commit.Next
	}
	p, err := s.keys.locate(c.ID)
	if err != nil {
		tb.Fatal(err)
	}
	var total int64
	for _, key := range []string{p.conversation(c.ID), p.record(c.ID), p.timeline(c.ID), p.external(c.Bot, c.External)} {
		bytes, err := s.client.MemoryUsage(ctx, key, 0).Result()
		if err != nil {
			tb.Fatalf("memory of %s: %v", key, err)
		}
		tb.Logf("%s: %d bytes", key, bytes)
		total += bytes
	}
	return total
}

// opened numbers what must not have the same name twice in one process.
var opened atomic.Int64

// TestConversationFitsIntoFourKibibytes holds the memory of one conversation with ten messages of 100 characters.
func TestConversationFitsIntoFourKibibytes(t *testing.T) {
	server := redistest.Start(t)
	s, err := Open(t.Context(), Options{URL: server.URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	const limit = 4096
	if total := memoryOfAConversation(t, s); total > limit {
		t.Errorf("one conversation takes %d bytes, at most %d are wanted", total, limit)
	}
}
