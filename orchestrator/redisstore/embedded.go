package redisstore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"

	"handoff/orchestrator"
)

// embeddedTick is how often the embedded server is told the time.
const embeddedTick = time.Second

// embedded is a miniredis in this process. Its keys do not expire by themselves, so its time is moved here.
type embedded struct {
	server *miniredis.Miniredis
	clock  orchestrator.Clock

	mu     sync.Mutex
	last   time.Time
	stop   func()
	closed bool
}

// OpenEmbedded opens a store on a miniredis in this process: the same client, keys and scripts as Open. Nothing
// survives Close. Options.URL is not used.
func OpenEmbedded(ctx context.Context, o Options) (*Store, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("embedded redis: %w", err)
	}
	e := &embedded{server: miniredis.NewMiniRedis(), clock: o.Clock}
	if err := e.server.Start(); err != nil {
		return nil, fmt.Errorf("embedded redis: %w", err)
	}
	e.start()
	client, err := newClient("redis://" + e.server.Addr())
	if err != nil {
		e.close()
		return nil, err
	}
	s, err := open(ctx, o, client)
	if err != nil {
		err = errors.Join(err, client.Close())
		e.close()
		return nil, err
	}
	s.embedded = e
	return s, nil
}

func (e *embedded) start() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last = e.clock.Now()
	e.stop = e.clock.AfterFunc(embeddedTick, e.tick)
}

// tick lets as much time pass in the server as has passed outside.
func (e *embedded) tick() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	now := e.clock.Now()
	if passed := now.Sub(e.last); passed > 0 {
		e.server.FastForward(passed)
		e.last = now
	}
	e.stop = e.clock.AfterFunc(embeddedTick, e.tick)
}

func (e *embedded) close() {
	e.mu.Lock()
	e.closed = true
	stop := e.stop
	e.mu.Unlock()
	if stop != nil {
		stop()
	}
	e.server.Close()
}
