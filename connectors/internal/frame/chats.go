package frame

import (
	"context"
	"sync"
	"time"

	"handoff/orchestrator"
)

// Times and bounds of looking for chats.
const (
	// lookEvery is how often the process that listens looks for chats that other processes have opened.
	lookEvery = 2 * time.Second
	// lookBack is how far each look goes back behind the one before, because the clocks of processes differ.
	lookBack = time.Minute
	// openedBacklog is how many chats opened here may wait to be listened to; more are found by looking.
	openedBacklog = 256
)

// Chat is one chat that this process begins to listen to.
type Chat struct {
	orchestrator.Handle
	// Began is when this process looked for the chat.
	Began orchestrator.Moment
	// Missed: it was there before this process began to listen, so what is heard first may have happened while nobody did.
	Missed bool
	// CaughtUp is called when what was missed has been heard, or cannot be heard now; at the latest when the chat is left.
	CaughtUp func()
}

// Chats are the chats of the seat customer. The process that holds the lease listens to each by itself, whoever has opened it.
type Chats struct {
	*Frame
	isChat func(ref string) bool
	opened chan string

	all  sync.WaitGroup
	mu   sync.Mutex
	refs map[string]bool
}

// NewChats are the chats behind those handles that isChat lets pass.
func (f *Frame) NewChats(isChat func(ref string) bool) *Chats {
	return &Chats{Frame: f, isChat: isChat, opened: make(chan string, openedBacklog), refs: map[string]bool{}}
}

// Opened says that a chat was opened in this process.
func (c *Chats) Opened(ref string) {
	select {
	case c.opened <- ref:
	default: // it is found by looking
	}
}

// Follow listens to every chat, each as follow does until it is over or ctx ends, and calls ready when those that are there
// already have caught up.
func (c *Chats) Follow(ctx context.Context, follow func(context.Context, Chat), ready func()) error {
	ctx, stop := context.WithCancel(ctx)
	defer c.all.Wait()
	defer stop()
	since, err := c.look(ctx, follow, 0)
	if err != nil {
		return err
	}
	ready()
	for {
		later := make(chan struct{})
		cancel := c.Clock.AfterFunc(lookEvery, func() { close(later) })
		select {
		case ref := <-c.opened:
			c.begin(ctx, follow, Chat{Handle: orchestrator.Handle{Ref: ref, Since: c.Now()}, Began: c.Now(), CaughtUp: func() {}})
		case <-later:
			next, err := c.look(ctx, follow, since)
			if err == nil {
				since = next
			} else if ctx.Err() == nil {
				c.Log.WarnContext(ctx, "new chats cannot be looked for", "error", err)
			}
		case <-ctx.Done():
		}
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// look begins to listen to the chats that are new since a moment, and answers from when on to look next time. The first look,
// from the beginning on, waits until each has caught up.
func (c *Chats) look(
	ctx context.Context, follow func(context.Context, Chat), since orchestrator.Moment,
) (orchestrator.Moment, error) {
	began := c.Now()
	handles, err := c.Handles(ctx, since)
	if err != nil {
		return since, err
	}
	var behind sync.WaitGroup
	for _, h := range handles {
		if !c.isChat(h.Ref) {
			continue
		}
		one := Chat{Handle: h, Began: began, Missed: since == 0 && h.Since <= began, CaughtUp: func() {}}
		if one.Missed {
			behind.Add(1)
			one.CaughtUp = sync.OnceFunc(behind.Done)
		}
		c.begin(ctx, follow, one)
	}
	behind.Wait()
	return max(1, began.Add(-lookBack)), ctx.Err()
}

// begin listens to a chat, unless that is done already.
func (c *Chats) begin(ctx context.Context, follow func(context.Context, Chat), one Chat) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refs[one.Ref] {
		one.CaughtUp()
		return
	}
	c.refs[one.Ref] = true
	c.all.Go(func() {
		defer func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			delete(c.refs, one.Ref)
		}()
		defer one.CaughtUp()
		follow(ctx, one)
	})
}

// Rest waits, or until ctx ends or something comes through the channel.
func (f *Frame) Rest(ctx context.Context, pause time.Duration, wake <-chan struct{}) {
	done := make(chan struct{})
	defer f.Clock.AfterFunc(pause, func() { close(done) })()
	select {
	case <-done:
	case <-wake:
	case <-ctx.Done():
	}
}
