package genesys

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"handoff/orchestrator"
)

// Times and bounds of watching.
const (
	// lookEvery is how often the process that refreshes the chats looks for those that others have opened.
	lookEvery = 2 * time.Second
	// unclaimedFor is how long a chat may be without a conversation, because the process that opened it died before it could
	// say so, until it is ended.
	unclaimedFor = time.Minute
	// longestRefreshPause is the longest pause after failures: under the 45 s after which the vendor ends the chat.
	longestRefreshPause = 20 * time.Second
	// firstClaimPause and longestClaimPause bound the pauses between looks for the conversation of a chat.
	firstClaimPause, longestClaimPause = 50 * time.Millisecond, 5 * time.Second
	// refreshesAtOnce is how many refreshes run at a time.
	refreshesAtOnce = 32
)

// Login has nothing to do: GMS knows no session but each chat's own. What the keeper holds here is the lease: one process
// refreshes the chats.
func (s *customerSeat) Login(context.Context) ([]byte, error) { return []byte("lease"), nil }

// Serve watches every chat that was opened, by whomever, until ctx ends.
func (s *customerSeat) Serve(ctx context.Context, _ []byte, ready func()) error {
	l := &listener{customerSeat: s, chats: map[string]bool{}, room: make(chan struct{}, refreshesAtOnce)}
	defer l.wg.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if err := l.look(ctx); err != nil {
		return err
	}
	ready()
	for {
		later := make(chan struct{})
		cancel := s.Clock.AfterFunc(lookEvery, func() { close(later) })
		select {
		case <-ctx.Done():
			cancel()
			return nil
		case ref := <-s.wake:
			cancel()
			l.begin(ctx, orchestrator.Handle{Ref: ref, Since: s.Now()}, false)
		case <-later:
			if err := l.look(ctx); err != nil {
				return err
			}
		}
	}
}

// Logout has nothing to do either: the chats go on, and another process refreshes them.
func (s *customerSeat) Logout(context.Context, []byte) error { return nil }

// listener is the watch over all chats in the process that has the lease.
type listener struct {
	*customerSeat
	wg    sync.WaitGroup
	mu    sync.Mutex
	chats map[string]bool // being watched
	since orchestrator.Moment
	room  chan struct{}
}

// look begins to watch the chats that are not watched yet.
func (l *listener) look(ctx context.Context) error {
	first, began := l.since == 0, l.Now()
	handles, newest, err := l.handles(ctx, l.since)
	if err != nil {
		return err
	}
	for _, h := range handles {
		if !strings.HasPrefix(h.Ref, openedBy) {
			l.begin(ctx, h, first && h.Since <= began)
		}
	}
	l.since = newest
	return nil
}

// begin watches one chat, if nobody does yet. With unheard nobody may have watched it since it was opened.
func (l *listener) begin(ctx context.Context, h orchestrator.Handle, unheard bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.chats[h.Ref] {
		return
	}
	l.chats[h.Ref] = true
	l.wg.Go(func() {
		defer func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			delete(l.chats, h.Ref)
		}()
		l.follow(ctx, h, unheard)
	})
}

// claim finds the conversation of a chat. A refresh may be quicker than the binding of the handle; a chat that nobody
// claims is ended.
func (l *listener) claim(ctx context.Context, h orchestrator.Handle) (orchestrator.ConversationID, error) {
	for pause := time.Duration(0); ; pause = min(max(2*pause, firstClaimPause), longestClaimPause) {
		if err := l.Report.Rest(ctx, pause); err != nil {
			return "", err
		}
		id, err := l.Memory.Resolve(ctx, l.Name, h.Ref)
		if err == nil {
			return id, nil
		}
		if errors.Is(err, orchestrator.ErrNotFound) && l.Now().Sub(h.Since) > unclaimedFor {
			l.Log.WarnContext(ctx, "a chat without a conversation is ended", "chat", h.Ref)
			return "", l.End(ctx, &orchestrator.Command{To: orchestrator.Party{Ref: h.Ref}})
		}
	}
}
