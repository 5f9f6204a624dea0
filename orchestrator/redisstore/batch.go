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
	maxFlush = 128
	// maxUnderway is how many flushes may be under way at once: while Redis works on one, the next is on its way.
	maxUnderway = 2
	// company is how many commands must wait for a second flush to start before the first has landed: flushes of a few
	// commands each would cost more than they gain.
	company = 24
	// flushTimeout bounds one flush. It is not the caller's: several share a flush.
	flushTimeout = 5 * time.Second
	// roomTimeout bounds waiting for room among those that wait for their flush.
	roomTimeout = 5 * time.Second
)

// A command without an end of its own waits for room, for the flush before and for its own: no longer than is promised.
const _ = uint(orchestrator.CommitTimeout - roomTimeout - 2*flushTimeout)

// errClosed answers calls after Close.
var errClosed = errors.New("redis: the store is closed")

// batcher combines commands of different callers into pipelines. Nobody waits for company: a command that comes while none
// is under way is sent at once, and those that come meanwhile leave together when it has landed.
//
// On a cluster nothing is combined: a flush would land with its slowest node, and one that is down would hold up the others.
type batcher struct {
	client  redis.UniversalClient
	alone   bool
	waiting chan *flight
	landed  chan struct{} // a flush has
	stop    chan struct{}
	stopped chan struct{}
	closing sync.Once
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
	b := &batcher{
		client: client, alone: cluster, waiting: make(chan *flight, maxFlush),
		landed: make(chan struct{}, maxUnderway), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	go b.work()
	return b
}

// do sends a command and waits for its answer or for the end of ctx. When ctx ends first the command may still be
// carried out, and must not be looked at. Without an end of ctx it takes at most orchestrator.CommitTimeout: for room, for
// the flush before, and for its own. None of these needs a timer for each command.
func (b *batcher) do(ctx context.Context, cmd *redis.Cmd) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-b.stop:
		return errClosed
	default:
	}
	if b.alone {
		ctx, cancel := context.WithTimeout(ctx, flushTimeout)
		defer cancel()
		return b.client.Process(ctx, cmd)
	}
	f := freeFlights.Get().(*flight) //nolint:forcetypeassert // nothing else is ever put in
	f.cmd = cmd
	select {
	case b.waiting <- f:
	default:
		if err := b.awaitRoom(ctx, f); err != nil {
			return err
		}
	}
	select {
	case <-f.landed:
		return f.seen()
	case <-ctx.Done():
		return ctx.Err()
	case <-b.stopped:
		// It may have landed with the last flush.
		select {
		case <-f.landed:
			return f.seen()
		default:
			return errClosed
		}
	}
}

// awaitRoom queues a flight when many wait before it.
func (b *batcher) awaitRoom(ctx context.Context, f *flight) error {
	ctx, cancel := context.WithTimeout(ctx, roomTimeout)
	defer cancel()
	select {
	case b.waiting <- f:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-b.stop:
		return errClosed
	}
}

// close sends what waits, and returns when it has landed.
func (b *batcher) close() {
	b.closing.Do(func() { close(b.stop) })
	<-b.stopped
}

// work gathers and sends.
func (b *batcher) work() {
	defer close(b.stopped)
	var flights []*flight
	underway, stop := 0, b.stop
	for stop != nil || underway > 0 || len(flights) > 0 {
		if len(flights) > 0 && (underway == 0 || len(flights) >= company && underway < maxUnderway) {
			underway++
			go b.flush(flights)
			flights = nil
		}
		waiting := b.waiting
		if len(flights) == maxFlush {
			waiting = nil
		}
		select {
		case f := <-waiting:
			flights = b.gather(append(flights, f))
		case <-b.landed:
			underway--
		case <-stop:
			stop = nil
			flights = b.gather(flights)
		}
	}
}

// gather takes what waits already, without waiting.
func (b *batcher) gather(flights []*flight) []*flight {
	for len(flights) < maxFlush {
		select {
		case f := <-b.waiting:
			flights = append(flights, f)
		default:
			return flights
		}
	}
	return flights
}

func (b *batcher) flush(flights []*flight) {
	defer func() { b.landed <- struct{}{} }()
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
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
