package orchestrator

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Limits of holding a sender's event back until the one before it has come.
const (
	// TurnWait is how long an event waits for the sequence before its own.
	TurnWait = 2 * time.Second
	// TurnQueue is how many events of one conversation wait in one process; the next goes ahead.
	TurnQueue = 16
)

// turns counts the events that wait for their predecessor.
type turns struct {
	mu      sync.Mutex
	waiting map[ConversationID]int
}

// awaitTurn holds an event whose sender numbers its events until the one before has been taken, here or in another process,
// at most TurnWait. The request waits and nothing is stored, so that nothing can be lost while it does; after the wait the
// event goes ahead, and the flow writes the gap down.
func (e *Engine) awaitTurn(ctx context.Context, ev *Event) error {
	if ev.BotSequence == 0 || ev.Conversation == "" || e.hub == nil {
		return nil
	}
	if cached, ok := e.records.get(ev.Conversation); ok && ev.BotSequence <= e.answered.newest(cached)+1 {
		return nil
	}
	watch := e.hub.Watch(ev.Conversation) // before looking, so that no change falls in between
	defer watch.Close()
	if !e.turns.enter(ev.Conversation) {
		return nil
	}
	defer e.turns.leave(ev.Conversation)
	expired := make(chan struct{})
	stop := e.clock.AfterFunc(TurnWait, func() { close(expired) })
	defer stop()
	for {
		c, err := e.store.Load(ctx, ev.Conversation)
		if errors.Is(err, ErrNotFound) {
			return nil // whether it may begin the next one is decided later
		}
		if err != nil {
			return err
		}
		e.records.remember(c)
		if c.BotSequence == 0 || ev.BotSequence <= e.answered.newest(c)+1 {
			return nil
		}
		select {
		case <-watch.C:
		case <-expired:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (t *turns) enter(id ConversationID) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting[id] >= TurnQueue {
		return false
	}
	if t.waiting == nil {
		t.waiting = map[ConversationID]int{}
	}
	t.waiting[id]++
	return true
}

func (t *turns) leave(id ConversationID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting[id]--; t.waiting[id] == 0 {
		delete(t.waiting, id)
	}
}
