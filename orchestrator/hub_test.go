package orchestrator_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"handoff/orchestrator"
)

// pipe is a source of changes under the test's control.
type pipe struct{ c chan orchestrator.Change }

func (p pipe) Subscribe(context.Context) (<-chan orchestrator.Change, error) { return p.c, nil }

func (p pipe) Publish(_ context.Context, change orchestrator.Change) error { p.c <- change; return nil }

func TestWatcherHearsOnlyItsConversation(t *testing.T) {
	source := pipe{make(chan orchestrator.Change)}
	hub := orchestrator.NewHub(source)
	done := make(chan error, 1)
	go func() { done <- hub.Run(context.Background()) }()
	mine, all := hub.Watch("cv_00_A"), hub.WatchAll()
	defer mine.Close()
	defer all.Close()
	source.c <- orchestrator.Change{Conversation: "cv_00_B", Version: 1}
	source.c <- orchestrator.Change{Conversation: "cv_00_A", Version: 2}
	if got := pastResync(mine.C); got.Version != 2 {
		t.Fatalf("heard %+v", got)
	}
	if a, b := pastResync(all.C), <-all.C; a.Version != 1 || b.Version != 2 {
		t.Fatalf("the supervisor heard %+v, %+v", a, b)
	}
	close(source.c)
	<-done
}

// pastResync is the first change after the Resync with which a subscription begins, if the watcher was there by then.
func pastResync(c <-chan orchestrator.Change) orchestrator.Change {
	change := <-c
	if change.Resync {
		return <-c
	}
	return change
}

func TestSlowWatcherIsToldToReadAgainAndDelaysNobody(t *testing.T) {
	source := pipe{make(chan orchestrator.Change)}
	hub := orchestrator.NewHub(source)
	done := make(chan error, 1)
	go func() { done <- hub.Run(context.Background()) }()
	slow := hub.Watch("cv_00_A")
	defer slow.Close()
	for i := range 1000 { // nobody reads meanwhile; Run must take them all the same
		source.c <- orchestrator.Change{Conversation: "cv_00_A", Version: uint64(i)}
	}
	close(source.c)
	<-done
	resync := false
	for len(slow.C) > 0 {
		resync = (<-slow.C).Resync || resync
	}
	if !resync {
		t.Fatal("a watcher that missed changes was not told to read again")
	}
}

func TestResyncReachesEverybody(t *testing.T) {
	source := pipe{make(chan orchestrator.Change)}
	hub := orchestrator.NewHub(source)
	done := make(chan error, 1)
	go func() { done <- hub.Run(context.Background()) }()
	one, all := hub.Watch("cv_00_A"), hub.WatchAll()
	source.c <- orchestrator.Change{Resync: true}
	if !(<-one.C).Resync || !(<-all.C).Resync {
		t.Fatal("a broken subscription was not told")
	}
	one.Close()
	all.Close()
	close(source.c)
	<-done
}

// countedCommits counts what is tried to be committed.
type countedCommits struct {
	orchestrator.Store
	tried atomic.Int64
}

func (s *countedCommits) Commit(ctx context.Context, c *orchestrator.Commit) (orchestrator.Committed, error) {
	s.tried.Add(1)
	return s.Store.Commit(ctx, c)
}

func TestRecordThatAnotherProcessMovedIsReadAnewAndCostsNoConflict(t *testing.T) {
	r := newRig(t)
	store := &countedCommits{Store: r.store}
	one, other := r.startOn("one", store, r.flow), r.start("other")
	id := r.take(one, customerSays("c-1", "m0", "hello")).Conversation.ID
	const words = 5
	watch := one.Hub().Watch(id)
	defer watch.Close()
	for i := range words {
		moved := r.take(other, customerSays("c-1", fmt.Sprintf("there-%d", i), "there")).Conversation
		for change := range watch.C {
			if change.Version == moved.Version {
				break
			}
		}
		before := store.tried.Load()
		r.take(one, customerSays("c-1", fmt.Sprintf("here-%d", i), "here"))
		if tried := store.tried.Load() - before; tried != 1 {
			t.Errorf("word %d was tried %d times: the record was known to be old", i, tried)
		}
	}
}
