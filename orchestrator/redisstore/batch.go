package redisstore

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// flushers is how many flushes may be under way at once.
	flushers = 2
	// maxFlush is how many commands one flush combines.
	maxFlush = 128
	// flushTimeout bounds one flush. It is not the caller's: several share a flush.
	flushTimeout = 10 * time.Second
)

// errClosed answers calls after Close.
var errClosed = errors.New("redis: the store is closed")

// batcher combines commands of different callers into pipelines. A few goroutines each take whatever waits and send it
// at once; nobody waits for company: while they are all on their way, company gathers by itself.
type batcher struct {
	client  redis.UniversalClient
	waiting chan *flight
	stop    chan struct{}
	stopped chan struct{}
	closing sync.Once
}

// flight is one command on its way; landed is closed when its answer is there.
type flight struct {
	cmd    *redis.Cmd
	landed chan struct{}
}

func newBatcher(client redis.UniversalClient) *batcher {
	b := &batcher{
		client: client, waiting: make(chan *flight, flushers*maxFlush),
		stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	var working sync.WaitGroup
	for range flushers {
		working.Go(b.work)
	}
	go func() {
		working.Wait()
		close(b.stopped)
	}()
	return b
}

// do sends a command and waits for its answer or for the end of ctx. When ctx ends first the command may still be
// carried out, and must not be looked at.
func (b *batcher) do(ctx context.Context, cmd *redis.Cmd) error {
	f := &flight{cmd: cmd, landed: make(chan struct{})}
	select {
	case <-b.stop:
		return errClosed
	default:
	}
	select {
	case b.waiting <- f:
	case <-ctx.Done():
		return ctx.Err()
	case <-b.stop:
		return errClosed
	}
	select {
	case <-f.landed:
		return cmd.Err()
	case <-ctx.Done():
		return ctx.Err()
	case <-b.stopped:
		// It may have landed with the last flush.
		select {
		case <-f.landed:
			return cmd.Err()
		default:
			return errClosed
		}
	}
}

// close lets the flushers finish what waits, and returns when they have.
func (b *batcher) close() {
	b.closing.Do(func() { close(b.stop) })
	<-b.stopped
}

func (b *batcher) work() {
	flights := make([]*flight, 0, maxFlush)
	for {
		select {
		case f := <-b.waiting:
			flights = b.gather(append(flights[:0], f))
			b.flush(flights)
		case <-b.stop:
			for flights = b.gather(flights[:0]); len(flights) > 0; flights = b.gather(flights[:0]) {
				b.flush(flights)
			}
			return
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
	ctx, cancel := context.WithTimeout(context.Background(), flushTimeout)
	defer cancel()
	if len(flights) == 1 {
		// The error is also the command's.
		_ = b.client.Process(ctx, flights[0].cmd)
		close(flights[0].landed)
		return
	}
	pipe := b.client.Pipeline()
	for _, f := range flights {
		_ = pipe.Process(ctx, f.cmd) // only queues
	}
	// Exec answers the first error of any; each caller looks at its own command's. A command without an answer of its own
	// (nil is an error, redis.Nil) shares the flush's failure.
	_, err := pipe.Exec(ctx)
	for i, f := range flights {
		if err != nil && f.cmd.Err() == nil && f.cmd.Val() == nil {
			f.cmd.SetErr(err)
		}
		close(f.landed)
		flights[i] = nil
	}
}
