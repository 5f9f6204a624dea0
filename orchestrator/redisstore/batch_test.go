package redisstore

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"
)

// gate holds back what a client sends until it is opened, and tells how many commands left together.
type gate struct {
	left chan int
	open chan struct{}
}

func newGate(s *Store) *gate {
	g := &gate{left: make(chan int, 1024), open: make(chan struct{})}
	s.client.AddHook(g)
	return g
}

func (g *gate) DialHook(next redis.DialHook) redis.DialHook { return next }

func (g *gate) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		g.left <- 1
		<-g.open
		return next(ctx, cmd)
	}
}

func (g *gate) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, cmds []redis.Cmder) error {
		g.left <- len(cmds)
		<-g.open
		return next(ctx, cmds)
	}
}

func ping() *redis.Cmd { return redis.NewCmd(context.Background(), "ping") }

func TestCommandsThatComeMeanwhileLeaveTogether(t *testing.T) {
	s := mustEmbed(t, Options{})
	g := newGate(s)
	var calls sync.WaitGroup
	send := func() {
		calls.Go(func() {
			if err := s.batch.do(context.Background(), ping()); err != nil {
				t.Error(err)
			}
		})
	}
	send()
	if first := <-g.left; first != 1 {
		t.Fatalf("%d commands left at first, one was there", first)
	}
	const meanwhile = company - 1 // one more, and a second flush would begin
	for range meanwhile {
		send()
	}
	awaitWaiting(s.batch, meanwhile)
	close(g.open)
	calls.Wait()
	if second := <-g.left; second != meanwhile {
		t.Errorf("%d commands left then, %d had come meanwhile", second, meanwhile)
	}
}

// awaitWaiting returns when so many commands wait.
func awaitWaiting(b *batcher, n int) {
	for {
		b.mu.Lock()
		there := len(b.waiting)
		b.mu.Unlock()
		if there == n {
			return
		}
		runtime.Gosched()
	}
}

func TestAFullBatchMakesWaitAndLetsNobodyWaitForEver(t *testing.T) {
	s := mustEmbed(t, Options{})
	g := newGate(s)
	var calls sync.WaitGroup
	for range company + maxFlush + 1 + maxFlush { // two flushes under way, those that wait, and those that wait for room
		calls.Go(func() {
			if err := s.batch.do(context.Background(), ping()); err != nil {
				t.Error(err)
			}
		})
	}
	awaitWaiting(s.batch, maxFlush)
	leaving, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { left <- s.batch.do(leaving, ping()) }()
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("whoever left while there was no room got %v", err)
	}
	close(g.open)
	calls.Wait()
}

func TestWhoeverLeavesBeforeTheAnswerIsAnsweredAtOnce(t *testing.T) {
	s := mustEmbed(t, Options{})
	g := newGate(s)
	ctx, leave := context.WithCancel(t.Context())
	answered := make(chan error)
	go func() { answered <- s.batch.do(ctx, ping()) }()
	<-g.left
	leave()
	if err := <-answered; !errors.Is(err, context.Canceled) {
		t.Errorf("whoever left got %v", err)
	}
	close(g.open)
}

func TestClosingWaitsForWhatIsUnderWayAndRefusesTheRest(t *testing.T) {
	s := mustEmbed(t, Options{})
	g := newGate(s)
	const callers = 40
	errs := make(chan error, callers)
	for range callers {
		go func() { errs <- s.batch.do(context.Background(), ping()) }()
	}
	<-g.left
	closed := make(chan struct{})
	go func() { s.batch.close(); close(closed) }()
	close(g.open)
	<-closed
	for range callers {
		if err := <-errs; err != nil && !errors.Is(err, errClosed) {
			t.Error(err)
		}
	}
	if err := s.batch.do(t.Context(), ping()); !errors.Is(err, errClosed) {
		t.Errorf("after closing: %v", err)
	}
}
