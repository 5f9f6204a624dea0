package web

import (
	"fmt"
	"time"

	"handoff/orchestrator"
)

// Reloadable is what may be replaced while the server runs, in the form of Options.
type Reloadable struct {
	Flows          map[string]orchestrator.Flow
	Queues         []Queue
	Users          []User
	AgentGoneAfter time.Duration
}

// reloaded is what is configured now. It is replaced as a whole and never changed.
type reloaded struct {
	Reloadable
	users  map[string]*User
	queues map[orchestrator.QueueName]Queue
}

// Reload takes a configuration in place of the one before, or nothing of it. Sessions stay; what their people may do follows from
// the new one with the next request, and at the latest with the next beat of a stream.
func (s *Server) Reload(r Reloadable) error {
	if r.AgentGoneAfter == 0 {
		r.AgentGoneAfter = defaultAgentGoneAfter
	}
	users, err := usersByName(r.Users, s.options.OIDC != nil)
	if err != nil {
		return err
	}
	next := &reloaded{Reloadable: r, users: users, queues: map[orchestrator.QueueName]Queue{}}
	for _, q := range r.Queues {
		if _, twice := next.queues[q.Name]; twice {
			return fmt.Errorf("queues: %q is there twice", q.Name)
		}
		next.queues[q.Name] = q
	}
	for bot, widget := range s.options.Widgets {
		if _, ok := r.Flows[widget.Flow]; !ok {
			return fmt.Errorf("web: the widget of bot %q has no flow %q", bot, widget.Flow)
		}
	}
	if err := s.passwords.adopt(users); err != nil {
		return err
	}
	s.configured.Store(next)
	return nil
}

// present is what is configured now.
func (s *Server) present() *reloaded { return s.configured.Load() }

// defaultAgentGoneAfter is how long an agent counts as present where nothing else is said.
const defaultAgentGoneAfter = 45 * time.Second
