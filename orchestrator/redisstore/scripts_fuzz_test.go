package redisstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore/redistest"
)

// keysOf is how many keys each script declares; for commit it depends on what is written.
var keysOf = map[string]int{
	"head": 3, "done": 3, "retry": 3, "step_aside": 4, "bury": 5, "revive": 5, "claim": 3, "yield": 3, "extend": 3,
	"rearm": 2, "touch": 2, "retired": 3, "recount": 1, "ready": 1,
	"erase": 11, "erasure": 1, "unbind": 1,
	"present": 13, "renew": 13, "depart": 13, "enqueue": 13, "hold": 13, "giveback": 13, "reserve": 13, "take": 13,
	"release": 13, "remove": 13, "expire": 13, "position": 13, "floor": 13, "seats": 13, "recount_seats": 13,
}

// scriptTimeout is how long a script may take with any arguments: a loop without bounds would hold up the whole server.
const scriptTimeout = 5 * time.Second

// FuzzScripts calls every script with arguments of any kind, on a real Redis. Each call must answer, with an error or
// without, and must leave alone every key that it was not given: among them those of a conversation and of a floor.
func FuzzScripts(f *testing.F) {
	server := redistest.Start(f)
	s := mustOpen(f, server.URL(), Options{Prefix: "kept:", Partitions: 1})
	given := mustOpen(f, server.URL(), Options{Prefix: "given:", Partitions: 1})
	c := canary(f, s)
	before := dump(f, s)
	for i, sc := range allScripts {
		for _, seed := range seedsOf(f, given, c, sc.name) {
			f.Add(uint8(i), uint8(seed.keys), bytes.Join(seed.args, []byte{separator}))
		}
	}
	f.Fuzz(func(t *testing.T, which, count uint8, joined []byte) {
		sc := allScripts[int(which)%len(allScripts)]
		ctx, cancel := context.WithTimeout(context.Background(), scriptTimeout)
		defer cancel()
		var args []any
		for arg := range bytes.SplitSeq(joined, []byte{separator}) {
			args = append(args, arg)
		}
		keys := make([]string, count%24)
		for i := range keys {
			keys[i] = fmt.Sprintf("given:{p00}:%s:%d", sc.name, i)
		}
		err := given.client.EvalSha(ctx, sc.sha, keys, args...).Err()
		if err != nil && !errors.Is(err, redis.Nil) && !answered(err) {
			t.Fatalf("%s did not answer: %v", sc.name, err)
		}
		if after := dump(t, s); after != before {
			t.Fatalf("%s changed keys that it was not given:\n%s\n%s", sc.name, before, after)
		}
	})
}

// separator parts the arguments of a fuzzed call.
const separator = 0xfe

// answered tells an error of the script from one of the connection.
func answered(err error) bool {
	var reply redis.Error
	return errors.As(err, &reply)
}

// canary makes the keys that must not change.
func canary(f *testing.F, s *Store) *orchestrator.Conversation {
	f.Helper()
	ctx := context.Background()
	c := beginChat(f, s, "canary")
	commit := withCommand(message(c, s.now()))
	if _, err := s.Commit(ctx, commit); err != nil {
		f.Fatal(err)
	}
	if err := s.Enqueue(ctx, c.ID, orchestrator.Waiting{Queue: "general", Since: s.now()}, s.now()); err != nil {
		f.Fatal(err)
	}
	if err := s.Take(ctx, "other", "anna", orchestrator.SeatOwner, s.now()); err != nil {
		f.Fatal(err)
	}
	return commit.Next
}

// dump is what lies under all keys of a store.
func dump(t testing.TB, s *Store) string {
	t.Helper()
	ctx := context.Background()
	keys, err := s.client.Keys(ctx, s.keys.prefix+"*").Result()
	if err != nil {
		t.Fatal(err)
	}
	pipe := s.client.Pipeline()
	cmds := map[string]*redis.StringCmd{}
	for _, key := range keys {
		cmds[key] = pipe.Dump(ctx, key)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		t.Fatal(err)
	}
	contents := map[string]string{}
	for key, cmd := range cmds {
		contents[key] = cmd.Val()
	}
	return fmt.Sprintf("%q", contents) // fmt sorts keys
}

// seed is a good call of a script, from which the fuzzer departs.
type seed struct {
	keys int
	args [][]byte
}

func seedsOf(f *testing.F, s *Store, c *orchestrator.Conversation, name string) []seed {
	f.Helper()
	lane := []string{"b:shop", string(c.ID) + "|b:shop", "n1", "1700000030000"}
	id := string(c.ID)
	of := map[string][][]string{
		"head": {lane}, "claim": {append(lane, "1700000000000")}, "yield": {lane}, "extend": {lane}, "done": {append(lane, ".1.0")},
		"retry":      {append(lane, ".1.0", "command")},
		"step_aside": {append(lane, ".1.0", "b:shop~", id+"|b:shop~", "1700000000000", "command")},
		"bury": {append(lane, ".1.0", "0001700000000000|"+id+"|.1.0", id+"|.1.0", "0001700000000000x",
			"0001600000000000|")},
		"revive": {append(lane, "1700000000000", "0001700000000000|"+id+"|.1.0", id+"|.1.0", "0001700000000000x",
			"command")},
		"rearm": {{id, "2", "1700000000000"}, {id, "2", ""}}, "touch": {{id, "1700000000000"}},
		"retired": {{id, "86400000", "1700000000000"}}, "recount": {{"", "1700000000000", "default\x1fbot", "2"}},
		"ready":   {{"given:changes", "x", "1000"}},
		"erase":   {{id, "given:changes", "x", "lb:shop"}},
		"erasure": {{"customer", "was", "becomes"}}, "unbind": {{id}},
		"present": {{"anna", "1|2|1700000000000|x", "1700000000000", "lunch", "given:changes", "x"}},
		"renew":   {{"anna", "1|2|1700000000000|x", "1|2|1700000060000|x"}}, "depart": {{"anna", "given:changes", "x"}},
		"hold":     {{id, "general\x1f41", "0000001700000000", "x", "token", "1700000060000"}},
		"giveback": {{id, "token"}},
		"enqueue":  {{id, "general\x1f410000001700000000\x1f" + id + "\x1ex", "1700000000000"}},
		"reserve": {{id, "anna", "1700000060000", "1", "0", "1700000000000"},
			{id, "bo", "1700000060000", "0", "1", "1700000000000"}},
		"take": {{id, "anna", "owner", "1700000000000"}}, "release": {{id, "anna", "1700000000000"}},
		"remove": {{id, "1700000000000"}}, "expire": {{"1700000000000", "10"}}, "position": {{id}}, "floor": {{"10"}},
		"seats": {{id, "", ""}, {"", "anna", ""}, {"", "", "owner"}}, "recount_seats": {{}},
	}
	var seeds []seed
	for _, args := range of[name] {
		good := seed{keys: keysOf[name]}
		for _, arg := range args {
			good.args = append(good.args, []byte(arg))
		}
		seeds = append(seeds, good)
	}
	if name == "commit" {
		for _, commit := range []*orchestrator.Commit{message(c, s.now()), withCommand(message(c, s.now())),
			end(c, s.now())} {
			call, err := s.prepare(commit)
			if err != nil {
				f.Fatal(err)
			}
			good := seed{keys: len(call.keys)}
			for _, arg := range call.args {
				if b, ok := arg.([]byte); ok {
					good.args = append(good.args, b)
				} else {
					good.args = append(good.args, []byte(fmt.Sprint(arg)))
				}
			}
			seeds = append(seeds, good)
		}
	}
	if len(seeds) == 0 {
		f.Fatalf("no good arguments for script %s", name)
	}
	return seeds
}
