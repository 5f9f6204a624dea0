package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"handoff/orchestrator/redisstore/redistest"
)

// floor is what all stories share: the program, built once, and one redis-server, on which each story has a prefix of
// its own. The first story makes it and the last one clears it away. Stories ask for it before they go parallel, so
// that all of them hold it before the first one gives it back.
type floor struct {
	dir     string
	program string
	redis   *redistest.Server
}

var (
	floorMu     sync.Mutex
	floorUsers  int
	floorShared *floor
	floorCount  atomic.Int64
)

// useFloor answers the shared things and keeps them until the test is over.
func useFloor(t *testing.T) *floor {
	t.Helper()
	floorMu.Lock()
	defer floorMu.Unlock()
	if floorShared == nil {
		made, err := newFloor()
		if err != nil {
			t.Fatal(err)
		}
		floorShared = made
	}
	floorUsers++
	t.Cleanup(func() {
		floorMu.Lock()
		defer floorMu.Unlock()
		if floorUsers--; floorUsers > 0 {
			return
		}
		if err := floorShared.clear(); err != nil {
			t.Error(err)
		}
		floorShared = nil
	})
	return floorShared
}

func newFloor() (*floor, error) {
	dir, err := os.MkdirTemp("", "handoff-stories-")
	if err != nil {
		return nil, err
	}
	f := &floor{dir: dir, program: filepath.Join(dir, "handoff")}
	args := []string{"build", "-o", f.program}
	if raceDetector {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		return nil, errors.Join(fmt.Errorf("building the program: %w\n%s", err, out), os.RemoveAll(dir))
	}
	if f.redis, err = redistest.New(dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return f, nil
}

func (f *floor) clear() error {
	return errors.Join(f.redis.Stop(), os.RemoveAll(f.dir))
}

// prefix is for an installation of its own on the shared server.
func (f *floor) prefix() string { return fmt.Sprintf("story%d:", floorCount.Add(1)) }
