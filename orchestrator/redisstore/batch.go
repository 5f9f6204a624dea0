package redisstore

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"handoff/orchestrator"
)

const (
	// maxFlush is how many commands one flush combines.
	maxFlush = 512
	// maxUnderway is how many flushes may be under way at once: while Redis works on one, the next is on its way.
	maxUnderway = 2
	// company is how many commands must wait for a second flush to start before the first has landed: flushes of a few
	// commands each would cost more than they gain.
	company = 24
	// flushTimeout bounds one flush. It is not the caller's: several share a flush.
	flushTimeout = 5 * time.Second
	// boundFor is how long flushes share one context.
	boundFor = time.Second
	// roomTimeout bounds waiting for room among those that wait for their flush.
	roomTimeout = 5 * time.Second
)

// A command without an end of its own waits for room, for the flush before and for its own: no longer than is promised.
const _ = uint(orchestrator.CommitTimeout - roomTimeout - 2*flushTimeout)

// errClosed answers calls after Close.
var errClosed = errors.New("redis: the store is closed")

// batcher combines commands of different callers into pipelines. Nobody waits for company: a command that comes while none
// is under way is sent at once, by its own caller, and those that come meanwhile leave together when it has landed.
//
// On a cluster nothing is combined: a flush would land with its slowest node, and one that is down would hold up the others.
type batcher struct {
	client redis.UniversalClient
	alone  bool

	mu       sync.Mutex
	waiting  []*flight
	underway int             // flushes
	room     chan struct{}   // closed when there is room again; nil: nobody waits for that
	bound    context.Context // of the flushes that began since boundAt
	boundAt  time.Time
	closed   bool
	landed   chan struct{} // closed when all has landed after close
}

// flight is one command on its way; landed holds one when its answer is there.
type flight struct {
	cmd    *redis.Cmd
	landed chan struct{}
}

// freeFlights are used again once they have landed and whoever waited has seen it.
var freeFlights = sync.Pool{New: func() any { return &flight{landed: make(chan struct{}, 1)} }}

func (f *flight) seen() error {
	err := f.cmd.Err()
	f.cmd = nil
	freeFlights.Put(f)
	return err
}

func newBatcher(client redis.UniversalClient) *batcher {
	_, cluster := client.(*redis.ClusterClient)
	return &batcher{client: client, alone: cluster, landed: make(chan struct{})}
}

// do sends a command and waits for its answer or for the end of ctx. When ctx ends first the command may still be
// carried out, and must not be looked at. Without an end of ctx it takes at most orchestrator.CommitTimeout: for room, for
// the flush before, and for its own. None of these needs a timer for each command.
func (b *batcher) do(ctx context.Context, cmd *redis.Cmd) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if b.alone {
		ctx, cancel := context.WithTimeout(ctx, flushTimeout)
		defer cancel()
		return b.client.Process(ctx, cmd)
	}
	f := freeFlights.Get().(*flight) //nolint:forcetypeassert // nothing else is ever put in
	f.cmd = cmd
	flights, err := b.enter(ctx, f)
	if err != nil {
		return err
	}
	end := ctx.Done()
	switch {
	case flights == nil:
	case end == nil:
		b.fly(flights)
	default: // the caller may have to leave before the answer
		go b.fly(flights)
	}
	if end == nil {
		<-f.landed
		return f.seen()
	}
	select {
	case <-f.landed:
		return f.seen()
	case <-end:
		return ctx.Err()
	}
}

// enter lets a flight wait with the others. It answers those that its caller is to send now, if any.
func (b *batcher) enter(ctx context.Context, f *flight) ([]*flight, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) >= maxFlush {
		if err := b.awaitRoom(ctx); err != nil {
			return nil, err
		}
	}
	if b.closed {
		return nil, errClosed
	}
	b.waiting = append(b.waiting, f)
	return b.next(), nil
}

// awaitRoom lets go of the lock until fewer wait.
func (b *batcher) awaitRoom(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, roomTimeout)
	defer cancel()
	for len(b.waiting) >= maxFlush {
		if b.room == nil {
			b.room = make(chan struct{})
		}
		room := b.room
		b.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
		}
		b.mu.Lock()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// next takes those that wait, if they may leave now. The lock is held.
func (b *batcher) next() []*flight {
	if len(b.waiting) == 0 || b.underway > 0 && (len(b.waiting) < company || b.underway >= maxUnderway) {
		return nil
	}
	flights := b.waiting
	b.waiting = nil
	b.underway++
	if b.room != nil {
		close(b.room)
		b.room = nil
	}
	return flights
}

// fly sends flights, and lets the next leave when they have landed: in a goroutine, because whoever sent the first is
// answered now.
func (b *batcher) fly(flights []*flight) {
	b.flush(flights)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.underway--
	if flights = b.next(); flights != nil {
		go b.fly(flights)
	} else if b.closed && b.underway == 0 {
		close(b.landed)
	}
}

// close refuses what comes from now on, and returns when what waits has landed. It must be called once.
func (b *batcher) close() {
	b.mu.Lock()
	b.closed = true
	idle := b.underway == 0 // then nothing waits either
	b.mu.Unlock()
	if !idle {
		<-b.landed
	}
}

// bounded is a context that ends flushTimeout from now, or up to boundFor sooner: flushes share it, because each of its kind costs
// a timer. It ends by itself.
func (b *batcher) bounded() context.Context {
	now := orchestrator.SystemClock{}.Now() // that of the connections
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bound == nil || now.Sub(b.boundAt) > boundFor {
		ctx, cancel := context.WithDeadline(context.Background(), now.Add(flushTimeout))
		context.AfterFunc(ctx, cancel) // not sooner: others may have it still
		b.bound, b.boundAt = ctx, now
	}
	return b.bound
}

func (b *batcher) flush(flights []*flight) {
	ctx := b.bounded()
	if len(flights) == 1 {
		// The error is also the command's.
		_ = b.client.Process(ctx, flights[0].cmd)
		flights[0].landed <- struct{}{}
		return
	}
	pipe := b.client.Pipeline()
	for _, f := range flights {
		_ = pipe.Process(ctx, f.cmd) // only queues
	}
	// Exec answers the first error of any; each caller looks at its own command's. A command without an answer of its own
	// (nil is an error, redis.Nil) shares the flush's failure.
	_, err := pipe.Exec(ctx)
	for _, f := range flights {
		if err != nil && f.cmd.Err() == nil && f.cmd.Val() == nil {
			f.cmd.SetErr(err)
		}
		f.landed <- struct{}{}
	}
}
