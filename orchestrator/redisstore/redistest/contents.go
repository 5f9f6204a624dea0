package redistest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/redis/go-redis/v9"
)

// contentsPage is how many keys one SCAN asks for.
const contentsPage = 1000

// Contents answers everything that a server holds: every key with its type and its whole value, written down so that
// two equal values read alike. What it leaves out is when a key expires. The url names one server, not a cluster.
func Contents(ctx context.Context, url string) (map[string]string, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, err
	}
	options.DisableIdentity = true
	client := redis.NewClient(options)
	defer func() { _ = client.Close() }()
	all := map[string]string{}
	for cursor := uint64(0); ; {
		keys, next, err := client.Scan(ctx, cursor, "*", contentsPage).Result()
		if err != nil {
			return nil, err
		}
		if err := readInto(ctx, client, keys, all); err != nil {
			return nil, err
		}
		if cursor = next; cursor == 0 {
			return all, nil
		}
	}
}

// readInto adds the values of keys, in two round trips: their types, then what is in each.
func readInto(ctx context.Context, client *redis.Client, keys []string, all map[string]string) error {
	if len(keys) == 0 {
		return nil
	}
	pipe := client.Pipeline()
	types := make([]*redis.StatusCmd, len(keys))
	for i, key := range keys {
		types[i] = pipe.Type(ctx, key)
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return err
	}
	values := make([]func() string, len(keys))
	for i, key := range keys {
		var err error
		if values[i], err = read(ctx, pipe, key, types[i].Val()); err != nil {
			return err
		}
	}
	if _, err := pipe.Exec(ctx); err != nil {
		return err
	}
	for i, key := range keys {
		all[key] = types[i].Val() + " " + values[i]()
	}
	return nil
}

// read asks for one value; the function that it answers writes the value down once the pipeline was executed.
func read(ctx context.Context, pipe redis.Pipeliner, key, kind string) (func() string, error) {
	switch kind {
	case "string":
		get := pipe.Get(ctx, key)
		return func() string { return fmt.Sprintf("%q", get.Val()) }, nil
	case "list":
		get := pipe.LRange(ctx, key, 0, -1)
		return func() string { return fmt.Sprintf("%q", get.Val()) }, nil
	case "hash":
		get := pipe.HGetAll(ctx, key)
		return func() string { return fmt.Sprintf("%q", get.Val()) }, nil // maps are printed in the order of their keys
	case "set":
		get := pipe.SMembers(ctx, key)
		return func() string { return fmt.Sprintf("%q", slices.Sorted(slices.Values(get.Val()))) }, nil
	case "zset":
		get := pipe.ZRangeWithScores(ctx, key, 0, -1)
		return func() string { return writeScores(get.Val()) }, nil
	}
	return nil, fmt.Errorf("key %q has the type %q, which no store of ours writes", key, kind)
}

func writeScores(members []redis.Z) string {
	slices.SortFunc(members, func(a, b redis.Z) int {
		return cmp.Or(cmp.Compare(a.Score, b.Score), cmp.Compare(fmt.Sprint(a.Member), fmt.Sprint(b.Member)))
	})
	var b strings.Builder
	for _, m := range members {
		fmt.Fprintf(&b, "%v=%q ", m.Score, m.Member)
	}
	return b.String()
}
