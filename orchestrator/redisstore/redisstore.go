// Package redisstore keeps live state in Redis: on one server, behind Sentinel, on a Redis Cluster, or in a miniredis
// inside this process. All four run the same keys and the same scripts.
//
// Every key of a conversation bears the hash tag of its partition, so one Lua script can write all of one transition in
// one atomic step on any of them (lua/commit.lua). Nothing is read in Go to be written back: each method is one script
// or one command. Times come from the caller or from Options.Clock, never from Redis.
package redisstore

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

var _ orchestrator.Store = (*Store)(nil)

// Limits and defaults.
const (
	// DefaultPartitions is how many partitions a new installation gets.
	DefaultPartitions = 64
	// MaxPartitions is the highest number of partitions: the tag has two hexadecimal digits.
	MaxPartitions = 256
	// DefaultRetention is how long an ended conversation stays readable.
	DefaultRetention = 24 * time.Hour
	// SeenFor is how long event ids, and the bot's id of a conversation, are remembered after its end; longer
	// if the record is.
	SeenFor = 96 * time.Hour
	// CountersFor is how long an hour of counters is kept.
	CountersFor = 49 * time.Hour
	// BoundFor is how long a desk's handle is kept after it was last bound or resolved.
	BoundFor = 30 * 24 * time.Hour
	// UndeliveredFor is how long a buried command is listed.
	UndeliveredFor = 30 * 24 * time.Hour
)

// Options is what a store needs. Only URL is required, and not even that by OpenEmbedded.
type Options struct {
	// URL names the server: see the comment on parseURL for the forms.
	URL string
	// Partitions is fixed at the first start of an installation; 0 means DefaultPartitions.
	Partitions int
	// Retention is how long an ended conversation stays readable; 0 means DefaultRetention.
	Retention time.Duration
	// Archive keeps ended conversations, whatever their age, until Retired was called for them.
	Archive bool
	// Prefix begins every key and the name of the channel; empty means "ho:". It separates installations on one server.
	Prefix string
	// Clock is the source of time; nil means the system's.
	Clock orchestrator.Clock
	// Log gets what no caller hears of: broken subscriptions. Nil means slog.Default(), to which the client's own messages
	// about broken connections always go.
	Log *slog.Logger
}

func (o Options) withDefaults() (Options, error) {
	if o.Partitions == 0 {
		o.Partitions = DefaultPartitions
	}
	if o.Partitions < 1 || o.Partitions > MaxPartitions {
		return o, fmt.Errorf("partitions: %d is not between 1 and %d", o.Partitions, MaxPartitions)
	}
	if o.Retention == 0 {
		o.Retention = DefaultRetention
	}
	if o.Retention < time.Second {
		return o, fmt.Errorf("retention: %v is shorter than a second", o.Retention)
	}
	if o.Prefix == "" {
		o.Prefix = defaultPrefix
	}
	if err := CheckPrefix(o.Prefix); err != nil {
		return o, fmt.Errorf("prefix: %w", err)
	}
	if o.Clock == nil {
		o.Clock = orchestrator.SystemClock{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return o, nil
}

// Store is an orchestrator.Store in Redis. It is safe for concurrent use.
type Store struct {
	client    redis.UniversalClient
	batch     *batcher
	keys      *keys
	clock     orchestrator.Clock
	log       *slog.Logger
	retention time.Duration
	archive   bool
	embedded  *embedded // nil with a real server

	// nonce and commits make a mark that tells a repetition of this very commit (by the client after a broken connection)
	// from another process's commit of the same event.
	nonce   uint32
	commits atomic.Uint32
	// echoes tell readers of changes in this process what it commits.
	echoes echoes
	// asides are what could not be read of the floor.
	asides asides
	// claims lets each look for dead lanes begin with another partition.
	claims atomic.Uint32
}

// Open connects to Redis, loads the scripts, and fixes or checks the number of partitions. It fails when the server
// cannot be reached before ctx ends, or when the installation has another number of partitions.
func Open(ctx context.Context, o Options) (*Store, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	client, err := newClient(o.URL)
	if err != nil {
		return nil, err
	}
	s, err := open(ctx, o, client)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	return s, nil
}

func open(ctx context.Context, o Options, client redis.UniversalClient) (*Store, error) {
	var nonce [4]byte
	if _, err := rand.Read(nonce[:]); err != nil {
		return nil, fmt.Errorf("redis: random number: %w", err)
	}
	s := &Store{
		client: client, keys: newKeys(o.Prefix, o.Partitions), clock: o.Clock, log: o.Log,
		retention: o.Retention, archive: o.Archive, nonce: binary.BigEndian.Uint32(nonce[:]),
	}
	s.echoes.begin(s.nonce)
	if err := client.Ping(ctx).Err(); err != nil {
		return nil, fmt.Errorf("redis: ping: %w", err)
	}
	if err := loadScripts(ctx, client); err != nil {
		return nil, err
	}
	if err := s.fixPartitions(ctx, o.Partitions); err != nil {
		return nil, err
	}
	s.batch = newBatcher(client)
	return s, nil
}

// fixPartitions writes the number of partitions at the first start and refuses another one later: a conversation would
// be looked for where it is not.
func (s *Store) fixPartitions(ctx context.Context, want int) error {
	key := s.keys.partitionCount()
	if err := s.client.SetNX(ctx, key, want, 0).Err(); err != nil {
		return fmt.Errorf("redis: fix the number of partitions: %w", err)
	}
	have, err := s.client.Get(ctx, key).Int()
	if err != nil {
		return fmt.Errorf("redis: read the number of partitions: %w", err)
	}
	if have != want {
		return fmt.Errorf("partitions: this Redis holds an installation with %d partitions, configured are %d; "+
			"set partitions to %d, or use another Redis or prefix", have, want, have)
	}
	return nil
}

// Close waits for the commits under way and closes the connections. It must be called once.
func (s *Store) Close() error {
	s.batch.close()
	err := s.client.Close()
	if s.embedded != nil {
		s.embedded.close()
	}
	return err
}

// Embedded reports whether the state lies in this process's memory and ends with it.
func (s *Store) Embedded() bool { return s.embedded != nil }

func (s *Store) now() orchestrator.Moment { return orchestrator.MomentOf(s.clock.Now()) }
