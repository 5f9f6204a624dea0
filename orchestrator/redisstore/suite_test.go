package redisstore_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"handoff/orchestrator"
	"handoff/orchestrator/redisstore"
	"handoff/orchestrator/redisstore/redistest"
	"handoff/orchestrator/storetest"
)

// opened counts stores, so that each gets keys of its own on a shared server.
var opened atomic.Int64

func options(clock orchestrator.Clock) redisstore.Options {
	return redisstore.Options{
		Partitions: storetest.Partitions, Retention: storetest.Retention, Clock: clock, Log: slog.New(slog.DiscardHandler),
	}
}

func closing(t testing.TB, store *redisstore.Store, err error) *redisstore.Store {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return store
}

// openAt opens a store with a prefix of its own on the server at a URL.
func openAt(t testing.TB, url string, o redisstore.Options) *redisstore.Store {
	t.Helper()
	o.URL = url
	if o.Prefix == "" {
		o.Prefix = fmt.Sprintf("test%d:", opened.Add(1))
	}
	store, err := redisstore.Open(context.Background(), o)
	return closing(t, store, err)
}

func openEmbedded(t testing.TB, o redisstore.Options) *redisstore.Store {
	t.Helper()
	store, err := redisstore.OpenEmbedded(context.Background(), o)
	return closing(t, store, err)
}

func TestEmbeddedStoreDoesWhatAStoreMust(t *testing.T) {
	storetest.Run(t, func(t *testing.T) (orchestrator.Store, *orchestrator.StepClock) {
		clock := orchestrator.NewStepClock(storetest.Start)
		return openEmbedded(t, options(clock)), clock
	})
}

func TestStoreOnRedisDoesWhatAStoreMust(t *testing.T) {
	server := redistest.Start(t)
	storetest.Run(t, func(t *testing.T) (orchestrator.Store, *orchestrator.StepClock) {
		clock := orchestrator.NewStepClock(storetest.Start)
		return openAt(t, server.URL(), options(clock)), clock
	})
}

func TestStoreOnRedisClusterDoesWhatAStoreMust(t *testing.T) {
	cluster := redistest.StartCluster(t)
	storetest.Run(t, func(t *testing.T) (orchestrator.Store, *orchestrator.StepClock) {
		clock := orchestrator.NewStepClock(storetest.Start)
		return openAt(t, cluster.URL(), options(clock)), clock
	})
}
