package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// What Examine asks for.
const (
	oldestMajor, oldestMinor = 6, 2
	// maxSkew is how far the server's clock may be from ours before times on pages and in logs confuse.
	maxSkew = 2 * time.Second
	// maxLatency is what one round trip may take, as a median; each event takes two.
	maxLatency = 5 * time.Millisecond
	latencyOf  = 15 // round trips
	allSlots   = 16384
)

// Finding is one thing that Examine looked at.
type Finding struct {
	Name   string // "eviction policy"; on a cluster with the node's address
	OK     bool
	Detail string // what was found
	Advice string // what to do about it; empty if OK
}

// Examine looks at a Redis as an operator should before trusting it with conversations. It changes nothing but the
// server's cache of scripts and one key that expires within a minute. The error says that the server could not be asked; what was found until then is answered
// with it.
func Examine(ctx context.Context, o Options) ([]Finding, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	client, err := newClient(o.URL)
	if err != nil {
		return nil, err
	}
	e := &examination{options: o, client: client}
	err = e.all(ctx)
	return e.findings, errors.Join(err, client.Close())
}

type examination struct {
	options  Options
	client   redis.UniversalClient
	findings []Finding
	evicts   bool // a server drops keys when memory is short
}

func (e *examination) find(name string, ok bool, detail, advice string) {
	if ok {
		advice = ""
	}
	e.findings = append(e.findings, Finding{Name: name, OK: ok, Detail: detail, Advice: advice})
}

func (e *examination) all(ctx context.Context) error {
	if err := e.client.Ping(ctx).Err(); err != nil {
		e.find("connection", false, err.Error(), "check redis.url, the network, the password and TLS")
		return fmt.Errorf("redis: %w", err)
	}
	e.find("connection", true, "answers", "")
	if err := e.nodes(ctx); err != nil {
		return err
	}
	if err := loadScripts(ctx, e.client); err != nil {
		e.find("scripts", false, err.Error(), "allow SCRIPT LOAD and EVALSHA to this user")
	} else {
		e.find("scripts", true, fmt.Sprintf("%d scripts are loaded", len(allScripts)), "")
	}
	k := newKeys(e.options.Prefix, e.options.Partitions)
	if !e.evicts { // else the write might cost a conversation
		e.writes(ctx, k)
	}
	e.channels(ctx, k)
	if err := e.latency(ctx); err != nil {
		return err
	}
	return e.partitions(ctx, k)
}

// nodes looks at every master of a cluster, or at the one server.
func (e *examination) nodes(ctx context.Context) error {
	if cluster, ok := e.client.(*redis.ClusterClient); ok {
		if err := e.slots(ctx, cluster); err != nil {
			return err
		}
		var mu sync.Mutex
		var masters []*redis.Client
		err := cluster.ForEachMaster(ctx, func(_ context.Context, node *redis.Client) error {
			mu.Lock()
			defer mu.Unlock()
			masters = append(masters, node)
			return nil
		})
		if err != nil {
			return fmt.Errorf("redis: nodes of the cluster: %w", err)
		}
		slices.SortFunc(masters, func(a, b *redis.Client) int { return strings.Compare(a.Options().Addr, b.Options().Addr) })
		for _, node := range masters {
			if err := e.node(ctx, node, " at "+node.Options().Addr); err != nil {
				return err
			}
		}
		return nil
	}
	return e.node(ctx, e.client, "")
}

func (e *examination) slots(ctx context.Context, cluster *redis.ClusterClient) error {
	ranges, err := cluster.ClusterSlots(ctx).Result() //nolint:staticcheck // its successor needs Redis 7, and 6.2 is taken
	if err != nil {
		return fmt.Errorf("redis: slots of the cluster: %w", err)
	}
	covered := 0
	for _, r := range ranges {
		covered += r.End - r.Start + 1
	}
	e.find("cluster slots", covered == allSlots, fmt.Sprintf("%d of %d are covered", covered, allSlots),
		"give every slot to a node: redis-cli --cluster fix")
	return nil
}

// node looks at one server.
func (e *examination) node(ctx context.Context, node redis.Cmdable, where string) error {
	text, err := node.Info(ctx).Result() // old servers take one section only
	if err != nil {
		return fmt.Errorf("redis: info%s: %w", where, err)
	}
	info := parseInfo(text)
	version := info["redis_version"]
	e.find("version"+where, newEnough(version), version, fmt.Sprintf("use Redis %d.%d or newer", oldestMajor, oldestMinor))
	role := info["role"]
	e.find("role"+where, role == "master", role, "redis.url must name the master; behind Sentinel use redis+sentinel://")
	e.persistence(ctx, node, where, info)
	e.eviction(where, info)
	return e.clock(ctx, node, where)
}

func (e *examination) persistence(ctx context.Context, node redis.Cmdable, where string, info map[string]string) {
	if info["aof_enabled"] == "1" {
		fsync := configOf(ctx, node, "appendfsync")
		good := info["aof_last_write_status"] == "ok" && fsync != "no"
		detail := "append-only file, fsync " + fsync
		if info["aof_last_write_status"] != "ok" {
			detail += ", the last write failed"
		}
		e.find("persistence"+where, good, detail,
			"set appendfsync to everysec (at most a second is lost) or always, and see to the disk")
		return
	}
	save := configOf(ctx, node, "save")
	detail := "none"
	if save != "" {
		detail = "snapshots only (save " + save + ")"
	}
	e.find("persistence"+where, false, detail,
		"set appendonly yes, with appendfsync everysec or always: without it a restart loses what was answered as taken")
}

func (e *examination) eviction(where string, info map[string]string) {
	policy := info["maxmemory_policy"]
	e.evicts = e.evicts || policy != "noeviction"
	e.find("eviction policy"+where, policy == "noeviction", policy,
		"set maxmemory-policy to noeviction: any other lets Redis drop conversations when memory is short")
	limit, err := strconv.ParseInt(info["maxmemory"], 10, 64)
	used, usedErr := strconv.ParseInt(info["used_memory"], 10, 64)
	if err != nil || usedErr != nil || limit == 0 {
		e.find("memory"+where, true, "used "+info["used_memory_human"]+", no limit", "")
		return
	}
	const mostly = 80 // percent
	e.find("memory"+where, used < limit/100*mostly,
		fmt.Sprintf("used %s of %s", info["used_memory_human"], info["maxmemory_human"]),
		"give Redis more memory, or shorten retention: with noeviction a full server refuses every write")
}

func (e *examination) clock(ctx context.Context, node redis.Cmdable, where string) error {
	before := e.options.Clock.Now()
	theirs, err := node.Time(ctx).Result()
	if err != nil {
		return fmt.Errorf("redis: time%s: %w", where, err)
	}
	after := e.options.Clock.Now()
	skew := theirs.Sub(before.Add(after.Sub(before) / 2)).Round(time.Millisecond)
	e.find("clock"+where, skew.Abs() <= maxSkew, fmt.Sprintf("%v from ours", skew), "let both machines follow NTP")
	return nil
}

func (e *examination) latency(ctx context.Context) error {
	took := make([]time.Duration, latencyOf)
	for i := range took {
		began := e.options.Clock.Now()
		if err := e.client.Ping(ctx).Err(); err != nil {
			return fmt.Errorf("redis: ping: %w", err)
		}
		took[i] = e.options.Clock.Now().Sub(began)
	}
	slices.Sort(took)
	median := took[latencyOf/2]
	e.find("latency", median <= maxLatency, fmt.Sprintf("median %v, slowest of %d %v", median, latencyOf,
		took[latencyOf-1]),
		"put Redis nearer: each event takes two round trips")
	return nil
}

func (e *examination) partitions(ctx context.Context, k *keys) error {
	have, err := e.client.Get(ctx, k.partitionCount()).Int()
	if errors.Is(err, redis.Nil) {
		e.find("partitions", true, fmt.Sprintf("a new installation; the first start will fix them at %d",
			e.options.Partitions), "")
		return nil
	}
	if err != nil {
		return fmt.Errorf("redis: read the number of partitions: %w", err)
	}
	e.find("partitions", have == e.options.Partitions, fmt.Sprintf("%d, configured are %d", have, e.options.Partitions),
		fmt.Sprintf("set partitions to %d", have))
	return nil
}

// configOf reads one directive, or says why it cannot: managed servers often refuse CONFIG.
func configOf(ctx context.Context, node redis.Cmdable, name string) string {
	values, err := node.ConfigGet(ctx, name).Result()
	if err != nil {
		return "not known (CONFIG GET is refused)"
	}
	return values[name]
}

func parseInfo(text string) map[string]string {
	info := map[string]string{}
	for line := range strings.SplitSeq(text, "\n") {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			info[name] = value
		}
	}
	return info
}

func newEnough(version string) bool {
	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		return false
	}
	return major > oldestMajor || major == oldestMajor && minor >= oldestMinor
}
