package web

import (
	"net/http"
	"strconv"
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

// preferredWait is how long the caller would like to wait for a result: at most MaxPrefer.
func preferredWait(header http.Header) (time.Duration, error) {
	value, given := preferredSeconds(header)
	if !given {
		return 0, nil
	}
	seconds, err := strconv.Atoi(value)
	if err != nil || seconds < 0 {
		return 0, refusal(codeMalformedHeader, "Prefer: wait wants a whole number of seconds")
	}
	return min(time.Duration(min(seconds, 60))*time.Second, MaxPrefer), nil
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
