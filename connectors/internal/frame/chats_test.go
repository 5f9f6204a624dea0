package frame_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handoff/connectors/internal/frame"
	"handoff/orchestrator"
)

// listed is a memory that lists handles.
type listed struct {
	orchestrator.Memory
	mu      sync.Mutex
	handles []orchestrator.Handle
	fails   error
	looked  chan struct{}
}

func (l *listed) Handles(
	_ context.Context, _ orchestrator.ConnectorName, since orchestrator.Moment, limit int,
) ([]orchestrator.Handle, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.looked != nil {
		l.looked <- struct{}{}
	}
	if l.fails != nil {
		return nil, l.fails
	}
	from := slices.IndexFunc(l.handles, func(h orchestrator.Handle) bool { return h.Since >= since })
	if from < 0 {
		return nil, nil
	}
	return slices.Clone(l.handles[from:min(from+limit, len(l.handles))]), nil
}

func (l *listed) set(fails error, more ...orchestrator.Handle) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.handles, l.fails = append(l.handles, more...), fails
}

func TestEveryChatIsFollowedOnceWhoeverOpenedIt(t *testing.T) {
	start := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	clock, now := orchestrator.NewStepClock(start), orchestrator.MomentOf(start)
	memory := &listed{looked: make(chan struct{}, 100), handles: []orchestrator.Handle{
		{Ref: "opened/1", Since: now.Add(-time.Hour)}, {Ref: "old", Since: now.Add(-time.Hour)}, {Ref: "newer", Since: now.Add(-time.Minute)},
	}}
	f, err := frame.New("kind", "desk", nil, memory, clock, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	chats := f.NewChats(func(ref string) bool { return ref != "opened/1" })
	followed, ready := make(chan frame.Chat, 10), make(chan struct{})
	catchUp := make(chan struct{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- chats.Follow(ctx, func(ctx context.Context, c frame.Chat) {
			followed <- c
			if c.Missed {
				<-catchUp
				c.CaughtUp()
			}
			<-ctx.Done()
		}, func() { close(ready) })
	}()
	seen := map[string]bool{}
	for range 2 {
		c := <-followed
		seen[c.Ref] = c.Missed
	}
	if diff := cmp.Diff(map[string]bool{"old": true, "newer": true}, seen); diff != "" {
		t.Errorf("followed, and whether something may have been missed (-want +got):\n%s", diff)
	}
	select {
	case <-ready:
		t.Error("ready before the chats that were there had caught up")
	default:
	}
	close(catchUp)
	<-ready
	<-memory.looked

	chats.Opened("here")
	if c := <-followed; c.Ref != "here" || c.Missed {
		t.Errorf("followed %+v, want the chat that was opened here", c)
	}
	memory.set(errors.New("the store is away"))
	look := func() {
		clock.AwaitTimers(1)
		clock.Advance(2 * time.Second)
		<-memory.looked
	}
	look()
	memory.set(nil, orchestrator.Handle{Ref: "elsewhere", Since: orchestrator.MomentOf(clock.Now())},
		orchestrator.Handle{Ref: "here", Since: orchestrator.MomentOf(clock.Now())})
	look()
	if c := <-followed; c.Ref != "elsewhere" || c.Missed {
		t.Errorf("followed %+v, want the chat that another process opened", c)
	}
	stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("following ended with %v", err)
	}
	if len(followed) > 0 {
		t.Errorf("%+v was followed twice", <-followed)
	}
}

func TestFollowingFailsWhereWhatIsThereCannotBeRead(t *testing.T) {
	away := errors.New("the store is away")
	f, err := frame.New("kind", "desk", nil, &listed{fails: away}, orchestrator.SystemClock{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	all := func(string) bool { return true }
	if err := f.NewChats(all).Follow(t.Context(), nil, nil); !errors.Is(err, away) {
		t.Errorf("%v, want %v", err, away)
	}
}

func TestAllHandlesAreReadPageByPage(t *testing.T) {
	memory := &listed{}
	for i := range 1203 {
		memory.set(nil, orchestrator.Handle{Ref: strconv.Itoa(i), Since: orchestrator.Moment(1 + i/2)})
	}
	f, err := frame.New("kind", "desk", nil, memory, orchestrator.SystemClock{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	all, err := f.Handles(t.Context(), 0)
	if diff := cmp.Diff(memory.handles, all); err != nil || diff != "" {
		t.Errorf("%v; handles (-want +got):\n%s", err, diff)
	}
}
