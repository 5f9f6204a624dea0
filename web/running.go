package web

import (
	"sync"
	"time"

	"handoff/orchestrator"
)

// retrySoon is what a caller is told to wait when the same event is being worked on.
const retrySoon = time.Second

// running knows the events that this process works on right now.
type running struct {
	mu   sync.Mutex
	keys map[runningKey]struct{}
}

type runningKey struct {
	bot          orchestrator.ConnectorName
	external     string
	conversation orchestrator.ConversationID
	event        orchestrator.EventID
}

func (r *running) begin(key runningKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys == nil {
		r.keys = map[runningKey]struct{}{}
	}
	if _, there := r.keys[key]; there {
		return false
	}
	r.keys[key] = struct{}{}
	return true
}

func (r *running) end(key runningKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.keys, key)
}

// settle waits until a conversation no longer waits for a person, at most so long, and answers it as it then is.
func (s *Server) settle(c *call, conversation *orchestrator.Conversation,
	wait time.Duration) (*orchestrator.Conversation, error) {
	watch := s.hub.Watch(conversation.ID)
	defer watch.Close()
	over, stop := after(s.clock, wait)
	defer stop()
	for {
		current, err := s.store.Load(c.ctx(), conversation.ID)
		if err != nil {
			return nil, err
		}
		if current.State != orchestrator.StateQueued && current.State != orchestrator.StateOffered {
			return current, nil
		}
		select {
		case <-watch.C:
		case <-over:
			return current, nil
		case <-s.stopping:
			return current, nil
		case <-c.ctx().Done():
			return nil, c.ctx().Err()
		}
	}
}
