package web

import (
	"sync"

	"handoff/orchestrator"
)

// touches remembers which conversations were touched in the present second: one write a second and conversation is
// enough for WhenFetched.
type touches struct {
	mu     sync.Mutex
	second int64
	done   map[orchestrator.ConversationID]struct{}
}

func (t *touches) due(id orchestrator.ConversationID, now orchestrator.Moment) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if second := int64(now) / 1000; second != t.second || t.done == nil {
		t.second, t.done = second, map[orchestrator.ConversationID]struct{}{}
	}
	if _, there := t.done[id]; there {
		return false
	}
	t.done[id] = struct{}{}
	return true
}
