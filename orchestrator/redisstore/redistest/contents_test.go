package redistest_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"handoff/orchestrator/redisstore/redistest"
)

func TestContentsShowEveryKindOfValueAlikeOnBothServers(t *testing.T) {
	want := map[string]string{
		"text": `string "a\x00b"`, "list": `list ["x" "y"]`, "hash": `hash map["f":"1" "g":"2"]`, "set": `set ["a" "b"]`,
		"zset": `zset 1="late" 1.5="m" +Inf="never" `,
	}
	for name, url := range map[string]string{"miniredis": redistest.StartMini(t), "redis-server": redistest.Start(t).URL()} {
		options, err := redis.ParseURL(url)
		if err != nil {
			t.Fatal(err)
		}
		client := redis.NewClient(options)
		defer client.Close()
		for _, command := range [][]any{
			{"set", "text", "a\x00b"}, {"rpush", "list", "x", "y"}, {"hset", "hash", "g", "2", "f", "1"},
			{"sadd", "set", "b", "a"}, {"zadd", "zset", "1.5", "m", "+inf", "never", "1", "late"},
		} {
			if err := client.Do(t.Context(), command...).Err(); err != nil {
				t.Fatal(err)
			}
		}
		got, err := redistest.Contents(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
