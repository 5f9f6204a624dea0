package redisstore

import (
	"encoding/binary"
	"slices"
	"sync"
	"sync/atomic"

	"handoff/orchestrator"
)

// echoLength is how many bytes in front of a published change tell whose it is: the process's nonce and a count.
const echoLength = 8

// echoOfNobody is in front of what all are to hear from Redis, the process that tells it too.
var echoOfNobody = string(make([]byte, echoLength))

// echoes tells this process's readers what it has committed, so that its own messages need not be read when they come back
// from Redis. A message that bears the present echo is one of a commit whose answer the process has or waits for. When an
// answer stays away, nobody knows whether the commit was written, or will be: the readers are told to read everything again,
// and a new echo lets the message be read, should it come yet. So a change may be told twice and is never left out.
type echoes struct {
	nonce   uint32
	current atomic.Pointer[string]

	mu      sync.RWMutex
	count   uint32
	readers []*subscription
}

// begin must be called once, before anything else.
func (e *echoes) begin(nonce uint32) {
	e.nonce = nonce
	e.renew()
}

// present is the echo of the commits that are written now.
func (e *echoes) present() string { return *e.current.Load() }

func (e *echoes) renew() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.count++ // from 1, so that no echo is that of nobody
	b := binary.BigEndian.AppendUint32(make([]byte, 0, echoLength), e.nonce)
	echo := string(binary.BigEndian.AppendUint32(b, e.count))
	e.current.Store(&echo)
}

func (e *echoes) join(r *subscription) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.readers = append(e.readers, r)
}

func (e *echoes) leave(r *subscription) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.readers = slices.DeleteFunc(e.readers, func(other *subscription) bool { return other == r })
}

// tell offers a change to every reader.
func (e *echoes) tell(change *orchestrator.Change) {
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, r := range e.readers {
		r.offer(*change)
	}
}

// unclear tells of a commit of which nobody knows whether it was written.
func (e *echoes) unclear() {
	e.renew() // first: what comes from now on is read
	e.tell(&orchestrator.Change{Resync: true})
}
